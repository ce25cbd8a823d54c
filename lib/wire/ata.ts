/**
 * Command 0: an ATA command and its outcome (AoEr11, section 3.1).
 *
 * ```
 *  24      25            26     27             28        34        36
 *  | aflags| err/feature | count| cmd/status   | lba 0..5| reserved| data ...
 * ```
 *
 * The LBA is little-endian, unlike the fields of AoE itself.
 *
 * @module
 */
import { Frame } from "./frame.ts";

/** Size of the header in bytes; the data follows. */
export const ATA_HEADER_SIZE = 36;
/** Size of a sector in bytes; AoE knows no other. */
export const SECTOR_SIZE = 512;

/** Flag: the data goes to the disk. */
export const AFLAG_WRITE = 0x01;
/** Flag: the command has a 48-bit LBA. */
export const AFLAG_EXTENDED = 0x40;

const OFFSET = { AFLAGS: 24, FEATURE: 25, COUNT: 26, COMMAND: 27, LBA: 28, RESERVED: 34 } as const;
const HIGH = 2 ** 32;

/** Reads the 48-bit little-endian number at `offset`, as ATA has its addresses and sizes. */
export function getLba48(view: DataView, offset: number): number {
  return view.getUint16(offset + 4, true) * HIGH + view.getUint32(offset, true);
}

/** Writes a number of 48 bits, little-endian, to `offset`. */
export function setLba48(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % HIGH, true);
  view.setUint16(offset + 4, Math.floor(value / HIGH), true);
}

/** An ATA command in the frame of one slot. */
export class AtaFrame extends Frame {
  /** Whether a frame of `size` bytes holds the whole header. */
  override fits(size: number): boolean {
    return size >= ATA_HEADER_SIZE;
  }

  /** Flags, see {@linkcode AFLAG_WRITE}. */
  get aflags(): number {
    return this.view.getUint8(OFFSET.AFLAGS);
  }
  set aflags(value: number) {
    this.view.setUint8(OFFSET.AFLAGS, value);
  }

  /** Features register of a request, error register of a reply. */
  get feature(): number {
    return this.view.getUint8(OFFSET.FEATURE);
  }
  set feature(value: number) {
    this.view.setUint8(OFFSET.FEATURE, value);
  }

  /** Number of sectors, of a request. */
  get count(): number {
    return this.view.getUint8(OFFSET.COUNT);
  }
  set count(value: number) {
    this.view.setUint8(OFFSET.COUNT, value);
  }

  /** Command register of a request, status register of a reply. */
  get opcode(): number {
    return this.view.getUint8(OFFSET.COMMAND);
  }
  set opcode(value: number) {
    this.view.setUint8(OFFSET.COMMAND, value);
  }

  /** All 48 bits of the LBA. */
  get lba(): number {
    return getLba48(this.view, OFFSET.LBA);
  }
  set lba(value: number) {
    setLba48(this.view, OFFSET.LBA, value);
  }

  /** Whether `other` has the same command: flags, feature, count, code and LBA. */
  hasRegistersOf(other: AtaFrame): boolean {
    return this.view.getUint32(OFFSET.AFLAGS) === other.view.getUint32(OFFSET.AFLAGS) &&
      this.view.getUint32(OFFSET.LBA) === other.view.getUint32(OFFSET.LBA) &&
      this.view.getUint16(OFFSET.LBA + 4) === other.view.getUint16(OFFSET.LBA + 4);
  }

  /** Whether `other` has the same data, of `size` bytes, a multiple of 4. */
  hasDataOf(other: AtaFrame, size: number): boolean {
    for (let at = ATA_HEADER_SIZE; at < ATA_HEADER_SIZE + size; at += 4) {
      if (this.view.getUint32(at) !== other.view.getUint32(at)) return false;
    }
    return true;
  }

  /** Turns the command into its outcome: all of the header behind the flags but the LBA. */
  finish(status: number, error: number, count: number): void {
    this.feature = error;
    this.count = count;
    this.opcode = status;
    this.view.setUint16(OFFSET.RESERVED, 0);
  }
}
