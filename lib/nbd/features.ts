/**
 * What a disk on the wire can do, by its IDENTIFY words (ATA8-ACS section 7.16).
 *
 * @module
 */
import { readFlushes } from "../ata/identify.ts";
import { SECTOR_SIZE } from "./disk.ts";

/** What a disk says that it can do. */
export interface Features {
  /** Commands that make writes durable, the best one first. */
  readonly flushOpcodes: readonly number[];
  /** Whether it has a write cache that is off, so that each write is durable. */
  readonly isWriteThrough: boolean;
  /** Whether it takes TRIM. */
  readonly canTrim: boolean;
  /** Whether trimmed sectors read as zeros. */
  readonly trimReadsZeros: boolean;
  /** Size of a physical sector in bytes. */
  readonly physicalSize: number;
}

/** Numbers of the words. */
const WORD = { ADDITIONAL: 69, SUPPORTED: 82, ENABLED: 85, SIZES: 106, TRIM: 169 };
const WRITE_CACHE = 0x0020;
/** Deterministic, and zeros. */
const READS_ZEROS = 0x4020;
/** Valid (bits 15 and 14 are 01), and several sectors in a physical one. */
const SIZES_MASK = 0xe000;
const HAS_LARGE_SECTORS = 0x6000;
const EXPONENT_MASK = 0x000f;

/** Reads the 512 bytes by which a disk describes itself. */
export function readFeatures(data: Uint8Array): Features {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const word = (index: number): number => view.getUint16(2 * index, true);
  const hasCache = (word(WORD.SUPPORTED) & WRITE_CACHE) !== 0;
  const canTrim = (word(WORD.TRIM) & 1) !== 0;
  const sizes = word(WORD.SIZES);
  const isLarge = (sizes & SIZES_MASK) === HAS_LARGE_SECTORS;
  return {
    flushOpcodes: readFlushes(view, 0),
    // vblade says that it has no cache at all, and writes to one: that is no promise.
    isWriteThrough: hasCache && (word(WORD.ENABLED) & WRITE_CACHE) === 0,
    canTrim,
    trimReadsZeros: canTrim && (word(WORD.ADDITIONAL) & READS_ZEROS) === READS_ZEROS,
    physicalSize: isLarge ? SECTOR_SIZE << (sizes & EXPONENT_MASK) : SECTOR_SIZE,
  };
}
