/**
 * The header that every AoE frame begins with (AoEr11, section 2), and the rules that hold for
 * every frame.
 *
 * ```
 *  0        6        12     14         15     16     18    19        20   24
 *  | dst    | src    | type | ver|flags| error| shelf| slot| command | tag |
 * ```
 *
 * All fields are big-endian. A view is made once per slot of memory and looks at whatever frame
 * lies there. `fits` is the only length check: after it no accessor can fail.
 *
 * @module
 */
import { copyMac, getMac, setMac } from "./mac.ts";

/** EtherType of AoE. */
export const ETHER_TYPE = 0x88a2;
/** Size of the Ethernet header in bytes. */
export const ETHER_HEADER_SIZE = 14;
/** Size of the common header in bytes, the Ethernet header included. */
export const HEADER_SIZE = 24;
/** A frame shorter than this is padded with zeros: clients ignore shorter ones. */
export const FRAME_SIZE_MIN = 60;
/** The protocol version that we speak. */
export const VERSION = 1;

/** Flag: this is a response. */
export const FLAG_RESPONSE = 0x08;
/** Flag: the error field says why the request was refused. */
export const FLAG_ERROR = 0x04;

/** Shelf that means every shelf. */
export const SHELF_ANY = 0xffff;
/** Slot that means every slot. */
export const SLOT_ANY = 0xff;

/** Command codes (AoEr11, section 2). */
export const Command = { ATA: 0, CONFIG: 1, MASK: 2, RESERVE: 3 } as const;

/** Error codes (AoEr11, section 2). */
export const AoeError = {
  NONE: 0,
  UNKNOWN_COMMAND: 1,
  BAD_ARGUMENT: 2,
  DEVICE_UNAVAILABLE: 3,
  CONFIG_PRESENT: 4,
  UNSUPPORTED_VERSION: 5,
  RESERVED: 6,
} as const;

const OFFSET = {
  DESTINATION: 0,
  SOURCE: 6,
  TYPE: 12,
  FLAGS: 14,
  ERROR: 15,
  SHELF: 16,
  SLOT: 18,
  COMMAND: 19,
  TAG: 20,
} as const;

/** An address as one number of 24 bits. */
export function addressKey(shelf: number, slot: number): number {
  return shelf * 256 + slot;
}

/** The common header of the frame that lies in one slot of memory. */
export class Frame {
  /** The slot's memory. */
  readonly view: DataView;
  /** The same memory as bytes. */
  readonly bytes: Uint8Array;

  /** Looks at the frame in `view`, which must be at least {@linkcode FRAME_SIZE_MIN} bytes. */
  constructor(view: DataView) {
    this.view = view;
    this.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  /** Whether a frame of `size` bytes holds the whole header. */
  fits(size: number): boolean {
    return size >= HEADER_SIZE;
  }

  /** Receiver's MAC. */
  get destination(): number {
    return getMac(this.view, OFFSET.DESTINATION);
  }
  set destination(mac: number) {
    setMac(this.view, OFFSET.DESTINATION, mac);
  }

  /** Sender's MAC. */
  get source(): number {
    return getMac(this.view, OFFSET.SOURCE);
  }
  set source(mac: number) {
    setMac(this.view, OFFSET.SOURCE, mac);
  }

  /** EtherType. */
  get etherType(): number {
    return this.view.getUint16(OFFSET.TYPE);
  }
  set etherType(value: number) {
    this.view.setUint16(OFFSET.TYPE, value);
  }

  /** Protocol version, 4 bits. */
  get version(): number {
    return this.view.getUint8(OFFSET.FLAGS) >> 4;
  }

  /** Flags, 4 bits. */
  get flags(): number {
    return this.view.getUint8(OFFSET.FLAGS) & 0x0f;
  }

  /** Sets version and flags, which share a byte. */
  setVersionAndFlags(version: number, flags: number): void {
    this.view.setUint8(OFFSET.FLAGS, (version << 4) | flags);
  }

  /** Whether the frame is a response. */
  get isResponse(): boolean {
    return (this.flags & FLAG_RESPONSE) !== 0;
  }

  /** Error code, see {@linkcode AoeError}. */
  get error(): number {
    return this.view.getUint8(OFFSET.ERROR);
  }
  set error(value: number) {
    this.view.setUint8(OFFSET.ERROR, value);
  }

  /** Shelf and slot as one number, see {@linkcode addressKey}. */
  get addressKey(): number {
    return this.view.getUint32(OFFSET.SHELF) >>> 8;
  }

  /** Whether the address is a wildcard in one of its halves. */
  get isWildcard(): boolean {
    return this.shelf === SHELF_ANY || this.slot === SLOT_ANY;
  }

  /** Shelf, the upper half of the address. */
  get shelf(): number {
    return this.view.getUint16(OFFSET.SHELF);
  }
  set shelf(value: number) {
    this.view.setUint16(OFFSET.SHELF, value);
  }

  /** Slot, the lower half of the address. */
  get slot(): number {
    return this.view.getUint8(OFFSET.SLOT);
  }
  set slot(value: number) {
    this.view.setUint8(OFFSET.SLOT, value);
  }

  /** Command code, see {@linkcode Command}. */
  get command(): number {
    return this.view.getUint8(OFFSET.COMMAND);
  }
  set command(value: number) {
    this.view.setUint8(OFFSET.COMMAND, value);
  }

  /** The client's mark, which comes back with the reply. */
  get tag(): number {
    return this.view.getUint32(OFFSET.TAG);
  }
  set tag(value: number) {
    this.view.setUint32(OFFSET.TAG, value);
  }

  /** Turns the request into the beginning of its reply: all of the header but the tag. */
  answer(ownMac: number, shelf: number, slot: number): void {
    copyMac(this.view, OFFSET.SOURCE, OFFSET.DESTINATION);
    this.source = ownMac;
    this.setVersionAndFlags(VERSION, FLAG_RESPONSE);
    this.error = AoeError.NONE;
    this.shelf = shelf;
    this.slot = slot;
  }

  /** Marks the reply as a refusal. */
  refuse(error: number): void {
    this.setVersionAndFlags(VERSION, FLAG_RESPONSE | FLAG_ERROR);
    this.error = error;
  }

  /** Ends a frame of `size` bytes: zeros behind it up to the least size. Returns what to send. */
  pad(size: number): number {
    if (size >= FRAME_SIZE_MIN) return size;
    this.bytes.fill(0, size, FRAME_SIZE_MIN);
    return FRAME_SIZE_MIN;
  }
}
