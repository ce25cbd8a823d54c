/**
 * Filters of open sockets against the kernel: it takes programs for many addresses, and loses no
 * frame while one takes the place of another.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import type { PacketFilter } from "../ffi/packet_filter.ts";
import { sleep } from "../ffi/packet_socket.ts";
import { requestFilter } from "../lib/wire/filter.ts";
import { FRAME_SIZE_MIN } from "../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../lib/wire/mac.ts";
import { ataRequest } from "../lib/wire/requests.ts";
import { command, inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { indexOf, openRing, PATIENCE_MS, Peer } from "./packet_ring_case.ts";
import { NUMBER_OFFSET, SEEN, type SenderTask, SENT, STOP, WORDS } from "./packet_sender.ts";
import { Random } from "./random.ts";

const ETHER_TYPE = 0x88a2;
/** A disk whose address no random one is. */
const OWN = { shelf: 0xfff0, slot: 7 };
const REPLACEMENTS = 1000;
const NOTHING: PacketFilter = [[0x06, 0, 0, 0]];

/** A question for a disk, from nobody in particular to all. */
function questionFor(address: typeof OWN): Uint8Array {
  const route = { source: 0x02_00_00_00_00_01, destination: BROADCAST_MAC, ...address };
  return ataRequest(route, { opcode: 0xec }).subarray(0, FRAME_SIZE_MIN);
}

/** So many addresses anywhere, none of them {@linkcode OWN}. */
function scattered(random: Random, count: number): (typeof OWN)[] {
  return Array.from({ length: count }, () => ({
    shelf: random.below(OWN.shelf),
    slot: random.below(0xff),
  }));
}

function inTarget(wire: Wire): number {
  return inNamespace(wire.target, () => indexOf("eth0"));
}

/** What takes frames: the number of each. */
interface Receiver extends Disposable {
  setFilter(filter: PacketFilter): void;
  /** The number of the next frame; -1 where there is none. */
  next(): number;
  /** Frames that had no room. */
  readonly dropped: number;
}

function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getInt32(NUMBER_OFFSET);
}

function ringReceiver(namespace: string, filter: PacketFilter): Receiver {
  const ring = openRing(namespace, { etherType: ETHER_TYPE, filter });
  return {
    setFilter: (next) => ring.setFilter(next),
    next: () => {
      const slot = ring.nextReceived();
      if (slot < 0) return -1;
      const view = new DataView(ring.buffer, ring.receiveFrameOffset(slot));
      const number = view.getInt32(NUMBER_OFFSET);
      ring.release(slot);
      return number;
    },
    get dropped() {
      return ring.statistics().dropped;
    },
    [Symbol.dispose]: () => ring[Symbol.dispose](),
  };
}

function socketReceiver(namespace: string, filter: PacketFilter): Receiver {
  const peer = new Peer(namespace, 2 ** 23, { etherType: ETHER_TYPE, filter });
  return {
    setFilter: (next) => peer.socket.setFilter(next),
    next: () => {
      const frame = peer.receive();
      return frame === undefined ? -1 : numberOf(frame);
    },
    get dropped() {
      return peer.socket.statistics().dropped;
    },
    [Symbol.dispose]: () => peer[Symbol.dispose](),
  };
}

/** Frames of another thread, and what is seen of them. */
class Stream implements Disposable {
  /** How many came, and how many before one that came are missing. */
  seen = 0;
  missing = 0;
  readonly #receiver: Receiver;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  readonly #thread = new Worker(new URL("packet_sender.ts", import.meta.url), { type: "module" });

