/**
 * The end of an io_uring: the kernel writes to no memory afterwards, and nothing stays open.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { O_DIRECT, O_NONBLOCK, O_RDWR } from "../ffi/abi.ts";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import type { UringMode } from "../ffi/uring_setup.ts";
import { TemporaryFolder } from "./temporary.ts";
import { Descriptor, finish, finishOne, noDirect, testUring } from "./uring_case.ts";

const MIB = 2 ** 20;
const COUNT = 32;
const TURNS = 1000;
const CANARY = 0xa5;
const NO_DIRECT = noDirect("/var/tmp");
/** Far more than what is under way in a test takes. */
const LONG_MS = 30_000;

testUring("Uring's disposal waits for the reads that a disk has begun", async (mode) => {
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 0);
  Deno.writeFileSync(path, new Uint8Array(COUNT * MIB).fill(1));
  using file = new Descriptor(path, O_RDWR | O_DIRECT);
  using memory = Mapping.open(COUNT * MIB);
  // The last byte of each read: few enough to be set before the disk comes to it.
  const ends = Array.from({ length: COUNT }, (_, index) => (index + 1) * MIB - 1);
  const bytes = new Uint8Array(memory.buffer);
  {
    using ring = Uring.open(COUNT, [mode]);
    for (let index = 0; index < COUNT; index++) {
      ring.read(file.fd, memory.address + index * MIB, MIB, index * MIB, index);
    }
    assertEquals(ring.enter(0), 0);
    assert(!ring.take() || ring.outstanding > 0, "the disk is too fast for this test");
  }
  for (const end of ends) bytes[end] = CANARY;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals(ends.filter((end) => bytes[end] !== CANARY), []);
}, NO_DIRECT);

testUring("Uring's disposal ends what would never end", (mode) => {
  using folder = new TemporaryFolder();
  using pipe = new Descriptor(folder.fifo("pipe"), O_RDWR);
  using memory = Mapping.open(16);
  const startMs = performance.now();
  {
    using ring = Uring.open(1, [mode]);
    for (const userData of [0, 2 ** 31 - 1]) {
      ring.watch(pipe.fd, userData);
      ring.enter(0);
    }
    assertEquals(ring.outstanding, 2);
    if (mode.flags !== 0) { // before Linux 5.19 nothing but a watch can be found
      ring.read(pipe.fd, memory.address, 16, 0, 1);
      ring.enter(0);
      assertEquals(ring.outstanding, 3);
    }
  }
  assert(performance.now() - startMs < LONG_MS);
});

testUring("Uring's disposal drops what was not handed over", (mode) => {
  using folder = new TemporaryFolder();
  using pipe = new Descriptor(folder.fifo("pipe"), O_RDWR | O_NONBLOCK);
  using memory = Mapping.open(16);
  {
    using ring = Uring.open(4, [mode]);
    ring.watch(pipe.fd, 0);
    ring.enter(0);
    ring.write(pipe.fd, memory.address, 1, 0, 1);
  }
  using next = Uring.open(4, [mode]);
  next.write(pipe.fd, memory.address, 2, 0, 1);
  assertEquals(finishOne(next), 2);
  next.read(pipe.fd, memory.address, 16, 0, 1);
  assertEquals(finishOne(next), 2); // and not 3
});

testUring("Uring's disposal may come twice, and what comes after it is an error", (mode) => {
  const ring = Uring.open(4, [mode]);
  ring.syncData(-1, 1);
  finish(ring, 1);
  const { fd } = ring;
  ring[Symbol.dispose]();
  using next = Uring.open(4, [mode]); // gets the number that the first one gave back
  assertEquals([ring.fd, next.fd], [-1, fd]);
  ring[Symbol.dispose]();
  assertThrows(() => ring.enter(0));
  assertThrows(() => ring.take());
  next.syncData(-1, 1);
  finish(next, 1);
});

/** Descriptors and mappings of this process that are an io_uring's. */
function held(): readonly [files: number, mappings: number] {
  const maps = Deno.readTextFileSync("/proc/self/maps").matchAll(/\[io_uring\]/g);
  return [[...Deno.readDirSync("/proc/self/fd")].length, [...maps].length];
}

/** Address space of the process in bytes. */
function addressSpace(): number {
  return Number.parseInt(Deno.readTextFileSync("/proc/self/statm")) * 4096;
}

/** Opens a ring, begins a watch and a read, and disposes of it. */
function turn(mode: UringMode, pipe: Descriptor, file: Descriptor, memory: Mapping): void {
  using ring = Uring.open(64, [mode]);
  ring.watch(pipe.fd, 1);
  ring.read(file.fd, memory.address, 512, 0, 2);
  ring.enter(0);
}

testUring(`Uring opened ${TURNS} times leaves no descriptor and no mapping`, (mode) => {
  using folder = new TemporaryFolder();
  using pipe = new Descriptor(folder.fifo("pipe"), O_RDWR | O_NONBLOCK);
  using file = new Descriptor(folder.file("disk", 512));
  using memory = Mapping.open(512);
  turn(mode, pipe, file, memory);
  const before = held();
  const spaceBefore = addressSpace();
  assertEquals(before[1], 0);
  for (let index = 0; index < TURNS; index++) turn(mode, pipe, file, memory);
  assertEquals(held(), before);
  const grown = addressSpace() - spaceBefore;
  assert(grown < TURNS * 4096, `${grown} bytes more`); // the smallest of its mappings is a page
});
