/**
 * A port of the ring engine: a reply that cannot be sent loses only itself, and a received slot is
 * the kernel's again only when no reply lies in it any more.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { EMSGSIZE, ENETDOWN, EPERM } from "../ffi/errno.ts";
import type { PacketRing } from "../ffi/packet_ring.ts";
import { FRAME_OFFSET } from "../ffi/packet_layout.ts";
import { Port } from "../lib/engine/port.ts";
import { RingPort, type Watches } from "../lib/engine/ring_port.ts";
import { SystemError } from "../lib/error.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import {
  frameOf,
  openRing,
  Outbox,
  PATIENCE_MS,
  Peer,
  prepareRing,
  receive,
  take,
} from "./packet_ring_case.ts";

const POLLIN = 1;
const POLLERR = 8;
const ECANCELED = 125;

/** A port on eth0 of the target's host, and what it is told. */
class Bench implements AsyncDisposable {
  readonly port: Port<PacketRing>;
  readonly ringPort: RingPort;
  readonly peer: Peer;
  readonly outbox = new Outbox(16);
  /** Whether no larger ring is to be had, and how often one was asked for. */
  refuses = false;
  prepared = 0;
  /** How many watches ended because their ring did. */
  unwatched = 0;
  readonly #wire: Wire;
  readonly #resources = new DisposableStack();
  readonly #watches: Watches = {
    join: () => 7,
    leave: () => {},
    unwatch: (mark) => {
      assertEquals(mark, 7);
      this.unwatched++;
    },
  };

  private constructor(wire: Wire) {
    this.#wire = wire;
    this.port = inNamespace(wire.target, () =>
      Port.open({
        name: "eth0",
        open: ({ mtu }) => openRing(wire.target, { mtu, receiveCount: 1 }),
        successor: {
          prepare: ({ mtu }) => {
            this.prepared++;
            if (this.refuses) throw new SystemError("Cannot open it", "socket", EPERM);
            return prepareRing(wire.target, { mtu, receiveCount: 1 });
          },
          begin: (ring) => ring.bind(),
        },
      }));
    this.ringPort = this.#resources.use(new RingPort(this.port, this.#watches));
    this.ringPort.isAlone = true;
    this.peer = this.#resources.use(new Peer(wire.initiator));
    this.#resources.use(this.outbox);
  }

  static async open(mtu = 1500): Promise<Bench> {
    return new Bench(await Wire.open(mtu));
  }

  get ring(): PacketRing {
    const { ring } = this.ringPort;
    assert(ring !== undefined);
    return ring;
  }

  async ip(words: string): Promise<void> {
    await this.#wire.ip(this.#wire.target, words);
  }

  refresh(): readonly string[] {
    return inNamespace(this.#wire.target, () => this.port.refresh());
  }

  /** Whether the kernel may write to a received slot. */
  isReleased(slot: number): boolean {
    const at = this.ring.receiveFrameOffset(slot) - FRAME_OFFSET;
    return new Int32Array(this.ring.buffer, at, 1)[0] === 0;
  }

  /** Adds replies of these sizes, and sends them when the port says that it is time. */
  reply(...sizes: readonly number[]): void {
    sizes.forEach((size, index) => {
      const address = this.outbox.place(frameOf(size, index), index);
      if (this.ringPort.add(address, size)) this.ringPort.flush();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resources.dispose();
    await this.#wire[Symbol.asyncDispose]();
  }
}

for (const at of [0, 1, 2, 3]) {
  e2e(`a reply that is too long loses only itself, as number ${at} of a batch`, [], async () => {
    await using bench = await Bench.open(9000);
    const { port, peer } = bench;
    assertEquals(bench.ring.frameCapacity, 9014);
    await bench.ip("link set eth0 mtu 1500");
    const sizes = [60, 1514, 1060].toSpliced(at, 0, 9014);
    bench.reply(...sizes);
    bench.ringPort.flush();
    assertEquals(bench.ringPort.waiting, 0);
    for (const [index, size] of sizes.entries()) {
      if (index !== at) assertEquals(peer.receive(PATIENCE_MS), frameOf(size, index));
    }
    assertEquals(peer.receive(), undefined);
    const { sent, sentBytes, sendErrors, noRoom } = port.counts;
    assertEquals([sent, sentBytes, sendErrors, noRoom], [3, 60 + 1514 + 1060, 1, 0]);
    assertEquals([port.troubled, port.lastErrno], [true, EMSGSIZE]);
  });
}

e2e("replies are sent when there are 16 of them, or when it is asked for", [], async () => {
  await using bench = await Bench.open();
  assertEquals(bench.ring.frameCapacity, 1514);
  bench.reply(60, 61, 62);
  assertEquals([bench.ringPort.waiting, bench.peer.receive()], [3, undefined]);
  bench.ringPort.flush();
  for (const index of [0, 1, 2]) assertEquals(bench.peer.receive()?.length, 60 + index);
  const sizes = Array.from({ length: 16 }, (_, index) => 60 + index);
  bench.reply(...sizes.slice(0, 15));
  assertEquals([bench.ringPort.waiting, bench.peer.receive()], [15, undefined]);
  bench.reply(75);
  for (const size of sizes) assertEquals(bench.peer.receive()?.length, size);
  assertEquals([bench.ringPort.waiting, bench.port.counts.sent], [0, 3 + 16]);
});

e2e("a received slot is released only when no reply waits that may lie in it", [], async () => {
  await using bench = await Bench.open();
  const { ring, ringPort, peer } = bench;
  const slots: number[] = [];
  for (let number = 0; number < 3; number++) {
    peer.send(frameOf(60, number));
    slots.push(take(ring));
  }
  const [first = -1, second = -1, third = -1] = slots;
  ringPort.release(ring, first);
  assert(bench.isReleased(first));
  ringPort.add(ringPort.received(ring, second).frameAddress, 60);
  ringPort.release(ring, second);
  ringPort.release(ring, third);
  assertEquals([bench.isReleased(second), bench.isReleased(third)], [false, false]);
  ringPort.flush();
  assertEquals([bench.isReleased(second), bench.isReleased(third)], [true, true]);
  assertEquals(peer.receive(PATIENCE_MS), frameOf(60, 1)); // the reply is what came
  peer.send(frameOf(60, 3));
  assertEquals(receive(ring), frameOf(60, 3));
});

e2e("a ring is opened anew only when the old one was received to its end", [], async () => {
  await using bench = await Bench.open();
  const { port, ringPort } = bench;
  const old = bench.ring;
  ringPort.isWatched = true;
  await bench.ip("link set eth0 mtu 4000");
  assertEquals([bench.refresh(), port.outdated], [["mtu"], true]);
  bench.peer.send(frameOf(60, 0));
  ringPort.renew();
  assertEquals([bench.ring === old, port.outdated, bench.unwatched], [true, true, 0]);
  assertEquals(receive(old), frameOf(60, 0));
  ringPort.renew();
  assertEquals([bench.ring === old, port.outdated, bench.unwatched], [false, false, 1]);
  assertEquals([bench.ring.frameCapacity, ringPort.isWatched], [4014, false]);
  bench.peer.send(frameOf(60, 1));
  assertEquals(receive(bench.ring), frameOf(60, 1));
});

e2e("while no larger ring is to be had the old one goes on", [], async () => {
  await using bench = await Bench.open();
  const { port, ringPort, ring } = bench;
  bench.refuses = true;
  await bench.ip("link set eth0 mtu 4000");
  bench.refresh();
  for (let turn = 0; turn < 3; turn++) ringPort.renew();
  // Outdated: replies must not be built in its slots, which may be too small.
  assertEquals([bench.ring === ring, port.outdated, port.lastErrno], [true, true, EPERM]);
  assertEquals(bench.prepared, 1);
  bench.peer.send(frameOf(60, 0));
  assertEquals(receive(ring), frameOf(60, 0));
  bench.refuses = false;
  bench.refresh();
  ringPort.renew();
  assertEquals([bench.ring.frameCapacity, port.outdated], [4014, false]);
});

e2e("a ring stays where its slots hold the frames of another MTU", [], async () => {
  await using bench = await Bench.open(4000);
  const { port, ringPort, ring } = bench;
  await bench.ip("link set eth0 mtu 1500");
  assertEquals([bench.refresh(), port.outdated], [["mtu"], true]);
  ringPort.renew();
  assertEquals([bench.ring === ring, port.outdated], [true, false]);
});

e2e("what ends the watch of an old ring is no trouble, and ends no other watch", [], async () => {
  await using bench = await Bench.open();
  const { port, ringPort } = bench;
  assertEquals(bench.ring.takeError(), 0);
  ringPort.isWatched = true;
  ringPort.noteReady(-ECANCELED);
  assertEquals([ringPort.isWatched, port.troubled], [true, false]);
  ringPort.noteReady(POLLIN);
  assertEquals([ringPort.isWatched, port.troubled], [false, false]);
  await bench.ip("link set eth0 down");
  ringPort.noteReady(POLLERR);
  assertEquals([port.troubled, port.lastErrno, bench.ring.takeError()], [true, ENETDOWN, 0]);
});

e2e("replies for an interface that is gone are lost and counted", [], async () => {
  await using bench = await Bench.open();
  const { port, ringPort } = bench;
  await bench.ip("link del eth0");
  assertEquals([bench.refresh(), ringPort.ring], [["gone"], undefined]);
  bench.reply(60, 60);
  ringPort.flush();
  assertEquals([port.counts.sent, port.counts.sendErrors, port.troubled], [0, 2, false]);
});

async function remake(bench: Bench, index: number): Promise<void> {
  await bench.ip("link del eth0");
  await bench.ip(`link add eth0 index ${index} type veth peer name other`);
  await bench.ip("link set other up");
  await bench.ip("link set eth0 up");
}

e2e("an interface that is made again is gone before it is up, under any index", [], async () => {
  await using bench = await Bench.open();
  const { port, ringPort } = bench;
  await remake(bench, 77);
  assertEquals([bench.refresh(), port.up, ringPort.ring], [["gone"], false, undefined]);
  assertEquals([bench.refresh(), port.up, port.index], [["up"], true, 77]);
  await remake(bench, 77);
  assertEquals([bench.refresh(), bench.refresh(), bench.refresh()], [["gone"], ["up"], []]);
});
