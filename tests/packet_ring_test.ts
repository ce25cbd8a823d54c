/**
 * Packet rings against the kernel: every frame comes out as it went in, in order, and from where it
 * should.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { type FilterInstruction, sleep } from "../ffi/packet_socket.ts";
import { Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import {
  bytesOf,
  DATA_OFFSET,
  frameOf,
  HEADER_SIZE,
  openRing,
  Outbox,
  PATIENCE_MS,
  Peer,
  receive,
  slowDown,
  slowLinkTest,
  take,
} from "./packet_ring_case.ts";
import { assertNoGarbage } from "./garbage.ts";

for (const mtu of [1500, 9000]) {
  e2e(`frames of all sizes pass a ring and its socket at an MTU of ${mtu}`, [], async () => {
    await using wire = await Wire.open(mtu);
    using ring = openRing(wire.target, { mtu });
    using peer = new Peer(wire.initiator);
    using outbox = new Outbox();
    assertEquals(ring.frameCapacity, mtu + HEADER_SIZE);
    for (const size of [60, 61, 100, 548, 1060, mtu - 1, mtu + 13, mtu + 14]) {
      const frame = frameOf(size, size);
      peer.send(frame);
      assertEquals(receive(ring), frame);
      outbox.send(ring.fd, frame);
      assertEquals(peer.receive(PATIENCE_MS), frame);
    }
    assertEquals(ring.statistics(), { received: 8, dropped: 0 });
  });
}

e2e("frames of up to 65550 bytes pass two rings on the loopback interface", [], async () => {
  await using wire = await Wire.open();
  const change = { name: "lo", mtu: 65536, receiveCount: 16 };
  using ring = openRing(wire.target, change);
  using other = openRing(wire.target, change);
  using outbox = new Outbox();
  const sizes = [60, 1060, 4095, 4096, 9014, 32767, 65535, 65550];
  for (let number = 0; number < 64; number++) {
    const frame = frameOf(sizes[number % sizes.length] ?? 60, number);
    outbox.send(ring.fd, frame);
    assertEquals(receive(ring), frame); // what is sent there comes back
    assertEquals(receive(other), frame);
  }
  assertEquals(other.statistics(), { received: 64, dropped: 0 });
});

/** Frames that keep an interface busy for a while. */
const COUNT = 500;

for (const [mtu, least] of [[576, 512], [1500, 512], [9000, 512], [65536, 100]] as const) {
  e2e(`the slots for an MTU of ${mtu} are many, aligned and apart`, [], async () => {
    await using wire = await Wire.open();
    using ring = openRing(wire.target, { name: "lo", mtu });
    assert(ring.receiveCount >= least, `${ring.receiveCount}`);
    assert(ring.buffer.byteLength <= 8 * 2 ** 20);
    const begins = Array.from(
      { length: ring.receiveCount },
      (_, slot) => ring.receiveFrameOffset(slot),
    );
    let end = 0;
    for (const begin of begins) {
      assert(begin >= end + 52, `${begin} is less than a header behind ${end}`);
      const data = Deno.UnsafePointer.value(ring.pointerAt(begin + DATA_OFFSET));
      assertEquals(BigInt(data) % 512n, 0n);
      end = begin + mtu + HEADER_SIZE;
    }
    assert(end <= ring.buffer.byteLength);
  });
}

e2e("a ring goes round and round", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { receiveCount: 1 });
  using peer = new Peer(wire.initiator);
  const { receiveCount } = ring;
  assert(receiveCount < 100);
  let number = 0;
  for (const batch of [1, 3, 7, 20, receiveCount]) {
    for (let round = 0; round < Math.ceil(3 * receiveCount / batch); round++) {
      const frames = Array.from({ length: batch }, () => frameOf(60 + number % 1455, number++));
      for (const frame of frames) peer.send(frame);
      for (const frame of frames) assertEquals(receive(ring), frame);
    }
  }
  assert(number >= 15 * receiveCount);
  assertEquals(ring.statistics(), { received: number, dropped: 0 });
});

e2e("a full ring counts what it drops, and goes on", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { receiveCount: 1 });
  using peer = new Peer(wire.initiator);
  const count = ring.receiveCount;
  for (let round = 1; round <= 3; round++) {
    for (let number = 0; number < count + 5; number++) peer.send(frameOf(60, number));
    for (let number = 0; number < count; number++) {
      assertEquals(receive(ring), frameOf(60, number));
    }
    assertEquals(ring.losing, false);
    peer.send(frameOf(60, 99));
    assertEquals(receive(ring), frameOf(60, 99));
    assertEquals(ring.losing, true);
    assertEquals(ring.statistics(), { received: round * (count + 1), dropped: round * 5 });
    assertEquals(ring.losing, false);
  }
});

