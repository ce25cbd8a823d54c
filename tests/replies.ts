/**
 * Reply frames taken apart byte by byte from the specification (AoEr11), without lib/wire.
 *
 * @module
 */
import { assert, fail } from "@std/assert";

export interface Header {
  dst: number;
  src: number;
  etherType: number;
  version: number;
  flags: number;
  error: number;
  shelf: number;
  slot: number;
  command: number;
  tag: number;
}

export interface AtaReply {
  aflags: number;
  error: number;
  count: number;
  status: number;
  lba: number;
  /** All behind the ATA header, padding too. */
  data: Uint8Array;
}

export interface ConfigReply {
  buffers: number;
  firmware: number;
  sectors: number;
  /** Protocol version in the upper half, sub-command in the lower. */
  versionAndCommand: number;
  string: Uint8Array;
}

export interface MaskReply {
  mcmd: number;
  error: number;
  count: number;
  directives: [directive: number, mac: number][];
}

export interface ReserveReply {
  rcmd: number;
  count: number;
  macs: number[];
}

/** The big-endian number in the `size` bytes at `at`. */
export function numberAt(bytes: Uint8Array, at: number, size: number): number {
  if (at + size > bytes.length) fail(`${bytes.length} bytes have no byte ${at + size - 1}`);
  let value = 0;
  for (let index = at; index < at + size; index++) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

/** The reply, which must be there. */
export function present(reply: Uint8Array | null): Uint8Array {
  assert(reply !== null, "there is no reply");
  return reply;
}

/** The common header. */
export function headerOf(reply: Uint8Array | null): Header {
  const bytes = present(reply);
  return {
    dst: numberAt(bytes, 0, 6),
    src: numberAt(bytes, 6, 6),
    etherType: numberAt(bytes, 12, 2),
    version: numberAt(bytes, 14, 1) >> 4,
    flags: numberAt(bytes, 14, 1) & 15,
    error: numberAt(bytes, 15, 1),
    shelf: numberAt(bytes, 16, 2),
    slot: numberAt(bytes, 18, 1),
    command: numberAt(bytes, 19, 1),
    tag: numberAt(bytes, 20, 4),
  };
}

/** The outcome of command 0. */
export function ataOf(reply: Uint8Array | null): AtaReply {
  const bytes = present(reply);
  return {
    aflags: numberAt(bytes, 24, 1),
    error: numberAt(bytes, 25, 1),
    count: numberAt(bytes, 26, 1),
    status: numberAt(bytes, 27, 1),
    lba: numberAt(bytes.slice(28, 34).reverse(), 0, 6),
    data: bytes.slice(36),
  };
}

/** The outcome of command 1. */
export function configOf(reply: Uint8Array | null): ConfigReply {
  const bytes = present(reply);
  const length = numberAt(bytes, 30, 2);
  assert(32 + length <= bytes.length, `a string of ${length} bytes is cut`);
  return {
    buffers: numberAt(bytes, 24, 2),
    firmware: numberAt(bytes, 26, 2),
    sectors: numberAt(bytes, 28, 1),
    versionAndCommand: numberAt(bytes, 29, 1),
    string: bytes.slice(32, 32 + length),
  };
}

/** The outcome of command 2. */
export function maskOf(reply: Uint8Array | null): MaskReply {
  const bytes = present(reply);
  const count = numberAt(bytes, 27, 1);
  return {
    mcmd: numberAt(bytes, 25, 1),
    error: numberAt(bytes, 26, 1),
    count,
    directives: Array.from(
      { length: count },
      (_, index) => [numberAt(bytes, 29 + 8 * index, 1), numberAt(bytes, 30 + 8 * index, 6)],
    ),
  };
}

/** The outcome of command 3. */
export function reserveOf(reply: Uint8Array | null): ReserveReply {
  const bytes = present(reply);
  const count = numberAt(bytes, 25, 1);
  return {
    rcmd: numberAt(bytes, 24, 1),
    count,
    macs: Array.from({ length: count }, (_, index) => numberAt(bytes, 26 + 6 * index, 6)),
  };
}

/** What a refusal says: whether E is set, and the error. */
export function refusalOf(reply: Uint8Array | null): { refused: boolean; error: number } {
  const { flags, error } = headerOf(reply);
  return { refused: (flags & 4) !== 0, error };
}

/** Status and error register of command 0, such as "41/04"; "E2" where the protocol refused. */
export function outcomeOf(reply: Uint8Array | null): string {
  if (reply === null) return "silence";
  const { refused, error } = refusalOf(reply);
  if (refused) return `E${error}`;
  const ata = ataOf(reply);
  const digits = (value: number): string => value.toString(16).padStart(2, "0");
  return `${digits(ata.status)}/${digits(ata.error)}`;
}
