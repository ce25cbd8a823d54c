/**
 * Request frames built field by field, byte by byte from the specification (AoEr11). Nothing here
 * uses lib/wire: a wrong offset there has to show.
 *
 * @module
 */

/** The interface that the fake export is on. */
export const TARGET_MAC = 0x02_00_00_00_aa_01;
/** Clients. */
export const CLIENT_MAC = 0x02_00_00_00_00_11;
export const OTHER_MAC = 0x02_00_00_00_00_22;
export const THIRD_MAC = 0x02_00_00_00_00_33;
export const BROADCAST_MAC = 0xff_ff_ff_ff_ff_ff;

/** Address of the fake export: three different bytes. */
export const SHELF = 0x0102;
export const SLOT = 0x03;
export const ANY_SHELF = 0xffff;
export const ANY_SLOT = 0xff;

/** The tag of every frame that names no other. */
export const TAG = 0x8a1b2c3d;

/** The common header; what is left out is that of a plain request of {@linkcode CLIENT_MAC}. */
export interface HeaderFields {
  dst?: number;
  src?: number;
  etherType?: number;
  version?: number;
  flags?: number;
  error?: number;
  shelf?: number;
  slot?: number;
  tag?: number;
}

export interface AtaFields extends HeaderFields {
  aflags?: number;
  feature?: number;
  count?: number;
  opcode: number;
  lba?: number;
  data?: ArrayLike<number>;
}

export interface ConfigFields extends HeaderFields {
  /** Sub-command. */
  ccmd: number;
  string?: string | ArrayLike<number>;
  /** Declared length, where it is not that of the string. */
  length?: number;
}

export interface MaskFields extends HeaderFields {
  /** Sub-command. */
  mcmd: number;
  directives?: readonly (readonly [directive: number, mac: number])[];
  /** Declared count, where it is not that of the directives. */
  count?: number;
}

export interface ReserveFields extends HeaderFields {
  /** Sub-command. */
  rcmd: number;
  macs?: readonly number[];
  /** Declared count, where it is not that of the MACs. */
  count?: number;
}

/** `value` as `size` bytes, the most significant first. */
export function bigEndian(value: number, size: number): number[] {
  return littleEndian(value, size).reverse();
}

/** `value` as `size` bytes, the least significant first. */
export function littleEndian(value: number, size: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; bytes.length < size; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  return bytes;
}

/** A frame of any command with any body. */
export function anyFrame(
  command: number,
  fields: HeaderFields = {},
  body: ArrayLike<number> = [],
): Uint8Array<ArrayBuffer> {
  const { version = 1, flags = 0, error = 0, shelf = SHELF, slot = SLOT, tag = TAG } = fields;
  const header = [
    ...bigEndian(fields.dst ?? TARGET_MAC, 6),
    ...bigEndian(fields.src ?? CLIENT_MAC, 6),
    ...bigEndian(fields.etherType ?? 0x88a2, 2),
    version * 16 + flags,
    error,
    ...bigEndian(shelf, 2),
    slot,
    command,
    ...bigEndian(tag, 4),
  ];
  return joined(header, body);
}

function joined(first: ArrayLike<number>, second: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Command 0. */
export function ataFrame(fields: AtaFields): Uint8Array<ArrayBuffer> {
  const { aflags = 0, feature = 0, count = 0, opcode, lba = 0, data = [] } = fields;
  const registers = [aflags, feature, count, opcode, ...littleEndian(lba, 6), 0, 0];
  return anyFrame(0, fields, joined(registers, data));
}

/** Command 1. */
export function configFrame(fields: ConfigFields): Uint8Array<ArrayBuffer> {
  const { string = "" } = fields;
  const bytes = typeof string === "string" ? new TextEncoder().encode(string) : string;
  const length = bigEndian(fields.length ?? bytes.length, 2);
  // A client's buffer count, firmware and sector count mean nothing.
  return anyFrame(1, fields, joined([1, 2, 3, 4, 5, fields.ccmd, ...length], bytes));
}

/** Command 2. */
export function maskFrame(fields: MaskFields): Uint8Array<ArrayBuffer> {
  const { directives = [] } = fields;
  const list = directives.flatMap(([directive, mac]) => [0, directive, ...bigEndian(mac, 6)]);
  return anyFrame(2, fields, [0, fields.mcmd, 0, fields.count ?? directives.length, ...list]);
}

/** Command 3. */
export function reserveFrame(fields: ReserveFields): Uint8Array<ArrayBuffer> {
  const { macs = [] } = fields;
  const list = macs.flatMap((mac) => bigEndian(mac, 6));
  return anyFrame(3, fields, [fields.rcmd, fields.count ?? macs.length, ...list]);
}

/** The frame with `size` bytes of `value` behind it. */
export function withTail(frame: Uint8Array, size: number, value = 0xee): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(frame.length + size).fill(value);
  longer.set(frame);
  return longer;
}

/** `count` sectors of which no two are alike, and none is like the fake's disk. */
export function sectorsOf(count: number, seed = 1): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: count * 512 },
    (_, at) => (at * 13 + Math.floor(at / 512) * 101 + seed * 59 + 7) % 253,
  );
}

/** `count` MACs of single stations. */
export function macList(count: number): number[] {
  return Array.from({ length: count }, (_, index) => 0x02_00_5e_00_00_00 + index);
}

/** The bytes as hexadecimal digits: what differs shows in an assertion. */
export function hex(bytes: Uint8Array | null): string {
  if (bytes === null) return "silence";
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
