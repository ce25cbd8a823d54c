/**
 * What gets into the way of a packet ring: links that are down, up unnoticed, or gone. It goes on
 * as soon as the link does.
 *
 * @module
 */
import "./library.ts";
import { assertEquals } from "@std/assert";
import { ENETDOWN, ENXIO } from "../ffi/errno.ts";
import { Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import {
  bytesOf,
  frameOf,
  openRing,
  Outbox,
  PATIENCE_MS,
  Peer,
  receive,
  take,
} from "./packet_ring_case.ts";

e2e("a ring whose link was down receives again, and tells it once", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  for (let round = 0; round < 3; round++) {
    peer.send(frameOf(60, 1));
    await wire.ip(wire.target, "link set eth0 down");
    assertEquals([ring.takeError(), ring.takeError()], [ENETDOWN, 0]);
    // What was received before stays.
    assertEquals(receive(ring), frameOf(60, 1));
    assertEquals(ring.nextReceived(), -1);
    await wire.ip(wire.target, "link set eth0 up");
    assertEquals(ring.takeError(), 0);
    peer.send(frameOf(60, 2));
    assertEquals(receive(ring), frameOf(60, 2));
  }
  assertEquals(ring.statistics(), { received: 6, dropped: 0 });
});

e2e("a ring whose link was down unnoticed receives again", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox();
  for (const isTaken of [true, false]) {
    await wire.ip(wire.target, "link set eth0 down");
    await wire.ip(wire.target, "link set eth0 up");
    peer.send(frameOf(60, 1));
    assertEquals(receive(ring), frameOf(60, 1));
    if (isTaken) assertEquals(ring.takeError(), ENETDOWN);
    // An error that was not taken is told instead of sending one frame.
    outbox.put(frameOf(60, 2));
    assertEquals(outbox.flush(ring.fd), isTaken ? [] : [[0, -ENETDOWN]]);
    outbox.send(ring.fd, frameOf(60, 3));
    if (isTaken) assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 2));
    assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 3));
    assertEquals(ring.takeError(), 0);
  }
});

e2e("a ring whose interface was removed says so", [], async () => {
  await using wire = await Wire.open();
  using ring = openRing(wire.target);
  using peer = new Peer(wire.initiator);
  using outbox = new Outbox();
  peer.send(frameOf(60, 1));
  const slot = take(ring);
  await wire.ip(wire.target, "link del eth0");
  assertEquals(ring.boundIndex(), -1);
  assertEquals(ring.takeError(), ENETDOWN);
  outbox.put(frameOf(60, 2));
  assertEquals(outbox.flush(ring.fd), [[0, -ENXIO]]);
  // What was received stays readable.
  assertEquals(bytesOf(ring, slot), frameOf(60, 1));
  ring.release(slot);
  assertEquals(ring.nextReceived(), -1);
  await wire.plug();
  assertEquals(ring.boundIndex(), -1);
  using again = openRing(wire.target);
  using newPeer = new Peer(wire.initiator);
  newPeer.send(frameOf(60, 3));
  assertEquals(receive(again), frameOf(60, 3));
  assertEquals(ring.nextReceived(), -1);
});
