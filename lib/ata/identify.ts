/**
 * The 512 bytes by which a disk describes itself (IDENTIFY DEVICE, ATA8-ACS section 7.16): 256
 * little-endian words, texts with the bytes of each word swapped.
 *
 * @module
 */
import { Opcode } from "./command.ts";
import { getLba48, SECTOR_SIZE, setLba48 } from "../wire/ata.ts";
import { areNamesSwapped } from "./identify_names.ts";

/** What the disk says of itself. */
export interface Identity {
  /** Up to 20 characters. */
  readonly serial: string;
  /** Up to 8 characters. */
  readonly firmware: string;
  /** Up to 40 characters. */
  readonly model: string;
  /** Size in sectors of 512 bytes. */
  readonly sectors: number;
  /** Whether a write may be answered before it is durable. */
  readonly writeCache: boolean;
  /** Whether TRIM is served, and whether trimmed sectors read as zeros. */
  readonly trim: "none" | "undefined" | "zeros";
  /** Size of a physical sector in bytes, a power of two of at least 512. */
  readonly physicalSize: number;
  /** How many sectors into a physical sector sector 0 lies. */
  readonly physicalOffset: number;
}

/** Most sectors that a 28-bit address reaches. */
export const LBA28_SECTORS_MAX = 0x0fffffff;

const WORD = {
  SERIAL: 10,
  FIRMWARE: 23,
  MODEL: 27,
  MULTIPLE: 47,
  CAPABILITIES: 49,
  CAPABILITIES2: 50,
  VALID: 53,
  CYLINDERS: 54,
  HEADS: 55,
  TRACK_SECTORS: 56,
  CHS_SECTORS: 57,
  LBA28_SECTORS: 60,
  ADDITIONAL: 69,
  ATA_VERSION: 80,
  SUPPORTED: 82,
  SUPPORTED2: 83,
  SUPPORTED3: 84,
  ENABLED: 85,
  ENABLED2: 86,
  ENABLED3: 87,
  RESET_RESULT: 93,
  LBA48_SECTORS: 100,
  TRIM_BLOCKS_MAX: 105,
  SECTOR_SIZES: 106,
  TRIM: 169,
  ALIGNMENT: 209,
  ROTATION: 217,
  INTEGRITY: 255,
} as const;

const CHS_HEADS = 16;
const CHS_TRACK_SECTORS = 63;
const CHS_CYLINDERS_MAX = 16383;
/** ATA/ATAPI-4 to ATA8-ACS. */
const ATA_VERSIONS = 0x01f0;
/** Bit 14 set and bit 15 clear: the word is valid. */
const VALID = 0x4000;
const SMART = 0x0001;
const WRITE_CACHE = 0x0020;
/** Valid, FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses. */
const FLUSH_AND_LBA48 = 0x7400;
const INTEGRITY_SIGNATURE = 0xa5;

/** Writes all 512 bytes to `offset`. */
export function writeIdentify(view: DataView, offset: number, identity: Identity): void {
  new Uint8Array(view.buffer, view.byteOffset + offset, SECTOR_SIZE).fill(0);
  const word = (index: number, value: number): void =>
    view.setUint16(offset + 2 * index, value, true);
  const sectors = identity.sectors;
  writeText(view, offset + 2 * WORD.SERIAL, 20, identity.serial);
  writeText(view, offset + 2 * WORD.FIRMWARE, 8, identity.firmware);
  writeText(view, offset + 2 * WORD.MODEL, 40, identity.model);
  word(WORD.MULTIPLE, 0x8000);
  word(WORD.CAPABILITIES, 0x0200); // LBA
  word(WORD.CAPABILITIES2, VALID);
  writeGeometry(view, offset, sectors);
  const lba28 = Math.min(sectors, LBA28_SECTORS_MAX);
  word(WORD.LBA28_SECTORS, lba28 & 0xffff);
  word(WORD.LBA28_SECTORS + 1, lba28 >>> 16);
  word(WORD.ATA_VERSION, ATA_VERSIONS);
  word(WORD.SUPPORTED, SMART | WRITE_CACHE);
  word(WORD.SUPPORTED2, FLUSH_AND_LBA48);
  word(WORD.SUPPORTED3, VALID);
  word(WORD.ENABLED, SMART | (identity.writeCache ? WRITE_CACHE : 0));
  word(WORD.ENABLED2, FLUSH_AND_LBA48);
  word(WORD.ENABLED3, VALID);
  word(WORD.RESET_RESULT, 0x400b);
  setLba48(view, offset + 2 * WORD.LBA48_SECTORS, sectors);
  writeSectorSizes(view, offset, identity);
  if (identity.trim !== "none") {
    word(WORD.TRIM, 1);
    word(WORD.TRIM_BLOCKS_MAX, 1);
    if (identity.trim === "zeros") word(WORD.ADDITIONAL, 0x4020); // deterministic, and zeros
  }
  word(WORD.ROTATION, 1); // does not rotate
  writeIntegrity(view, offset);
}

