/**
 * Bells: rung by one thread, heard by another.
 *
 * @module
 */
import "./library.ts";
import { assertEquals } from "@std/assert";
import { EventFd } from "../ffi/event_fd.ts";
import { PollSet } from "../ffi/poll_set.ts";

const PATIENCE_MS = 20_000;

function hasRung({ fd }: EventFd): boolean {
  const places = new PollSet(1);
  places.watch(0, fd);
  return places.wait(0) > 0 && places.isReady(0);
}

Deno.test("EventFd is silent, rings until it is cleared, and rings again", () => {
  using bell = EventFd.open();
  assertEquals(hasRung(bell), false);
  for (let turn = 0; turn < 3; turn++) {
    bell.clear();
    assertEquals(hasRung(bell), false);
    for (let ring = 0; ring <= turn; ring++) bell.signal();
    assertEquals([hasRung(bell), hasRung(bell)], [true, true]);
    bell.clear();
    assertEquals(hasRung(bell), false);
  }
});

Deno.test("EventFd.of() rings another's bell, and its disposal closes nothing", () => {
  using bell = EventFd.open();
  {
    using other = EventFd.of(bell.fd);
    other.signal();
  }
  assertEquals(hasRung(bell), true);
  bell.clear();
  EventFd.of(bell.fd).signal();
  assertEquals(hasRung(bell), true);
});

Deno.test("EventFd wakes a thread that waits", async () => {
  using bell = EventFd.open();
  const places = new PollSet(1);
  places.watch(0, bell.fd);
  const waiting = places.waitAsync(PATIENCE_MS); // on another thread
  EventFd.of(bell.fd).signal();
  await waiting;
  assertEquals(places.isReady(0), true);
});

Deno.test("EventFd closes its descriptor, once", () => {
  const count = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = count();
  for (let turn = 0; turn < 100; turn++) {
    using bell = EventFd.open();
    bell[Symbol.dispose]();
  }
  assertEquals(count(), before);
});
