/**
 * Full rings of io_uring: no operation is lost, and no completion. None of it makes garbage.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { BugError } from "../lib/assert.ts";
import { assertNoGarbage } from "./garbage.ts";
import { TemporaryFolder } from "./temporary.ts";
import { type Completion, Descriptor, finish, takeAll, testUring } from "./uring_case.ts";

const EBADF = 9;
const EBUSY = 16;
const MANY = 5 * 1024;

/** The user data of the completions in rising order. */
function numbers(completions: readonly Completion[]): number[] {
  return completions.map(({ userData }) => userData).sort((a, b) => a - b);
}

testUring("Uring tells its room, and takes what does not fit for a bug", (mode) => {
  using ring = Uring.open(5, [mode]);
  assertEquals([ring.size, ring.room, ring.hasPrepared, ring.outstanding], [8, 8, false, 0]);
  for (let index = 0; index < 8; index++) {
    ring.syncData(-1, index);
    assertEquals([ring.room, ring.hasPrepared, ring.outstanding], [7 - index, true, index + 1]);
  }
  assertThrows(() => ring.syncData(-1, 8), BugError);
  assertEquals(ring.enter(0), 0);
  assertEquals([ring.room, ring.hasPrepared, ring.outstanding], [8, false, 8]);
  assertEquals(numbers(finish(ring, 8)), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(ring.outstanding, 0);
});

testUring("Uring goes round its entries without end", (mode) => {
  using ring = Uring.open(4, [mode]);
  let next = 0;
  for (let turn = 0; turn < 2000; turn++) {
    const count = 1 + turn % 4;
    const first = next;
    for (let index = 0; index < count; index++) ring.syncData(-1, next++);
    const expected = Array.from({ length: count }, (_, index) => first + index);
    assertEquals(numbers(finish(ring, count)), expected);
  }
});

testUring("Uring opens with the most that there is where more is asked for", (mode) => {
  using ring = Uring.open(2 ** 20, [mode]);
  assert(ring.size >= 1024 && ring.size < 2 ** 20, `${ring.size}`);
});

testUring("Uring loses no completion where more wait than there is room for", (mode) => {
  using folder = new TemporaryFolder();
  using file = new Descriptor(folder.file("disk", 4096));
  using memory = Mapping.open(4096);
  using ring = Uring.open(1024, [mode]);
  for (let index = 0; index < MANY; index++) {
    ring.read(file.fd, memory.address, 512, 0, index);
    if (ring.room > 0) continue;
    const error = ring.enter(0);
    assert(error === 0 || error === -EBUSY, `${error}`);
  }
  assertEquals(ring.outstanding, MANY);
  const completions = takeAll(ring);
  assert(completions.length < MANY, "there was room for all");
  assertEquals(ring.enter(0), 0);
  completions.push(...takeAll(ring));
  assertEquals(numbers(completions), Array.from({ length: MANY }, (_, index) => index));
  assert(completions.every(({ result }) => result === 512));
  assertEquals([ring.outstanding, ring.lost], [0, 0]);
});

testUring("Uring makes no garbage", (mode) => {
  using folder = new TemporaryFolder();
  using file = new Descriptor(folder.file("disk", 2 ** 20));
  using memory = Mapping.open(64 * 1024);
  using ring = Uring.open(64, [mode]);
  const turn = (count: number): void => {
    for (let done = 0; done < count; done += 64) {
      for (let index = 0; index < 64; index++) {
        const at = index * 1024;
        if (index % 8 === 0) ring.syncData(-1, index);
        else ring.read(file.fd, memory.address + at, 1024, at, index);
      }
      for (let left = 64; left > 0;) {
        ring.enter(1000);
        for (; ring.take(); left--) {
          const expected = ring.userData % 8 === 0 ? -EBADF : 1024;
          if (ring.result !== expected) throw new Error(`${ring.userData}: ${ring.result}`);
        }
      }
    }
  };
  assertNoGarbage(turn);
});