/**
 * Reads a text field of `size` bytes at `offset`, without the padding; `isSwapped` is false for one
 * whose bytes are not swapped.
 */
export function readText(
  view: DataView,
  offset: number,
  size: number,
  isSwapped: boolean = true,
): string {
  let text = "";
  for (let index = 0; index < size; index++) {
    text += String.fromCharCode(view.getUint8(offset + (isSwapped ? index ^ 1 : index)));
  }
  return text.replaceAll("\0", " ").trim();
}

/** Size in sectors that an IDENTIFY sector at `offset` states. */
export function readSectors(view: DataView, offset: number): number {
  const has48 = (view.getUint16(offset + 2 * WORD.SUPPORTED2, true) & 0x0400) !== 0;
  if (!has48) return view.getUint32(offset + 2 * WORD.LBA28_SECTORS, true);
  return getLba48(view, offset + 2 * WORD.LBA48_SECTORS);
}

/**
 * Commands that make all that was written durable, as an IDENTIFY sector at `offset` states, the
 * best one first.
 */
export function readFlushes(view: DataView, offset: number): readonly number[] {
  const supported = view.getUint16(offset + 2 * WORD.SUPPORTED2, true);
  return [
    ...((supported & 0x2000) !== 0 ? [Opcode.FLUSH_EXT] : []),
    ...((supported & 0x1000) !== 0 ? [Opcode.FLUSH] : []),
  ];
}

/**
 * Serial number, firmware and model that an IDENTIFY sector at `offset` states; legible also where
 * the target forgot to swap their bytes.
 */
export function readNames(
  view: DataView,
  offset: number,
): { serial: string; firmware: string; model: string } {
  const isSwapped = areNamesSwapped(view, offset);
  return {
    serial: readText(view, offset + 2 * WORD.SERIAL, 20, isSwapped),
    firmware: readText(view, offset + 2 * WORD.FIRMWARE, 8, isSwapped),
    model: readText(view, offset + 2 * WORD.MODEL, 40, isSwapped),
  };
}

function writeText(view: DataView, offset: number, size: number, text: string): void {
  for (let index = 0; index < size; index++) {
    const code = index < text.length ? text.charCodeAt(index) : 0x20;
    const printable = code >= 0x20 && code < 0x7f ? code : 0x3f;
    view.setUint8(offset + (index ^ 1), printable);
  }
}

/** Cylinders, heads and sectors, for readers that know no LBA. */
function writeGeometry(view: DataView, offset: number, sectors: number): void {
  const word = (index: number, value: number): void =>
    view.setUint16(offset + 2 * index, value, true);
  const cylinders = Math.min(
    Math.floor(sectors / (CHS_HEADS * CHS_TRACK_SECTORS)),
    CHS_CYLINDERS_MAX,
  );
  const reached = cylinders * CHS_HEADS * CHS_TRACK_SECTORS;
  word(WORD.VALID, 1);
  word(WORD.CYLINDERS, cylinders);
  word(WORD.HEADS, CHS_HEADS);
  word(WORD.TRACK_SECTORS, CHS_TRACK_SECTORS);
  word(WORD.CHS_SECTORS, reached & 0xffff);
  word(WORD.CHS_SECTORS + 1, reached >>> 16);
}

function writeSectorSizes(view: DataView, offset: number, identity: Identity): void {
  const exponent = Math.log2(identity.physicalSize / SECTOR_SIZE);
  const sizes = exponent > 0 ? VALID | 0x2000 | exponent : VALID;
  view.setUint16(offset + 2 * WORD.SECTOR_SIZES, sizes, true);
  view.setUint16(offset + 2 * WORD.ALIGNMENT, VALID | identity.physicalOffset, true);
}

/** The last byte makes the sum of all 512 zero. */
function writeIntegrity(view: DataView, offset: number): void {
  view.setUint8(offset + 2 * WORD.INTEGRITY, INTEGRITY_SIGNATURE);
  view.setUint8(offset + SECTOR_SIZE - 1, checksum(view, offset));
}

/** The byte that makes the sum of the 511 bytes before it zero. */
export function checksum(view: DataView, offset: number): number {
  let sum = 0;
  for (let index = 0; index < SECTOR_SIZE - 1; index++) sum += view.getUint8(offset + index);
  return -sum & 0xff;
}
