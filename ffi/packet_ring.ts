/**
 * Ethernet frames of one interface, received through memory that is shared with the kernel
 * (packet(7), TPACKET_V2): taking and releasing a frame makes no system call and allocates nothing.
 *
 * The ring is a strict circle: the kernel fills its slots one after the other and stops at one that
 * was not released: frames are dropped then, and counted. poll(2) reports POLLIN for as long as the
 * newest received slot is not released.
 *
 * There is no ring to send from: several frames by one call (send_batch.ts) cost no more, may lie
 * anywhere, and need not be sent in the order in which their memory was taken.
 *
 * Views on the memory must not be used after disposal.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { SO_ERROR, SO_SNDBUF, SO_SNDBUFFORCE, SO_SNDTIMEO, SOL_SOCKET } from "./abi.ts";
import { libc } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import {
  bindPacketSocket,
  boundIndex,
  getOption,
  openPacketSocket,
  PacketCounter,
  type PacketOptions,
  type PacketStatistics,
  raiseBuffer,
  setTimeoutMs,
} from "./packet_common.ts";
import { attachFilter, type PacketFilter } from "./packet_filter.ts";
import {
  ETHERNET_HEADER_SIZE,
  FRAME_OFFSET,
  layOutRing,
  type RingLayout,
  slotOffsets,
} from "./packet_layout.ts";
import { makeRing } from "./packet_options.ts";
import { ReceiveSlots } from "./receive_slots.ts";

/** How to open a {@linkcode PacketRing}. */
export interface PacketRingOptions extends PacketOptions {
  /** Largest payload of a frame in bytes; longer frames are cut. */
  readonly mtu: number;
  /** Slots to receive into; rounded up to whole blocks, fewer where the frames are large. */
  readonly receiveCount?: number;
}

/** A ring that no longer fits into the processor's caches costs up to a fifth more a frame. */
const RECEIVE_COUNT = 1024;
/** Most memory of the ring in bytes: 832 slots at an MTU of 9000, 120 at 65536. */
const RING_SIZE_MAX = 8 * 2 ** 20;
/** Kernel memory that frames on their way out may take, in bytes. */
const SEND_BUFFER_SIZE = 4 * 2 ** 20;
/** Longest wait for room to send, ms; a link that is stuck for longer loses the frame. */
const SEND_TIMEOUT_MS = 20;

/** A packet socket with its ring, bound to one interface. */
export class PacketRing implements Disposable {
  /** The memory of the ring. */
  readonly buffer: ArrayBuffer;
  /** Where it begins, for what takes addresses as numbers. */
  readonly address: number;
  /** Number of slots to receive into. */
  readonly receiveCount: number;
  /** Largest frame in bytes, with its Ethernet header. */
  readonly frameCapacity: number;
  #fd: number;
  readonly #options: PacketRingOptions;
  readonly #memory: Mapping;
  readonly #receive: ReceiveSlots;
  /** Where the slots begin, in bytes. */
  readonly #offsets: readonly number[];
  readonly #counter = new PacketCounter();

  private constructor(
    fd: number,
    memory: Mapping,
    layout: RingLayout,
    options: PacketRingOptions,
  ) {
    const frameCapacity = options.mtu + ETHERNET_HEADER_SIZE;
    this.#fd = fd;
    this.#options = options;
    this.#memory = memory;
    this.buffer = memory.buffer;
    this.address = memory.address;
    this.frameCapacity = frameCapacity;
    this.receiveCount = layout.count;
    this.#offsets = slotOffsets(layout);
    const starts = this.#offsets.map((offset) => offset / 4);
    this.#receive = new ReceiveSlots(new Int32Array(memory.buffer), starts, frameCapacity);
  }

  /** Opens, maps, filters and binds; throws {@linkcode SystemError} with what is missing. */
  static open(options: PacketRingOptions): PacketRing {
    const ring = PacketRing.prepare(options);
    try {
      ring.bind();
      return ring;
    } catch (error) {
      ring[Symbol.dispose]();
      throw error;
    }
  }

