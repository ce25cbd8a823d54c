/**
 * What sectors hold in a simulation: each says which operation wrote it and where it belongs, in
 * every word, so that a read tells whose data it saw, and whether that is all of one piece.
 *
 * @module
 */

/** Size of a sector in bytes. */
export const SECTOR = 512;
const WORDS = SECTOR / 4;
/** Each half of a sector begins with the sector's number. */
const HALF = WORDS / 2;

/** Whose data lies where nobody wrote. */
export const NOBODY = 0;
/** Whose data lies beside the export. */
export const FOREIGN = 0xffffffff;
/** What {@linkcode readMark} says of data that no single operation wrote there. */
export const TORN = -1;

/** Fills the sector at byte `at` (a multiple of 4 from the buffer's start) with its mark. */
export function writeMark(bytes: Uint8Array, at: number, operation: number, sector: number): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, WORDS);
  words.fill(operation);
  words[0] = sector;
  words[HALF] = sector;
}

/** Whose data lies at byte `at`, where that of `sector` (negative: before the export) should be. */
export function readMark(bytes: Uint8Array, at: number, sector: number): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, WORDS);
  const operation = words[1] ?? TORN;
  if (words[0] !== sector >>> 0 || words[HALF] !== words[0]) return TORN;
  for (let index = 1; index < HALF; index++) {
    if (words[index] !== operation || words[HALF + index] !== operation) return TORN;
  }
  return operation;
}

/** A sector of its own. */
export function newSector(operation: number, sector: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SECTOR);
  writeMark(bytes, 0, operation, sector);
  return bytes;
}
