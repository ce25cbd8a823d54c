/**
 * Batches of frames: they arrive in order and unchanged, and a frame that cannot be sent is told
 * without those before it being lost, nor those behind it.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SO_SNDBUF, SO_SNDTIMEO, SOL_SOCKET } from "../ffi/abi.ts";
import { EAGAIN, EMSGSIZE, ENETDOWN, ENOBUFS } from "../ffi/errno.ts";
import { libc } from "../ffi/libc.ts";
import { setTimeoutMs } from "../ffi/packet_common.ts";
import { sleep } from "../ffi/packet_socket.ts";
import { SendBatch } from "../ffi/send_batch.ts";
import { BugError } from "../lib/assert.ts";
import { Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import {
  frameOf,
  openRing,
  Outbox,
  PATIENCE_MS,
  Peer,
  slowDown,
  slowLinkTest,
} from "./packet_ring_case.ts";

const EBADF = 9;
const CAPACITY = 7;

/** Sends what waits in the outbox until all is; returns what the kernel answered in between. */
function sendAll({ batch }: Outbox, fd: number): Set<number> {
  const answers = new Set<number>();
  const endMs = performance.now() + 10 * PATIENCE_MS;
  for (let sent = 0; sent < batch.count && performance.now() < endMs;) {
    const result = batch.send(fd, sent);
    if (result > 0) sent += result;
    else answers.add(result);
    if (result === -ENOBUFS) sleep(1);
  }
  batch.count = 0;
  return answers;
}

/** The smallest send buffer that there is: it holds about two frames. */
function shrinkBuffer(fd: number): void {
  assertEquals(libc().setsockopt(fd, SOL_SOCKET, SO_SNDBUF, Int32Array.of(4608), 4), 0);
}

for (const mtu of [1500, 9000]) {
  e2e(`batches of all sizes arrive in order and unchanged at an MTU of ${mtu}`, [], async () => {
    await using wire = await Wire.open(mtu);
    using ring = openRing(wire.target, { mtu });
    using peer = new Peer(wire.initiator);
    using outbox = new Outbox(CAPACITY);
    const { batch } = outbox;
    const sizes = [60, 61, 548, 1060, mtu - 1, mtu + 13, mtu + 14];
    let number = 0;
    for (let count = 1; count <= CAPACITY; count++) {
      for (let round = 0; round < sizes.length; round++) {
        const frames = Array.from(
          { length: count },
          (_, index) => frameOf(sizes[(round + index) % sizes.length] ?? 60, number++),
        );
        for (const frame of frames) {
          assertEquals(batch.isFull, false);
          outbox.put(frame);
          assertEquals(batch.size(batch.count - 1), frame.length);
        }
        assertEquals([batch.count, batch.isFull], [count, count === CAPACITY]);
        assertEquals(batch.send(ring.fd, 0), count);
        batch.count = 0;
        for (const frame of frames) assertEquals(peer.receive(PATIENCE_MS), frame);
      }
    }
    assertEquals(peer.receive(), undefined);
  });
}

e2e(
  "a batch may lie anywhere: the addresses of its frames have more than 32 bits",
  [],
  async () => {
    await using wire = await Wire.open();
    using ring = openRing(wire.target);
    using peer = new Peer(wire.initiator);
    using low = new Outbox(2);
    using high = new Outbox(2);
    const places = [
      low.place(frameOf(60, 1), 1),
      high.place(frameOf(60, 2), 0),
      low.place(frameOf(60, 3), 0),
    ];
    assert(places.every((address) => address > 2 ** 32));
    using batch = SendBatch.open(3);
    for (const address of places) batch.add(address, 60);
    assertEquals(batch.send(ring.fd, 0), 3);
    for (const number of [1, 2, 3]) assertEquals(peer.receive(PATIENCE_MS), frameOf(60, number));
  },
);

