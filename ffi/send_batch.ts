/**
 * Several frames sent by one call (sendmmsg(2)), each from where it lies: no copy of ours, and no
 * order in which memory must become free.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { IOVEC, MMSGHDR, MSG_DONTWAIT } from "./abi.ts";
import { libc, negativeErrno } from "./libc.ts";
import { Mapping } from "./mapping.ts";

const HIGH = 2 ** 32;

/** A frame may lie in two places: what goes before its data, and the data. */
const VECTORS_PER_FRAME = 2;
/** Words of a frame's vectors, and of the first of them. */
const FRAME_WORDS = VECTORS_PER_FRAME * IOVEC.SIZE / 4;
const VECTOR_WORDS = IOVEC.SIZE / 4;

/** Frames that are about to be sent. Their memory must stay as it is until they are. */
export class SendBatch implements Disposable {
  /** Number of frames in the batch. */
  count = 0;
  readonly #capacity: number;
  readonly #memory: Mapping;
  #pointers: readonly Deno.PointerObject[];
  /** The vectors, as words. */
  #vectors: Uint32Array;

  private constructor(memory: Mapping, capacity: number) {
    this.#memory = memory;
    this.#capacity = capacity;
    const vectorsAt = capacity * MMSGHDR.SIZE;
    const headers = new DataView(memory.buffer, 0, vectorsAt);
    for (let index = 0; index < capacity; index++) {
      const vector = BigInt(memory.address + vectorsAt + index * FRAME_WORDS * 4);
      headers.setBigUint64(index * MMSGHDR.SIZE + MMSGHDR.VECTOR, vector, true);
      headers.setBigUint64(
        index * MMSGHDR.SIZE + MMSGHDR.VECTOR_COUNT,
        BigInt(VECTORS_PER_FRAME),
        true,
      );
    }
    this.#vectors = new Uint32Array(memory.buffer, vectorsAt, capacity * FRAME_WORDS);
    this.#pointers = Array.from(
      { length: capacity },
      (_, index) => memory.pointerAt(index * MMSGHDR.SIZE),
    );
  }

  /** Makes room for `capacity` frames. */
  static open(capacity: number): SendBatch {
    return new SendBatch(Mapping.open(capacity * (MMSGHDR.SIZE + FRAME_WORDS * 4)), capacity);
  }

  /** Whether no more frames fit. */
  get isFull(): boolean {
    return this.count === this.#capacity;
  }

  /** Adds a frame of `size` bytes at `address`, and `dataSize` more that lie at `dataAddress`. */
  add(address: number, size: number, dataAddress = 0, dataSize = 0): void {
    assert(this.count < this.#capacity, "a frame was added to a full batch");
    const at = this.count++ * FRAME_WORDS;
    this.#setVector(at, address, size);
    this.#setVector(at + VECTOR_WORDS, dataAddress, dataSize);
  }

  #setVector(at: number, address: number, size: number): void {
    this.#vectors[at] = address; // conversion to 32 bits takes the low half
    this.#vectors[at + 1] = address / HIGH;
    this.#vectors[at + 2] = size;
  }

  /** Size of frame `index` in bytes. */
  size(index: number): number {
    const at = index * FRAME_WORDS;
    return (this.#vectors[at + 2] ?? 0) + (this.#vectors[at + VECTOR_WORDS + 2] ?? 0);
  }

  /**
   * Sends the frames from `first` on by the socket `fd`.
   *
   * @param mayWait whether to wait for room for as long as the socket is set to (SO_SNDTIMEO)
   * @returns how many were sent, at least one; or a negative errno, which is the first one's; 0:
   *   there was none to send
   */
  send(fd: number, first: number, mayWait = true): number {
    const pointer = this.#pointers[first];
    if (pointer === undefined) return 0;
    const flags = mayWait ? 0 : MSG_DONTWAIT;
    const sent = libc().sendmmsg(fd, pointer, this.count - first, flags);
    return sent >= 0 ? sent : negativeErrno();
  }

  /** Gives the memory back; nothing can be sent afterwards. */
  [Symbol.dispose](): void {
    this.#pointers = []; // the kernel would read what is mapped there next
    this.#vectors = new Uint32Array(0);
    this.#memory[Symbol.dispose]();
  }
}
