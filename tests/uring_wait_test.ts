/**
 * When an enter waits, what ends its wait, and watches.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { O_NONBLOCK, O_RDWR, POLLIN } from "../ffi/abi.ts";
import { libc, toCString } from "../ffi/libc.ts";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { TemporaryFolder } from "./temporary.ts";
import { Descriptor, finish, finishOne, takeAll, testUring } from "./uring_case.ts";

const EINTR = 4;
const EBADF = 9;
const ETIME = 62;
const EOPNOTSUPP = 95;
const ECANCELED = 125;
/** Far more than the tests' events take. */
const LONG_MS = 30_000;
/** When the tests' events come, so that the wait has begun. */
const SOON_S = 0.2;

/** A pipe that another process writes to. */
function openPipe(folder: TemporaryFolder): Descriptor {
  return new Descriptor(folder.fifo("pipe"), O_RDWR | O_NONBLOCK);
}

/** Has a shell run `script` after a while, while this thread waits. */
function soon(script: string): Deno.ChildProcess {
  const args = ["-c", `sleep ${SOON_S}; ${script}`];
  return new Deno.Command("sh", { args }).spawn();
}

/** Writes `text` to the pipe. */
function writePipe(pipe: Descriptor, text = "x"): void {
  using memory = Mapping.open(text.length);
  new TextEncoder().encodeInto(text, new Uint8Array(memory.buffer));
  using ring = Uring.open(1);
  ring.write(pipe.fd, memory.address, text.length, 0, 0);
  assertEquals(finishOne(ring), text.length);
}

/** Reads all that the pipe holds. */
function emptyPipe(pipe: Descriptor): void {
  using memory = Mapping.open(65536);
  using ring = Uring.open(1);
  ring.read(pipe.fd, memory.address, memory.size, 0, 0);
  assert(finishOne(ring) > 0);
}

testUring("Uring.enter() waits as long as it is told to, then says ETIME", (mode) => {
  using ring = Uring.open(4, [mode]);
  for (const waitMs of [1, 0.5, 50, 1001]) {
    const startMs = performance.now();
    assertEquals(ring.enter(waitMs), -ETIME);
    const took = performance.now() - startMs;
    assert(took >= waitMs && took < waitMs + LONG_MS, `${took} ms instead of ${waitMs}`);
  }
});

testUring("Uring.enter() waits for nothing while a completion is not taken", (mode) => {
  using ring = Uring.open(4, [mode]);
  ring.syncData(-1, 1);
  assertEquals(ring.enter(LONG_MS), 0);
  const startMs = performance.now();
  assertEquals(ring.enter(LONG_MS), 0);
  assertEquals(ring.enter(LONG_MS), 0);
  assert(performance.now() - startMs < LONG_MS);
  assertEquals(takeAll(ring), [{ userData: 1, result: -EBADF }]);
});

testUring("Uring.enter() without a wait is no system call where nothing is to do", (mode) => {
  using ring = Uring.open(4, [mode]);
  // Another file under the ring's number: the mappings keep the ring, calls find the other file.
  const { fd } = ring;
  libc().close(fd);
  assertEquals(libc().open(toCString("/dev/null"), O_RDWR, 0), fd);
  assertEquals(ring.enter(0), 0);
  assertEquals(ring.enter(0.5), -EOPNOTSUPP);
});

testUring("Uring.enter() without a wait ends what can end", (mode) => {
  using folder = new TemporaryFolder();
  using pipe = openPipe(folder);
  using ring = Uring.open(4, [mode]);
  ring.watch(pipe.fd, 7);
  assertEquals([ring.enter(0), ring.take()], [0, false]);
  writePipe(pipe);
  assertEquals(ring.enter(0), 0);
  assertEquals(takeAll(ring), [{ userData: 7, result: POLLIN }]);
});

testUring("a signal ends the wait of Uring.enter() with EINTR", async (mode) => {
  let isHeard = false;
  const hear = (): void => void (isHeard = true);
  Deno.addSignalListener("SIGUSR2", hear); // without one the signal ends the process
  try {
    using ring = Uring.open(4, [mode]);
    const thread = Deno.readLinkSync("/proc/thread-self").split("/").at(-1);
    const child = soon(`kill -USR2 ${thread}`);
    const startMs = performance.now();
    assertEquals(ring.enter(LONG_MS), -EINTR);
    assert(performance.now() - startMs < LONG_MS);
    await child.status;
    for (let turn = 0; !isHeard && turn < 1000; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert(isHeard);
    ring.syncData(-1, 1);
    assertEquals(finishOne(ring), -EBADF);
  } finally {
    Deno.removeSignalListener("SIGUSR2", hear);
  }
});

testUring("Uring.watch() tells once that there is something to read", async (mode) => {
  using folder = new TemporaryFolder();
  using pipe = openPipe(folder);
  using ring = Uring.open(4, [mode]);
  for (let turn = 0; turn < 3; turn++) {
    ring.watch(pipe.fd, 7);
    assertEquals(ring.enter(20), 0); // what was handed over counts, not the wait
    assertEquals(takeAll(ring), []);
    const child = soon(`echo x > ${folder.path}/pipe`);
    assertEquals(finish(ring, 1), [{ userData: 7, result: POLLIN }]);
    await child.status;
    emptyPipe(pipe);
    await soon(`echo y > ${folder.path}/pipe`).status;
    assertEquals(ring.enter(20), -ETIME);
    assertEquals(ring.outstanding, 0);
    emptyPipe(pipe);
  }
});

testUring("Uring.watch() tells what is there to be read already", (mode) => {
  using folder = new TemporaryFolder();
  using pipe = openPipe(folder);
  writePipe(pipe);
  using ring = Uring.open(4, [mode]);
  ring.watch(pipe.fd, 7);
  assertEquals(finish(ring, 1), [{ userData: 7, result: POLLIN }]);
});

testUring("Uring.unwatch() ends a watch", (mode) => {
  using folder = new TemporaryFolder();
  using pipe = openPipe(folder);
  using ring = Uring.open(4, [mode]);
  ring.watch(pipe.fd, 7);
  ring.enter(0);
  ring.unwatch(7);
  assertEquals(finish(ring, 2).find(({ userData }) => userData === 7)?.result, -ECANCELED);
  writePipe(pipe);
  assertEquals([ring.enter(20), ring.outstanding], [-ETIME, 0]);
});

testUring("Uring.watch() of nothing ends with an error", (mode) => {
  using ring = Uring.open(4, [mode]);
  ring.watch(-1, 7);
  assertEquals(finish(ring, 1), [{ userData: 7, result: -EBADF }]);
  assertEquals(ring.outstanding, 0);
});

testUring("a read that waits lets others end, and ends itself when its data comes", (mode) => {
  using folder = new TemporaryFolder();
  const path = folder.fifo("pipe");
  using pipe = new Descriptor(path, O_RDWR);
  using memory = Mapping.open(16);
  using ring = Uring.open(4, [mode]);
  ring.read(pipe.fd, memory.address, 16, 0, 1);
  ring.syncData(-1, 2);
  assertEquals(finish(ring, 1), [{ userData: 2, result: -EBADF }]);
  writePipe(pipe, "abc");
  assertEquals(finish(ring, 1), [{ userData: 1, result: 3 }]);
  assertEquals(new TextDecoder().decode(new Uint8Array(memory.buffer, 0, 3)), "abc");
});
