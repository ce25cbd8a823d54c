/**
 * Reads, writes, syncs and holes through io_uring.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { O_DIRECT, O_NONBLOCK, O_RDONLY, O_RDWR } from "../ffi/abi.ts";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { RWF_DSYNC } from "../ffi/uring_abi.ts";
import { pattern } from "./e2e/image.ts";
import { Random } from "./random.ts";
import { TemporaryFolder } from "./temporary.ts";
import { Descriptor, finish, finishOne, noDirect, testUring } from "./uring_case.ts";

const EBADF = 9;
const EFAULT = 14;
const EINVAL = 22;
const ESPIPE = 29;
const EOPNOTSUPP = 95;
const DEPTH = 64;
const BLOCK = 1024;
const BLOCKS = 4096;
const HIGH_OFFSETS = [2 ** 31, 2 ** 32 - 512, 2 ** 32, 2 ** 32 + 512, 2 ** 40 + 2 ** 31];

const PLACES: readonly [parent: string, flags: number, what: string][] = [
  ["/dev/shm", 0, "/dev/shm"],
  ["/var/tmp", 0, "/var/tmp"],
  ["/var/tmp", O_DIRECT, "/var/tmp with O_DIRECT"],
];
const NO_DIRECT = noDirect("/var/tmp");

/** The blocks of a file in an order of chance, `DEPTH` at a time. */
function* batches(seed: number): Generator<number[]> {
  const random = new Random(seed);
  const blocks = Array.from({ length: BLOCKS }, (_, index) => index);
  while (blocks.length > 0) {
    yield Array.from({ length: DEPTH }, () => {
      const [block] = blocks.splice(random.below(blocks.length), 1);
      assert(block !== undefined);
      return block;
    });
  }
}

for (const [parent, flags, what] of PLACES) {
  testUring(`Uring reads and writes ${DEPTH} blocks at a time in ${what}`, (mode) => {
    using folder = new TemporaryFolder(parent);
    const path = folder.file("disk", BLOCKS * BLOCK);
    using file = new Descriptor(path, O_RDWR | flags);
    using memory = Mapping.open(DEPTH * BLOCK);
    const bytes = new Uint8Array(memory.buffer);
    using ring = Uring.open(DEPTH, [mode]);
    const data = pattern(BLOCKS * BLOCK, 1);
    const blockOf = (block: number) => data.subarray(block * BLOCK, (block + 1) * BLOCK);
    for (const batch of batches(2)) {
      batch.forEach((block, index) => {
        bytes.set(blockOf(block), index * BLOCK);
        ring.write(file.fd, memory.address + index * BLOCK, BLOCK, block * BLOCK, index);
      });
      assert(finish(ring, DEPTH).every(({ result }) => result === BLOCK));
    }
    assertEquals<Uint8Array>(Deno.readFileSync(path), data);
    for (const batch of batches(3)) {
      bytes.fill(0xa5);
      batch.forEach((block, index) => {
        ring.read(file.fd, memory.address + index * BLOCK, BLOCK, block * BLOCK, index);
      });
      const completions = finish(ring, DEPTH);
      assert(completions.every(({ result }) => result === BLOCK));
      const ended = completions.map(({ userData }) => userData).sort((a, b) => a - b);
      assertEquals(ended, batch.map((_, index) => index));
      batch.forEach((block, index) => {
        assertEquals(bytes.subarray(index * BLOCK, (index + 1) * BLOCK), blockOf(block));
      });
    }
    assertEquals(ring.outstanding, 0);
  }, flags === 0 ? undefined : NO_DIRECT);
}

for (const offset of HIGH_OFFSETS) {
  testUring(`Uring reaches the offset ${offset}, and no other`, (mode) => {
    using folder = new TemporaryFolder();
    const path = folder.file("disk", 2 ** 41);
    using file = new Descriptor(path);
    using memory = Mapping.open(1024);
    const bytes = new Uint8Array(memory.buffer);
    using ring = Uring.open(1, [mode]);
    bytes.fill(0x5a, 0, 512);
    ring.write(file.fd, memory.address, 512, offset, 0);
    assertEquals(finishOne(ring), 512);
    ring.read(file.fd, memory.address + 512, 512, offset, 0);
    assertEquals(finishOne(ring), 512);
    assertEquals(bytes.subarray(512), bytes.subarray(0, 512));
    for (const other of [0, offset % 2 ** 32, offset - 512, offset + 512]) {
      if (other === offset) continue;
      ring.read(file.fd, memory.address + 512, 512, other, 0);
      assertEquals(finishOne(ring), 512);
      assertEquals(bytes.subarray(512), new Uint8Array(512), `${other}`);
    }
  });
}

