/**
 * The 256 words of IDENTIFY DEVICE, one by one.
 *
 * @module
 */
import { SECTOR_SIZE } from "../wire/ata.ts";

const WORD_COUNT = SECTOR_SIZE / 2;
const UNTOLD = 0xffff;

/** The words of one disk. */
export class IdentifyWords {
  /** The 512 bytes. */
  readonly view: DataView;

  /** Of `bytes`, which are 512 or more. */
  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, SECTOR_SIZE);
  }

  /** Word `index`. */
  word(index: number): number {
    return this.view.getUint16(2 * index, true);
  }

  /** Words `index` and the next, the low one first. */
  double(index: number): number {
    return this.view.getUint32(2 * index, true);
  }

  /** Whether the bit is set. */
  bit(index: number, bit: number): boolean {
    return (this.word(index) >> bit & 1) === 1;
  }

  /** Word `index`, but 0 where it is all ones, which says as little. */
  told(index: number): number {
    const word = this.word(index);
    return word === UNTOLD ? 0 : word;
  }

  /** Whether bits 15 and 14 say that the word is valid. */
  isValid(index: number): boolean {
    return this.word(index) >> 14 === 1;
  }

  /** All 256 words. */
  all(): readonly number[] {
    return Array.from({ length: WORD_COUNT }, (_, index) => this.word(index));
  }
}

/** A word as four digits. */
export function hexWord(word: number): string {
  return word.toString(16).padStart(4, "0");
}
