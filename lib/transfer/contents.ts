/**
 * What a disk holds, by the marks that partition tables, file systems and volumes leave at its
 * beginning and its end.
 *
 * @module
 */
import { findPartitions } from "./partitions.ts";
import type { Source } from "./place.ts";
import { findSignatures } from "./signatures.ts";
import { findVolumes } from "./volumes.ts";

/** How much of the beginning is looked at, in bytes: ZFS has its second label up to there. */
export const HEAD_SIZE: number = 512 * 1024;
/** How much of the end is looked at, in bytes: ZFS has its third label from there on. */
export const TAIL_SIZE: number = 1024 * 1024;

/** The parts of a disk that are looked at. */
export interface Ends {
  /** Its beginning. */
  readonly head: Uint8Array;
  /** Its end. */
  readonly tail: Uint8Array;
  /** Its size in bytes. */
  readonly size: number;
}

/** Names what is there, such as `has an ext4 file system "root"`; empty for unknown or zero. */
export function findContents(ends: Ends): readonly string[] {
  const found = [...findPartitions(ends), ...findSignatures(ends.head), ...findVolumes(ends)];
  return [...new Set(found)].map((what) => `has ${what}`);
}

/** Reads what has to be looked at, and names what is there. */
export async function listContents(
  disk: Pick<Source, "read"> & { readonly size: number },
): Promise<readonly string[]> {
  const { size } = disk;
  const head = new Uint8Array(Math.min(HEAD_SIZE, size));
  const tail = new Uint8Array(Math.min(TAIL_SIZE, size));
  await Promise.all([disk.read(head, 0), disk.read(tail, size - tail.length)]);
  return findContents({ head, tail, size });
}
