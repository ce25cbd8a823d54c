/**
 * One interface of the ring engine: the memory of its ring's slots, and the replies on their way
 * out.
 *
 * @module
 */
import { POLLERR } from "../../ffi/abi.ts";
import { EAGAIN, ECANCELED, EFAULT, EINTR, ENOBUFS, ENODEV } from "../../ffi/errno.ts";
import type { PacketRing } from "../../ffi/packet_ring.ts";
import { sleep } from "../../ffi/packet_socket.ts";
import { SendBatch } from "../../ffi/send_batch.ts";
import { ETHER_HEADER_SIZE } from "../wire/frame.ts";
import { FrameMemory } from "./arena.ts";
import type { Port } from "./port.ts";

/**
 * Most replies that are handed over together. The end of a turn does not wait for so many: both
 * hosts are to work at once. Groups of 4 took up to a fifth longer.
 */
const BATCH_COUNT = 16;
/** A frame that finds no room is tried so often, with a millisecond between. */
const SEND_ATTEMPTS = 5;

/** What waits for frames of ports. */
export interface Watches {
  /** Gives a port the mark of its watches. */
  join(port: RingPort): number;
  /** The port is no more. */
  leave(mark: number): void;
  /** Ends the watch of an old ring. */
  unwatch(mark: number): void;
}

/** See above. */
export class RingPort implements Disposable {
  /** The interface. */
  readonly port: Port<PacketRing>;
  /** Whether the kernel will tell when a frame comes. */
  isWatched = false;
  /** Whether the data of a reply was not where it was said to be; the engine takes it back. */
  hasFaulted = false;
  /** Whether nobody but this port has to wait while its link has no room. */
  isAlone = false;
  /** Marks its watches. */
  readonly mark: number;
  readonly #batch = SendBatch.open(BATCH_COUNT);
  #ring: PacketRing | undefined;
  #received: (FrameMemory | undefined)[] = [];
  /** Received slots that replies on their way out still lie in. */
  readonly #held: number[] = [];
  readonly #watches: Watches;

  /** The ring of `port`, as long as it has one. */
  constructor(port: Port<PacketRing>, watches: Watches) {
    this.port = port;
    this.#watches = watches;
    this.mark = watches.join(this);
  }

  /** The present ring; undefined while there is no interface. */
  get ring(): PacketRing | undefined {
    this.#adopt();
    return this.#ring;
  }

  /** Whether a frame waits to be taken. */
  get hasReceived(): boolean {
    return this.#ring?.hasReceived === true;
  }

  #adopt(): void {
    const ring = this.port.channel;
    if (ring !== this.#ring) this.#change(ring);
  }

