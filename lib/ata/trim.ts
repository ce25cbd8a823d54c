/**
 * The ranges of a TRIM (DATA SET MANAGEMENT, ATA8-ACS, 06h): 8 bytes each, little-endian,
 * 48 bits of LBA and 16 of count; a count of 0 is a range to pass over.
 *
 * @module
 */
import { getLba48, SECTOR_SIZE } from "../wire/ata.ts";

const RANGE_SIZE = 8;

/** Ranges in one block of 512 bytes. */
export const RANGES_PER_BLOCK: number = SECTOR_SIZE / RANGE_SIZE;
/** Features register: TRIM. */
export const TRIM_FEATURE = 0x01;

/** First sector of range `index` of the list at `offset`. */
export function rangeStart(view: DataView, offset: number, index: number): number {
  return getLba48(view, offset + RANGE_SIZE * index);
}

/** Number of sectors of range `index` of the list at `offset`. */
export function rangeCount(view: DataView, offset: number, index: number): number {
  return view.getUint16(offset + RANGE_SIZE * index + 6, true);
}

/** Whether every one of the first `count` ranges lies within `sectors`. */
export function rangesFit(
  view: DataView,
  offset: number,
  count: number,
  sectors: number,
): boolean {
  for (let index = 0; index < count; index++) {
    const size = rangeCount(view, offset, index);
    if (size > 0 && rangeStart(view, offset, index) + size > sectors) return false;
  }
  return true;
}

/** First sector of all that the first `count` ranges name; Infinity where they name nothing. */
export function hullStart(view: DataView, offset: number, count: number): number {
  let start = Infinity;
  for (let index = 0; index < count; index++) {
    if (rangeCount(view, offset, index) === 0) continue;
    start = Math.min(start, rangeStart(view, offset, index));
  }
  return start;
}

/** First sector behind all that the first `count` ranges name; 0 where they name nothing. */
export function hullEnd(view: DataView, offset: number, count: number): number {
  let end = 0;
  for (let index = 0; index < count; index++) {
    const size = rangeCount(view, offset, index);
    if (size > 0) end = Math.max(end, rangeStart(view, offset, index) + size);
  }
  return end;
}
