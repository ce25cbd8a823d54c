/**
 * All that happens to an interface is told, and nothing else is.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { SO_RCVBUF, SOL_SOCKET } from "../ffi/abi.ts";
import { LinkEvents } from "../ffi/link_events.ts";
import { libc } from "../ffi/libc.ts";
import { PollSet } from "../ffi/poll_set.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";

const PATIENCE_MS = 10_000;
const LATE_MS = 1100;

/** Whether there is something to read within the time. */
function isReadable({ fd }: LinkEvents, timeoutMs: number): boolean {
  const places = new PollSet(1);
  places.watch(0, fd);
  return places.wait(timeoutMs) > 0 && places.isReady(0);
}

/** Takes what is left of earlier changes: that a link is up is told up to a second late. */
function settle(events: LinkEvents): void {
  while (isReadable(events, LATE_MS)) events.drain();
}

/** What changes, and the words for `ip link` that change it, in the target's namespace. */
const CHANGES: readonly (readonly [what: string, words: string])[] = [
  ["a new interface", "add veth0 type veth peer name veth1"],
  ["an MTU", "set eth0 mtu 1400"],
  ["a MAC", "set eth0 address 02:00:00:00:00:07"],
  ["an interface that is set down", "set eth0 down"],
  ["a name", "set eth0 name lan7"],
  ["an interface that is set up", "set lan7 up"],
  ["an interface that is removed", "del veth0"],
];

e2e("each change of an interface makes LinkEvents readable, and drain() true", [], async () => {
  await using wire = await Wire.open();
  using events = inNamespace(wire.target, () => LinkEvents.open());
  for (const [what, words] of CHANGES) {
    settle(events);
    assertEquals(isReadable(events, 0), false, `before ${what}`);
    assertEquals(events.drain(), false, `before ${what}`);
    await wire.ip(wire.target, `link ${words}`);
    assert(isReadable(events, PATIENCE_MS), what);
    assertEquals(events.drain(), true, what);
  }
  settle(events);
  await wire.ip(wire.initiator, "link set eth0 down"); // the other end loses its carrier
  assert(isReadable(events, PATIENCE_MS), "a carrier");
  assertEquals(events.drain(), true, "a carrier");
});

e2e("LinkEvents hears of links alone, and of its own namespace", [], async () => {
  await using wire = await Wire.open();
  using events = inNamespace(wire.target, () => LinkEvents.open());
  settle(events);
  settle(events); // on a busy machine later still
  await wire.ip(wire.target, "address add 192.0.2.1/24 dev eth0");
  await wire.ip(wire.initiator, "link add veth0 type veth peer name veth1");
  assertEquals(isReadable(events, LATE_MS), false);
});

e2e("LinkEvents.drain() is true where messages were lost, and takes the others", [], async () => {
  await using wire = await Wire.open();
  using events = inNamespace(wire.target, () => LinkEvents.open());
  // The smallest buffer there is has room for one or two messages.
  assertEquals(libc().setsockopt(events.fd, SOL_SOCKET, SO_RCVBUF, Int32Array.of(0), 4), 0);
  settle(events);
  for (const mtu of [1400, 1300, 1200, 1100]) {
    await wire.ip(wire.target, `link set eth0 mtu ${mtu}`);
  }
  assert(isReadable(events, PATIENCE_MS));
  assertEquals([events.drain(), events.drain()], [true, false]);
});

e2e("LinkEvents closes what it opened, once", [], () => {
  const count = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = count();
  for (let turn = 0; turn < 100; turn++) {
    using events = LinkEvents.open();
    events[Symbol.dispose]();
  }
  assertEquals(count(), before);
  return Promise.resolve();
});
