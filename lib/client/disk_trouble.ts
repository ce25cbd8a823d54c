/**
 * Which disk an error is about, and for whom it is reserved where that is why.
 *
 * @module
 */
import { AoeError } from "../wire/frame.ts";
import { formatMac } from "../wire/mac.ts";
import type { Device, Initiator } from "./initiator.ts";
import { DiskError, RefusedError } from "./target_error.ts";

/** The disk that an error is about. */
export interface TroubledDisk {
  /** Its address: `e0.0`. */
  readonly name: string;
  /** By what it is reached. */
  readonly initiator: Pick<Initiator, "reserve">;
  /** The target. */
  readonly device: Device;
}

/**
 * Runs `work`. What the target or its disk answered instead is thrown with the disk's name, and
 * with whom it is reserved for.
 */
export async function namingDisk<T>(disk: TroubledDisk, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await nameDisk(disk, error);
    throw error;
  }
}

/** Puts the same into the message of an error; other errors stay as they are. */
export async function nameDisk(disk: TroubledDisk, error: unknown): Promise<void> {
  if (!(error instanceof DiskError) && !(error instanceof RefusedError)) return;
  error.message = `${disk.name}: ${error.message}`;
  if (!(error instanceof RefusedError) || error.code !== AoeError.RESERVED) return;
  const holders = await holdersOf(disk);
  const whom = holders.length === 0 ? "" : `, namely ${holders.map(formatMac).join(", ")}`;
  error.message += `${whom}; "dblade reserve" can change that`;
}

async function holdersOf({ initiator, device }: TroubledDisk): Promise<readonly number[]> {
  try {
    return await initiator.reserve(device);
  } catch {
    return []; // What it refused first is what is told.
  }
}