testUring("Uring tells errors and short results as numbers", (mode) => {
  using folder = new TemporaryFolder();
  using file = new Descriptor(folder.file("disk", 5000));
  using readOnly = new Descriptor(folder.file("other", 5000), O_RDONLY);
  using memory = Mapping.open(1024);
  const address = memory.address;
  using ring = Uring.open(1, [mode]); // all take turns in one entry: nothing of the last is left
  ring.read(file.fd, address, 1024, 4096, 1);
  assertEquals(finishOne(ring), 904);
  ring.read(file.fd, address, 1024, 8192, 1);
  assertEquals(finishOne(ring), 0);
  ring.read(-1, address, 1024, 0, 1);
  assertEquals(finishOne(ring), -EBADF);
  ring.write(readOnly.fd, address, 1024, 0, 1);
  assertEquals(finishOne(ring), -EBADF);
  ring.read(file.fd, 4096, 1024, 0, 1);
  assertEquals(finishOne(ring), -EFAULT);
  ring.write(file.fd, address, 1024, 0, 1, RWF_DSYNC);
  assertEquals(finishOne(ring), 1024);
  ring.write(file.fd, address, 1024, 0, 1, 1 << 30);
  assertEquals(finishOne(ring), -EOPNOTSUPP);
  ring.write(file.fd, address, 1024, 0, 1);
  assertEquals(finishOne(ring), 1024);
});

testUring("Uring tells that direct I/O is not aligned", (mode) => {
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 0);
  Deno.writeFileSync(path, new Uint8Array(65536)); // a hole takes every alignment
  using file = new Descriptor(path, O_RDWR | O_DIRECT);
  using memory = Mapping.open(8192);
  using ring = Uring.open(4, [mode]);
  ring.read(file.fd, memory.address, 1024, 100, 1);
  assertEquals(finishOne(ring), -EINVAL);
  ring.write(file.fd, memory.address, 100, 0, 1);
  assertEquals(finishOne(ring), -EINVAL);
  ring.read(file.fd, memory.address, 4096, 0, 1);
  assertEquals(finishOne(ring), 4096);
}, NO_DIRECT);

testUring("Uring gives user data of all sizes back", (mode) => {
  using ring = Uring.open(8, [mode]);
  const numbers = [0, 1, 2 ** 16, 2 ** 30, 2 ** 31 - 1];
  for (const userData of numbers) ring.syncData(-1, userData);
  const completions = finish(ring, numbers.length);
  assertEquals(completions.map(({ userData }) => userData), numbers);
  assert(completions.every(({ result }) => result === -EBADF));
});

testUring("Uring.syncData() syncs what can be synced", (mode) => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 4096);
  using file = new Descriptor(path);
  using pipe = new Descriptor(folder.fifo("pipe"), O_RDWR | O_NONBLOCK);
  using memory = Mapping.open(4096);
  using ring = Uring.open(4, [mode]);
  ring.write(file.fd, memory.address, 4096, 0, 1);
  assertEquals(finishOne(ring), 4096);
  ring.syncData(file.fd, 2);
  assertEquals(finishOne(ring), 0);
  ring.syncData(pipe.fd, 3);
  assertEquals(finishOne(ring), -EINVAL);
});

testUring("Uring.punchHole() gives the range's blocks back and no other", (mode) => {
  const size = 2 ** 20;
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 0);
  const data = pattern(size, 4);
  Deno.writeFileSync(path, data);
  using file = new Descriptor(path);
  using pipe = new Descriptor(folder.fifo("pipe"), O_RDWR | O_NONBLOCK);
  using ring = Uring.open(4, [mode]);
  ring.syncData(file.fd, 1);
  assertEquals(finishOne(ring), 0);
  const before = Deno.statSync(path).blocks ?? 0;
  ring.punchHole(file.fd, 65536, 131072, 2);
  assertEquals(finishOne(ring), 0);
  assertEquals(before - (Deno.statSync(path).blocks ?? 0), 131072 / 512);
  data.fill(0, 65536, 65536 + 131072);
  assertEquals<Uint8Array>(Deno.readFileSync(path), data);
  ring.punchHole(pipe.fd, 0, 4096, 3);
  assertEquals(finishOne(ring), -ESPIPE);
});
