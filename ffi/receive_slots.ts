/**
 * The slots of a packet ring that frames are received into: whose they are, and what lies in them.
 * A slot is the kernel's or ours by its status word, which is read before and written after all
 * else in the slot.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { TP_STATUS_KERNEL, TP_STATUS_LOSING, TP_STATUS_USER, TPACKET2_WORD } from "./packet_abi.ts";
import { FRAME_OFFSET } from "./packet_layout.ts";
import { loadWord, storeWord } from "./shared_word.ts";

/** A word of the frame that lies in one cache line with all of the headers of a request. */
const FRAME_WORD = Math.ceil(FRAME_OFFSET / 4);

/** A circle of slots. Its calls allocate nothing. */
export class ReceiveSlots {
  /** Whether a frame said that others were dropped; whoever counts them takes it back. */
  losing = false;
  /** Mixed from what {@linkcode countReady} looked at, so that it does look. */
  seen = 0;
  #words: Int32Array;
  /** Where the slots begin, as indices of words. */
  readonly #starts: readonly number[];
  readonly #frameCapacity: number;
  readonly #count: number;
  /** 1 for a slot that was taken and not released yet. */
  readonly #held: Uint8Array;
  #head = 0;

  /** Over the memory of a mapping as words, with slots that begin at `starts`. */
  constructor(words: Int32Array, starts: readonly number[], frameCapacity: number) {
    this.#words = words;
    this.#starts = starts;
    this.#frameCapacity = frameCapacity;
    this.#count = starts.length;
    this.#held = new Uint8Array(starts.length);
  }

  /** Whether there is a frame to take. */
  get hasNext(): boolean {
    if (this.#held[this.#head] === 1) return false; // has come round to one not released yet
    const status = loadWord(this.#words, this.#starts[this.#head]! + TPACKET2_WORD.STATUS);
    return (status & TP_STATUS_USER) !== 0;
  }

  /**
   * Number of frames to take, as far as `countMax`. Their headers are looked at one right after the
   * other, because they come from another processor's cache, and so they come together. One by one,
   * as frames are taken, waiting for them was a twelfth of the time of a request.
   */
  countReady(countMax: number): number {
    let index = this.#head;
    let seen = 0;
    let count = 0;
    const end = Math.min(countMax, this.#count);
    for (; count < end && this.#held[index] === 0; count++) {
      const start = this.#starts[index]!;
      const status = loadWord(this.#words, start + TPACKET2_WORD.STATUS);
      if ((status & TP_STATUS_USER) === 0) break;
      seen ^= this.#words[start + FRAME_WORD]!;
      index = index + 1 === this.#count ? 0 : index + 1;
    }
    this.seen = seen;
    return count;
  }

  /** Takes the oldest frame. Returns its slot, to be released; -1: there is none. */
  next(): number {
    const index = this.#head;
    if (this.#held[index] === 1) return -1; // has come round to a slot that is not released yet
    const status = loadWord(this.#words, this.#starts[index]! + TPACKET2_WORD.STATUS);
    if ((status & TP_STATUS_USER) === 0) return -1;
    if ((status & TP_STATUS_LOSING) !== 0) this.losing = true;
    this.#held[index] = 1;
    this.#head = index + 1 === this.#count ? 0 : index + 1;
    return index;
  }

  /** Size of the frame in a taken slot in bytes; -1 where it is not whole or not in its place. */
  size(index: number): number {
    const start = this.#starts[index]!;
    const size = this.#words[start + TPACKET2_WORD.SNAP_LENGTH]!;
    const isWhole = size === this.#words[start + TPACKET2_WORD.LENGTH] &&
      size <= this.#frameCapacity &&
      (this.#words[start + TPACKET2_WORD.MAC]! & 0xffff) === FRAME_OFFSET;
    return isWhole ? size : -1;
  }

  /** Gives a taken slot back to the kernel, in any order. */
  release(index: number): void {
    assert(this.#held[index] === 1, "a slot is released that was not taken");
    this.#held[index] = 0;
    storeWord(this.#words, this.#starts[index]! + TPACKET2_WORD.STATUS, TP_STATUS_KERNEL);
  }

  /** Lets the memory go: whoever goes on finds nothing, not a segmentation fault. */
  detach(): void {
    this.#words = new Int32Array(0);
    this.#held.fill(1);
  }
}
