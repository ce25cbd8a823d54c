/**
 * A source as pieces in their order, the next ones being read while the first is used.
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Source } from "./place.ts";

/** Size of a piece in bytes. */
export const PIECE_SIZE: number = 1024 * 1024;
/**
 * How many pieces are read ahead: enough for the wire not to idle. More would only wait for the
 * target, and their patience runs meanwhile.
 */
const AHEAD_MAX = 4;

/** Which part of a source. */
export interface Range {
  /** Its first byte. */
  readonly start: number;
  /** Its size in bytes; undefined: to the end. */
  readonly length: number | undefined;
}

interface Reading {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly wanted: number;
  readonly count: Promise<number>;
}

/** The pieces of a range. */
export class ReadAhead {
  readonly #source: Source;
  readonly #end: number;
  readonly #piece: number;
  readonly #reading: Reading[] = [];
  readonly #free: Uint8Array<ArrayBuffer>[] = [];
  #next: number;
  #isOver = false;

  /** Begins with nothing: the first reads are made by {@linkcode next}. */
  constructor(source: Source, { start, length }: Range, piece: number = PIECE_SIZE) {
    this.#source = source;
    this.#next = start;
    this.#end = length === undefined ? Infinity : start + length;
    this.#piece = piece;
  }

  /**
   * The next piece: shorter than the others only at the end of the range or the source; undefined
   * behind it. It belongs to the caller until it is given back.
   */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.#fill();
    const reading = this.#reading.shift();
    if (reading === undefined) return undefined;
    const count = await reading.count;
    if (count < reading.wanted) {
      this.#isOver = true;
      this.#reading.length = 0; // a file that grows again has no piece for where this one ended
    }
    this.#fill();
    return count === 0 ? undefined : reading.bytes.subarray(0, count);
  }

  /** Gives a piece back, whose memory is used again. */
  release(piece: Uint8Array<ArrayBuffer>): void {
    assert(piece.byteOffset === 0, "a piece is the whole of its memory, or its beginning");
    this.#free.push(new Uint8Array(piece.buffer));
  }

  #fill(): void {
    const most = this.#source.inOrder ? 1 : AHEAD_MAX;
    while (!this.#isOver && this.#reading.length < most && this.#next < this.#end) {
      const wanted = Math.min(this.#piece, this.#end - this.#next);
      const bytes = this.#free.pop() ?? new Uint8Array(this.#piece);
      const count = this.#source.read(bytes.subarray(0, wanted), this.#next);
      count.catch(() => {}); // whoever waits for it hears of it
      this.#reading.push({ bytes, wanted, count });
      this.#next += wanted;
    }
  }
}