  constructor(receiver: Receiver, fd: number) {
    this.#receiver = receiver;
    this.#words[SENT] = -1;
    const task: SenderTask = { fd, frame: questionFor(OWN), words: this.#words };
    this.#thread.postMessage(task);
  }

  /** Takes what came. */
  drain(): void {
    let number: number;
    while ((number = this.#receiver.next()) >= 0) {
      this.missing = number - this.seen++;
      Atomics.store(this.#words, SEEN, number + 1);
      Atomics.notify(this.#words, SEEN);
    }
  }

  /** Takes frames until `count` were seen or lost in all. */
  async drainUpTo(count: number): Promise<void> {
    const endMs = performance.now() + 10 * PATIENCE_MS;
    while (this.seen + this.missing < count) {
      assert(performance.now() < endMs, "no frames come");
      await new Promise((done) => setTimeout(done, 1)); // the thread starts from our event loop
      this.drain();
    }
  }

  /** Ends the sending and takes the rest. Returns how many were sent. */
  stop(): number {
    Atomics.store(this.#words, STOP, 1);
    while (Atomics.load(this.#words, SENT) < 0) this.drain();
    sleep(20);
    this.drain();
    return Atomics.load(this.#words, SENT);
  }

  [Symbol.dispose](): void {
    this.#thread.terminate();
  }
}

for (const [what, receive] of [["ring", ringReceiver], ["socket", socketReceiver]] as const) {
  e2e(
    `a filter of a ${what} is replaced ${REPLACEMENTS} times and loses no frame`,
    [],
    async () => {
      await using wire = await Wire.open();
      const random = new Random(3);
      const programs = [1, 30, 400, 1000].map((count) =>
        requestFilter([OWN, ...scattered(random, count)], inTarget(wire))
      );
      using receiver = receive(wire.target, programs[0] ?? NOTHING);
      using peer = new Peer(wire.initiator);
      using stream = new Stream(receiver, peer.socket.fd);
      await stream.drainUpTo(1);
      const before = stream.seen;
      for (let turn = 0; turn < REPLACEMENTS; turn++) {
        receiver.setFilter(programs[turn % programs.length] ?? NOTHING);
        stream.drain();
      }
      assert(stream.seen > before + REPLACEMENTS, `only ${stream.seen} frames came meanwhile`);
      assertEquals([stream.stop(), stream.missing, receiver.dropped], [stream.seen, 0, 0]);
    },
  );

  e2e(`frames that a ${what}'s filter shuts out for a moment are missed`, [], async () => {
    await using wire = await Wire.open();
    const program = requestFilter([OWN], inTarget(wire));
    using receiver = receive(wire.target, program);
    using peer = new Peer(wire.initiator);
    using stream = new Stream(receiver, peer.socket.fd);
    await stream.drainUpTo(1);
    receiver.setFilter(NOTHING);
    stream.drain();
    sleep(20);
    receiver.setFilter(program);
    await stream.drainUpTo(stream.seen + 1000);
    stream.stop();
    assert(stream.missing > 0);
  });
}

e2e("the kernel takes a program for 1000 addresses, and for 10,000", [], async () => {
  await using wire = await Wire.open();
  using peer = new Peer(wire.initiator);
  for (const count of [1000, 10_000]) {
    const addresses = [OWN, ...scattered(new Random(count), count - 1)];
    const program = requestFilter(addresses, inTarget(wire));
    using ring = ringReceiver(wire.target, program);
    using socket = socketReceiver(wire.target, program);
    const asked = addresses.filter((_, at) => at % 50 === 0);
    for (const address of asked) {
      peer.send(questionFor(address));
      if (count === 1000) peer.send(questionFor({ ...address, shelf: OWN.shelf + 1 }));
    }
    for (const receiver of [ring, socket]) {
      for (const _ of asked) assertEquals(await soon(receiver), 0);
      assertEquals(receiver.next(), -1);
    }
  }
});

e2e("a socket that may have few instructions gets a smaller program", [], async () => {
  await using wire = await Wire.open();
  await shrinkOptionMemory(wire.target);
  using peer = new Peer(wire.initiator);
  const index = inTarget(wire);
  const sizes: number[] = [];
  const filterOf = (seed: number): PacketFilter => (sizeMax) => {
    const addresses = [OWN, ...scattered(new Random(seed), 950)];
    const program = requestFilter(addresses, index, sizeMax);
    sizes.push(program.length);
    return program;
  };
  using socket = socketReceiver(wire.target, filterOf(0));
  for (let seed = 1; seed < 20; seed++) {
    socket.setFilter(filterOf(seed));
    assert(sizes.length === 1 || (sizes.at(-1) ?? 0) > 500, `${sizes}`);
    peer.send(questionFor(OWN));
    assertEquals(await soon(socket), 0);
  }
});

/** Gives sockets of a namespace the least memory for programs that kernels have had. */
async function shrinkOptionMemory(namespace: string): Promise<void> {
  const write = "echo 20480 > /proc/sys/net/core/optmem_max";
  try {
    await command("ip", "netns", "exec", namespace, "sh", "-c", write);
  } catch {
    // Before Linux 6.8 all namespaces have the same.
  }
}

/** The number of the next frame, which is waited for; -1 where none comes. */
async function soon(receiver: Receiver): Promise<number> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const number = receiver.next();
    if (number >= 0 || performance.now() > endMs) return number;
    await new Promise((done) => setTimeout(done, 1));
  }
}
