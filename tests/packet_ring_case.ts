/**
 * A packet ring in a namespace of its own and a plain packet socket as its peer, and what passes
 * between them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Mapping } from "../ffi/mapping.ts";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { PacketRing, type PacketRingOptions } from "../ffi/packet_ring.ts";
import { type FilterInstruction, PacketSocket, sleep } from "../ffi/packet_socket.ts";
import { SendBatch } from "../ffi/send_batch.ts";
import { pattern } from "./e2e/image.ts";
import { command, inNamespace } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";

/** For experiments in one's own network (IEEE 802). */
export const ETHER_TYPE = 0x88b5;
export const EVERYTHING: readonly FilterInstruction[] = [[0x06, 0, 0, 0x40000]];
export const HEADER_SIZE = 14;
/** A frame's bytes of headers, behind which its data begins. */
export const DATA_OFFSET = 36;
const FRAME_MAX = 65550;
export const PATIENCE_MS = 2000;

export function indexOf(name: string): number {
  using query = InterfaceQuery.open();
  const state = query.ask(name);
  assert(state !== undefined, name);
  return state.index;
}

type Change = Partial<PacketRingOptions>;

/** Opens a ring in the namespace, on its eth0 or what `change` names. */
export function openRing(namespace: string, change: Change = {}): PacketRing {
  const ring = prepareRing(namespace, change);
  inNamespace(namespace, () => ring.bind());
  return ring;
}

/** One that receives from its `bind()` on. */
export function prepareRing(namespace: string, change: Change = {}): PacketRing {
  const { name = "eth0" } = change;
  return inNamespace(namespace, () =>
    PacketRing.prepare({
      name,
      index: indexOf(name),
      etherType: ETHER_TYPE,
      filter: EVERYTHING,
      mtu: 1500,
      ...change,
    }));
}

/** The other end: a plain packet socket. */
export class Peer implements Disposable {
  readonly #socket: PacketSocket;
  readonly #memory = Mapping.open(FRAME_MAX);
  readonly #pointer = this.#memory.pointerAt(0);
  readonly #bytes = new Uint8Array(this.#memory.buffer);

  constructor(
    namespace: string,
    receiveBufferSize = 2 ** 23,
    change: Pick<Change, "etherType" | "filter"> = {},
  ) {
    this.#socket = inNamespace(namespace, () =>
      PacketSocket.open({
        name: "eth0",
        index: indexOf("eth0"),
        etherType: ETHER_TYPE,
        filter: EVERYTHING,
        receiveBufferSize,
        ...change,
      }));
  }

  get socket(): PacketSocket {
    return this.#socket;
  }

  send(frame: Uint8Array): void {
    this.#bytes.set(frame);
    assertEquals(this.#socket.send(this.#pointer, frame.length), 0);
  }

  /** The next frame; undefined where none comes. */
  receive(waitMs = 0): Uint8Array | undefined {
    const size = this.#socket.receive(this.#pointer, FRAME_MAX, waitMs);
    return size < 0 ? undefined : this.#bytes.slice(0, size);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** Frames on their way out, in memory of their own. */
export class Outbox implements Disposable {
  readonly batch: SendBatch;
  readonly #memory: Mapping;

  constructor(capacity = 1) {
    this.batch = SendBatch.open(capacity);
    this.#memory = Mapping.open(capacity * FRAME_MAX);
  }

  /** Puts a frame into the memory for frame `index`. Returns its address. */
  place(frame: Uint8Array, index = this.batch.count): number {
    new Uint8Array(this.#memory.buffer).set(frame, index * FRAME_MAX);
    return this.#memory.address + index * FRAME_MAX;
  }

  put(frame: Uint8Array): void {
    this.batch.add(this.place(frame), frame.length);
  }

  /** Sends all as a caller would; returns which frames failed, and by which negative errno. */
  flush(fd: number): readonly (readonly [index: number, result: number])[] {
    const failed: [number, number][] = [];
    for (let index = 0; index < this.batch.count;) {
      const result = this.batch.send(fd, index);
      if (result <= 0) failed.push([index, result]);
      index += Math.max(1, result);
    }
    this.batch.count = 0;
    return failed;
  }

  /** Sends all, and fails where one cannot be sent. */
  send(fd: number, ...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.put(frame);
    assertEquals(this.flush(fd), []);
  }

  [Symbol.dispose](): void {
    this.batch[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** A frame to everybody; its bytes follow from its number. */
export function frameOf(size: number, number: number, etherType = ETHER_TYPE): Uint8Array {
  const frame = pattern(size, number + 1);
  frame.fill(0xff, 0, 6);
  frame.set([2, 0, 0, 0, 0, 1, etherType >> 8, etherType & 0xff], 6);
  return frame;
}

/** Takes the next received slot, waiting for it; -1 where none comes. */
export function take(ring: PacketRing): number {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const slot = ring.nextReceived();
    if (slot >= 0 || performance.now() > endMs) return slot;
    sleep(1);
  }
}

/** What lies in a taken slot. */
export function bytesOf(ring: PacketRing, slot: number): Uint8Array {
  return new Uint8Array(ring.buffer, ring.receiveFrameOffset(slot), ring.receivedSize(slot))
    .slice();
}

/** Takes the next frame out of the ring; undefined where none comes. */
export function receive(ring: PacketRing): Uint8Array | undefined {
  const slot = take(ring);
  if (slot < 0) return undefined;
  const bytes = bytesOf(ring, slot);
  ring.release(slot);
  return bytes;
}

/** A slow link, in words of tc. */
const SLOW = "root tbf burst 2000";

/** Registers a test that needs a link that the kernel can slow down. */
export function slowLinkTest(name: string, run: () => Promise<void>): void {
  e2e(name, ["tc", "unshare"], run, () => {
    const args = ["-n", "tc", "qdisc", "add", "dev", "lo", ...SLOW.split(" ")];
    const probe = new Deno.Command("unshare", {
      args: [...args, "rate", "1mbit", "limit", "9000"],
    });
    if (!probe.outputSync().success) throw new Error("needs the kernel's token bucket (sch_tbf)");
  });
}

/** Lets an interface send at `rate` only, with a queue of `limit` bytes. */
export async function slowDown(
  namespace: string,
  name: string,
  rate: string,
  limit = 2 ** 20,
): Promise<void> {
  const words = `netns exec ${namespace} tc qdisc add dev ${name} ${SLOW} rate ${rate}`;
  await command("ip", ...words.split(" "), "limit", `${limit}`);
}