e2e("a frame that is too long loses no other one", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox(5);
  const { batch } = outbox;
  const sizes = [60, 1514, 1519, 1060, 61];
  for (let long = 0; long < sizes.length; long++) {
    const order = sizes.map((_, index) => sizes[(index + 2 + long) % sizes.length] ?? 60);
    const at = order.indexOf(1519);
    const frames = order.map((size, index) => frameOf(size, index));
    for (const frame of frames) outbox.put(frame);
    if (at > 0) assertEquals(batch.send(ring.fd, 0), at);
    assertEquals(batch.send(ring.fd, at), -EMSGSIZE);
    const rest = frames.length - at - 1;
    assertEquals(batch.send(ring.fd, at + 1), rest);
    batch.count = 0;
    for (const frame of frames.toSpliced(at, 1)) assertEquals(peer.receive(PATIENCE_MS), frame);
    assertEquals(peer.receive(), undefined);
  }
});

e2e("nothing is sent by a link that is down, nor later", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox(2);
  for (let round = 0; round < 3; round++) {
    await wire.ip(wire.target, "link set eth0 down");
    outbox.put(frameOf(60, 1));
    outbox.put(frameOf(60, 2));
    assertEquals(outbox.flush(ring.fd), [[0, -ENETDOWN], [1, -ENETDOWN]]);
    assertEquals(ring.takeError(), ENETDOWN); // else the next frame would get it, link or no link
    await wire.ip(wire.target, "link set eth0 up");
    outbox.send(ring.fd, frameOf(60, 3), frameOf(60, 4));
    assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 3));
    assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 4));
    assertEquals(peer.receive(), undefined);
  }
});

slowLinkTest("a send buffer that is full is waited for as long as the socket says", async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox(6);
  await slowDown(wire.target, "eth0", "100kbit"); // 120 ms a frame
  shrinkBuffer(ring.fd);
  const frames = Array.from({ length: 6 }, (_, number) => frameOf(1514, number));
  for (const frame of frames) outbox.put(frame);
  const first = outbox.batch.send(ring.fd, 0);
  assert(first > 0 && first < 6, `${first} were sent`);
  assertEquals(outbox.batch.send(ring.fd, first), -EAGAIN);
  assertEquals(sendAll(outbox, ring.fd), new Set([-EAGAIN]));
  const expected = [...frames.slice(0, first), ...frames];
  for (const frame of expected) assertEquals(peer.receive(PATIENCE_MS), frame);
  assertEquals(peer.receive(), undefined);
});

slowLinkTest("a send buffer that is full is not waited for where there is no time", async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using outbox = new Outbox(6);
  await slowDown(wire.target, "eth0", "1kbit"); // 12 s a frame
  shrinkBuffer(ring.fd);
  setTimeoutMs(ring.fd, SO_SNDTIMEO, 60_000, "test");
  for (let number = 0; number < 6; number++) outbox.put(frameOf(1514, number));
  const startMs = performance.now();
  const first = outbox.batch.send(ring.fd, 0, false);
  assert(first > 0 && first < 6, `${first} were sent`);
  assertEquals(outbox.batch.send(ring.fd, first, false), -EAGAIN);
  assert(performance.now() - startMs < 10_000);
});

slowLinkTest("the queue of an interface that is full is told, and loses nothing", async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox(32);
  await slowDown(wire.target, "eth0", "10mbit", 6000);
  const frames = Array.from({ length: 32 }, (_, number) => frameOf(1514, number));
  for (const frame of frames) outbox.put(frame);
  assertEquals(sendAll(outbox, ring.fd), new Set([-ENOBUFS]));
  for (const frame of frames) assertEquals(peer.receive(PATIENCE_MS), frame);
  assertEquals(peer.receive(), undefined);
});

e2e("a batch that is disposed of sends nothing, and may be again", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox(2);
  const batch = SendBatch.open(2);
  batch.add(outbox.place(frameOf(60, 1)), 60);
  batch[Symbol.dispose]();
  using next = SendBatch.open(2);
  batch[Symbol.dispose]();
  next.add(outbox.place(frameOf(60, 2), 1), 60);
  assertEquals([batch.send(ring.fd, 0), next.send(ring.fd, 0)], [0, 1]);
  assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 2));
  assertEquals(peer.receive(), undefined);
});

Deno.test("a batch takes no more frames than it has room for, and knows no closed socket", () => {
  using batch = SendBatch.open(2);
  batch.add(0, 60);
  batch.add(0, 60);
  assertThrows(() => batch.add(0, 60), BugError);
  assertEquals([batch.send(-1, 0), batch.send(-1, 2)], [-EBADF, 0]);
});