  /** The interface has another ring now, or none. */
  #change(ring: PacketRing | undefined): void {
    // The watch alone would keep the old socket open.
    if (this.isWatched) this.#watches.unwatch(this.mark);
    this.#ring = ring;
    this.#received = new Array(ring?.receiveCount ?? 0).fill(undefined);
    this.#held.length = 0;
    this.#batch.count = 0;
    this.isWatched = false;
  }

  /** Memory of the received frame in slot `index`. */
  received(ring: PacketRing, index: number): FrameMemory {
    return this.#received[index] ??= new FrameMemory(
      ring,
      ring.receiveFrameOffset(index),
      ring.frameCapacity,
    );
  }

  /** Nothing looks at slot `index` any more but, perhaps, replies that are not sent yet. */
  release(ring: PacketRing, index: number): void {
    if (this.#batch.count === 0) ring.release(index);
    else this.#held.push(index);
  }

  /** Number of replies that wait to be sent; their memory must stay as it is. */
  get waiting(): number {
    return this.#batch.count;
  }

  /**
   * Adds a reply of `size` bytes, whose last `dataSize` lie at `dataAddress`. True: it is time to
   * {@linkcode flush}.
   */
  add(frameAddress: number, size: number, dataAddress = 0, dataSize = 0): boolean {
    this.#adopt(); // what is added for an old ring would not be sent
    this.#batch.add(frameAddress, size - dataSize, dataAddress, dataSize);
    return this.#batch.isFull;
  }

  /** Sends what waits. What cannot be sent is lost, counted, and asked for again. */
  flush(): void {
    const batch = this.#batch;
    const fd = this.#ring?.fd ?? -1;
    let attempts = this.#attemptCount();
    for (let index = 0; index < batch.count;) {
      const result = fd < 0 ? -ENODEV : batch.send(fd, index, this.#mayWait());
      if (result > 0) {
        this.#noteSent(index, result);
        index += result;
        attempts = SEND_ATTEMPTS;
      } else if (--attempts > 0 && this.#isPassing(result)) {
        if (result !== -EINTR) sleep(1);
      } else {
        this.#noteLost(result);
        index++; // the frame that it failed with; the next ones may fit
        attempts = this.#attemptCount();
      }
    }
    batch.count = 0;
    if (this.#ring === undefined) return;
    for (let index = this.#held.pop(); index !== undefined; index = this.#held.pop()) {
      this.#ring.release(index);
    }
  }

  /** A link that had no room just now is not waited for again: signals and other ports wait. */
  #attemptCount(): number {
    return this.port.clogged ? 1 : SEND_ATTEMPTS;
  }

  /** Whether the kernel may wait for room. */
  #mayWait(): boolean {
    return this.isAlone && !this.port.clogged;
  }

  /** Whether it is worth the while to try again after a failed send. */
  #isPassing(result: number): boolean {
    // Who may wait has waited for room already.
    return result === -EINTR || result === -ENOBUFS || (result === -EAGAIN && !this.isAlone);
  }

  #noteSent(first: number, count: number): void {
    const { counts } = this.port;
    counts.sent += count;
    for (let index = first; index < first + count; index++) {
      counts.sentBytes += this.#batch.size(index);
    }
    this.port.clogged = false;
  }

  #noteLost(result: number): void {
    const { counts } = this.port;
    this.port.clogged = result === -EAGAIN || result === -ENOBUFS;
    if (this.port.clogged) {
      counts.noRoom++;
    } else {
      counts.sendErrors++;
      if (result === -EFAULT) this.hasFaulted = true;
      else if (this.#ring !== undefined) this.port.trouble(-result);
    }
  }

  /**
   * Changes to a ring that holds the frames of the present MTU, where this one does not: it is
   * prepared while this one receives, and takes over when all that lies in this one was received.
   */
  renew(): void {
    // An interface that is gone is looked for by name, and only then opened.
    if (!this.port.outdated || this.ring === undefined) return;
    if (this.#fits) this.port.outdated = false;
    else if (this.port.prepareSuccessor() && !this.hasReceived && this.port.succeed()) {
      this.#adopt();
      this.port.outdated = !this.#fits; // the MTU may have risen once more meanwhile
    }
  }

  get #fits(): boolean {
    return this.holds(this.port.mtu + ETHER_HEADER_SIZE);
  }

  /** Whether frames of `size` bytes fit the slots. */
  holds(size: number): boolean {
    return this.#ring !== undefined && size <= this.#ring.frameCapacity;
  }

  /** The kernel tells that a frame waits, or that something is wrong. */
  noteReady(result: number): void {
    if (result === -ECANCELED) return; // the watch of an old ring; there may be a new one by now
    this.isWatched = false;
    const ring = this.#ring;
    if (ring === undefined || (result >= 0 && (result & POLLERR) === 0)) return;
    const errno = result < 0 ? -result : ring.takeError(); // it is told until it is taken
    if (errno !== 0) this.port.trouble(errno);
  }

  /** Ends the watch, closes the interface and gives the memory back. */
  [Symbol.dispose](): void {
    this.#change(undefined);
    this.#watches.leave(this.mark);
    this.#batch[Symbol.dispose]();
    this.port[Symbol.dispose]();
  }
}