e2e("a held slot stops reception only where it lies", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { receiveCount: 1 });
  using peer = new Peer(wire.initiator);
  const count = ring.receiveCount;
  for (let number = 0; number < 3; number++) {
    peer.send(frameOf(60, number));
    assertEquals(receive(ring), frameOf(60, number));
  }
  peer.send(frameOf(60, 3));
  const held = take(ring);
  assertEquals(held, 3);
  for (let number = 0; number < count + 4; number++) peer.send(frameOf(60, 10 + number));
  const later: number[] = [];
  for (let number = 0; number < count - 1; number++) {
    const slot = take(ring);
    later.push(slot);
    assertEquals(bytesOf(ring, slot), frameOf(60, 10 + number));
  }
  assertEquals(ring.nextReceived(), -1);
  assertEquals(ring.statistics(), { received: count + 3, dropped: 5 });
  assertEquals(bytesOf(ring, held), frameOf(60, 3));
  // All are released but the one that is next: nothing can come before it is, and all at once then.
  for (const slot of later.reverse()) ring.release(slot);
  peer.send(frameOf(60, 100));
  sleep(20);
  assertEquals(ring.nextReceived(), -1);
  ring.release(held);
  for (let number = 0; number < count; number++) peer.send(frameOf(60, 200 + number));
  for (let number = 0; number < count; number++) {
    assertEquals(receive(ring), frameOf(60, 200 + number));
  }
  assertEquals(ring.statistics(), { received: 2 * count + 3, dropped: 6 });
});

e2e("a frame that is longer than the ring's MTU is told from a whole one", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { mtu: 576 });
  using peer = new Peer(wire.initiator);
  assertEquals(ring.frameCapacity, 590);
  for (const [size, told] of [[590, 590], [591, -1], [1514, -1], [60, 60]] as const) {
    peer.send(frameOf(size, size));
    const slot = take(ring);
    assertEquals(ring.receivedSize(slot), told);
    ring.release(slot);
  }
});

e2e("a ring gets the frames of its protocol that its filter lets through", [], async () => {
  await using wire = await Wire.open();
  // Those whose byte 20 is even.
  const filter: readonly FilterInstruction[] = [
    [0x30, 0, 0, 20],
    [0x45, 0, 1, 1],
    [0x06, 0, 0, 0],
    [0x06, 0, 0, 0x40000],
  ];
  using ring = openRing(wire.target, { filter });
  using peer = new Peer(wire.initiator);
  const even = frameOf(60, 1);
  even[20] = 2;
  const odd = frameOf(60, 2);
  odd[20] = 3;
  for (const frame of [odd, even, frameOf(60, 3, 0x88b6), odd, even]) peer.send(frame);
  assertEquals(receive(ring), even);
  assertEquals(receive(ring), even);
  sleep(20);
  assertEquals(ring.nextReceived(), -1);
  assertEquals(ring.statistics(), { received: 2, dropped: 0 });
});

slowLinkTest("a ring hears nothing of other interfaces before it is bound", async () => {
  await using wire = await Wire.open();
  await slowDown(wire.target, "lo", "10mbit");
  using other = openRing(wire.target, { name: "lo" });
  using outbox = new Outbox(COUNT);
  let passed = 0;
  for (let round = 1; round <= 10; round++) {
    // These arrive one after the other while the ring is opened.
    outbox.send(other.fd, ...Array.from({ length: COUNT }, (_, number) => frameOf(60, number)));
    const before = other.statistics().received;
    using ring = openRing(wire.target);
    passed += other.statistics().received - before;
    assertEquals(ring.nextReceived(), -1);
    assertEquals(ring.statistics(), { received: 0, dropped: 0 });
    for (let number = 0; number < COUNT; number++) assertEquals(receive(other)?.length, 60);
  }
  assert(passed > 0);
});

e2e("a ring that is disposed of gives nothing, and may be again", [], async () => {
  await using wire = await Wire.open();
  using peer = new Peer(wire.initiator);
  const ring = openRing(wire.target);
  peer.send(frameOf(60, 1));
  assert(ring.fd >= 0);
  assertEquals(ring.statistics(), { received: 1, dropped: 0 });
  ring[Symbol.dispose]();
  assertEquals([ring.fd, ring.nextReceived(), ring.boundIndex()], [-1, -1, -1]);
  assertEquals([ring.statistics(), ring.takeError()], [{ received: 1, dropped: 0 }, 0]);
  using next = openRing(wire.target);
  ring[Symbol.dispose]();
  peer.send(frameOf(60, 2));
  assertEquals(receive(next), frameOf(60, 2));
});

e2e("a ring and a plain socket count alike what they get and what they drop", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { receiveCount: 1 });
  using same = new Peer(wire.target, 0);
  using peer = new Peer(wire.initiator);
  const sent = 1000;
  for (let number = 0; number < sent; number++) peer.send(frameOf(60, number));
  let heard = 0;
  while (same.receive() !== undefined) heard++;
  const { received, dropped } = same.socket.statistics();
  assertEquals([received, dropped], [heard, sent - heard]);
  assert(dropped > 0);
  const count = ring.receiveCount;
  assertEquals(ring.statistics(), { received: count, dropped: sent - count });
});

e2e("receiving and sending make no garbage", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target, { name: "lo" });
  using outbox = new Outbox(32);
  const addresses = Array.from(
    { length: 32 },
    (_, index) => outbox.place(frameOf(60, index), index),
  );
  const { batch } = outbox;
  assertNoGarbage((count) => {
    for (let done = 0; done < count; done += 32) {
      for (let index = 0; index < 32; index++) batch.add(addresses[index]!, 60);
      if (batch.send(ring.fd, 0) !== 32) throw new Error("not all were sent");
      batch.count = 0;
      // The interface hands them over before the call returns, or a little later.
      for (let left = 32; left > 0;) {
        const slot = ring.nextReceived();
        if (slot < 0) continue;
        if (ring.receivedSize(slot) !== 60) throw new Error("a frame is not whole");
        ring.release(slot);
        left--;
      }
    }
  });
});