  /** Does all but the last of it, which takes no time: frames come from {@linkcode bind} on. */
  static prepare(options: PacketRingOptions): PacketRing {
    const action = actionOn(options);
    const capacity = options.mtu + ETHERNET_HEADER_SIZE;
    const layout = layOutRing(capacity, options.receiveCount ?? RECEIVE_COUNT, RING_SIZE_MAX);
    const fd = openPacketSocket(action);
    let memory: Mapping | undefined;
    try {
      makeRing(fd, layout, action);
      raiseBuffer(fd, SO_SNDBUF, SO_SNDBUFFORCE, SEND_BUFFER_SIZE);
      setTimeoutMs(fd, SO_SNDTIMEO, SEND_TIMEOUT_MS, action);
      memory = Mapping.share(fd, layout.size, 0n);
      attachFilter(fd, options.filter, action);
      return new PacketRing(fd, memory, layout, options);
    } catch (error) {
      memory?.[Symbol.dispose]();
      libc().close(fd);
      throw error;
    }
  }

  /** Binds a prepared ring to its interface; throws {@linkcode SystemError} where that is gone. */
  bind(): void {
    const { index, etherType } = this.#options;
    bindPacketSocket(this.#fd, index, etherType, actionOn(this.#options));
  }

  /** Its descriptor, to wait for frames; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Where the frame of slot `index` lies in the buffer, in bytes. */
  receiveFrameOffset(index: number): number {
    const offset = this.#offsets[index];
    assert(offset !== undefined, `there is no slot ${index}`);
    return offset + FRAME_OFFSET;
  }

  /** The address of the byte at `offset` of the buffer. Costs an allocation: make it once. */
  pointerAt(offset: number): Deno.PointerObject {
    return this.#memory.pointerAt(offset);
  }

  /** Whether there is a received frame to take. */
  get hasReceived(): boolean {
    return this.#receive.hasNext;
  }

  /** Number of received frames to take, as far as `countMax`; to ask makes taking them quicker. */
  countReady(countMax: number): number {
    return this.#receive.countReady(countMax);
  }

  /** Takes the oldest received frame. Returns its slot, to be released; -1: there is none. */
  nextReceived(): number {
    return this.#receive.next();
  }

  /**
   * Size of the frame in a taken slot, in bytes; -1 where it is not there whole, because it was
   * longer than {@linkcode frameCapacity}.
   */
  receivedSize(index: number): number {
    return this.#receive.size(index);
  }

  /** Gives a taken slot back to the kernel, in any order. */
  release(index: number): void {
    this.#receive.release(index);
  }

  /** Whether a received frame said that others were dropped since the last statistics(). */
  get losing(): boolean {
    return this.#receive.losing;
  }

  /** What was counted since the ring was opened, one object for all calls. */
  statistics(): PacketStatistics {
    this.#receive.losing = false;
    return this.#counter.ask(this.#fd);
  }

  /**
   * Takes the error back that waits on the socket, such as ENETDOWN after the link went down: until
   * then poll(2) reports POLLERR. Returns a positive errno, or 0.
   */
  takeError(): number {
    return getOption(this.#fd, SOL_SOCKET, SO_ERROR, 1)[0] ?? 0;
  }

  /**
   * Lets other frames up from now on; throws {@linkcode SystemError}. A frame that both the old and
   * the new program let up is not lost, and what came before stays.
   */
  setFilter(filter: PacketFilter): void {
    attachFilter(this.#fd, filter, `Cannot set the filter of a ring on "${this.#options.name}"`);
  }

  /** Index of the interface that it is bound to; -1 for one that was removed. */
  boundIndex(): number {
    return boundIndex(this.#fd);
  }

  /** Gives the memory back and closes the socket. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    this.#receive.detach();
    this.#memory[Symbol.dispose]();
    libc().close(this.#fd);
    this.#fd = -1;
  }
}

function actionOn({ name }: PacketRingOptions): string {
  return `Cannot open a packet ring on "${name}"`;
}
