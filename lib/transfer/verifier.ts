/**
 * Compares two sources sector by sector.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { Source } from "./place.ts";
import { ReadAhead } from "./read_ahead.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** What is to be compared. Offsets and sizes are bytes. */
export interface VerifyJob {
  /** The disk. */
  readonly disk: Source;
  /** First byte there. */
  readonly offset: number;
  /** What it should hold, from its beginning on. */
  readonly file: Source;
  /** How much is compared, at most. */
  readonly length: number;
  /** Called with each piece of the disk, in order. */
  readonly see: (bytes: Uint8Array) => void;
  /** Called whenever more is compared. */
  readonly progress: (done: number) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** How two sources differ. */
export interface Differences {
  /** How much was compared, in bytes. */
  readonly compared: number;
  /** First byte that differs, counted from where the comparison began; undefined: none. */
  readonly first: number | undefined;
  /** How many sectors differ. */
  readonly sectors: number;
  /** Whether the signal ended it early. */
  readonly isStopped: boolean;
}

/** Compares until one of both ends; throws where the file became shorter meanwhile. */
export async function compare(job: VerifyJob): Promise<Differences> {
  const disk = new ReadAhead(job.disk, { start: job.offset, length: job.length });
  const file = new ReadAhead(job.file, { start: 0, length: job.length });
  const expected = Math.min(job.length, job.file.size ?? 0);
  let compared = 0;
  let first: number | undefined;
  let sectors = 0;
  for (;;) {
    const pieces = Promise.all([disk.next(), file.next()]);
    const [one, other] = await unlessAborted(pieces, job.signal) ?? [];
    if (job.signal.aborted) return { compared, first, sectors, isStopped: true };
    if (one === undefined || other === undefined) break;
    const size = Math.min(one.length, other.length);
    const found = comparePieces(one.subarray(0, size), other.subarray(0, size));
    if (found.first !== undefined) first ??= compared + found.first;
    sectors += found.sectors;
    job.see(one.subarray(0, size));
    compared += size;
    disk.release(one);
    file.release(other);
    job.progress(compared);
  }
  if (compared < expected) {
    const told = `${job.file.name} became shorter: it ended after ${compared} bytes`;
    throw new SystemError(told, "verify", 0);
  }
  return { compared, first, sectors, isStopped: false };
}

/** Compares two pieces of one size, aligned to 4, that begin with a sector. */
export function comparePieces(
  one: Uint8Array<ArrayBuffer>,
  other: Uint8Array<ArrayBuffer>,
): { readonly first: number | undefined; readonly sectors: number } {
  const words = Math.floor(one.length / 4);
  const left = new Int32Array(one.buffer, one.byteOffset, words);
  const right = new Int32Array(other.buffer, other.byteOffset, words);
  let first: number | undefined;
  let sectors = 0;
  for (let at = 0; at < words; at++) {
    if (left[at] === right[at]) continue;
    first ??= firstByte(one, other, 4 * at);
    sectors++;
    at = (Math.floor(4 * at / SECTOR_SIZE) + 1) * SECTOR_SIZE / 4 - 1; // on with the next sector
  }
  // At most three bytes are left; where their sector differs already, it is counted.
  const tail = firstByte(one, other, 4 * words);
  if (tail < one.length) {
    const start = tail - tail % SECTOR_SIZE;
    if (firstByte(one.subarray(0, 4 * words), other, start) >= 4 * words) sectors++;
    first ??= tail;
  }
  return { first, sectors };
}

/** The first byte from `from` on that differs; the size of `one` where none does. */
function firstByte(one: Uint8Array, other: Uint8Array, from: number): number {
  for (let at = from; at < one.length; at++) if (one[at] !== other[at]) return at;
  return one.length;
}
