/**
 * The paths to one address, and whether one disk is behind all of them.
 *
 * @module
 */
import { DiskError, RefusedError } from "./target_error.ts";
import { TimeoutError } from "../error.ts";
import type { Identification } from "./initiator.ts";
import type { Path } from "./lan.ts";

/** A path with what the disk says of itself there. */
export interface DiskPath extends Path {
  /** How the disk describes itself; undefined where it does not. */
  readonly identification: Identification | undefined;
  /** Why it does not. */
  readonly trouble: Error | undefined;
}

/** Asks the disk at the end of each path how it describes itself. */
export function identifyPaths(paths: readonly Path[]): Promise<readonly DiskPath[]> {
  return Promise.all(paths.map(async (path): Promise<DiskPath> => {
    try {
      const identification = await path.initiator.identify(path.device);
      return { ...path, identification, trouble: undefined };
    } catch (error) {
      if (!isAnswer(error)) throw error;
      return { ...path, identification: undefined, trouble: error };
    }
  }));
}

/** Whether two descriptions are of different disks; what is not known is no difference. */
export function areDifferent(
  one: Identification | undefined,
  other: Identification | undefined,
): boolean {
  if (one === undefined || other === undefined) return false;
  return one.serial !== other.serial || one.model !== other.model || one.sectors !== other.sectors;
}

/** The path that carries most in a frame: among several the first. */
export function bestPath<T extends Path>(paths: readonly T[]): T | undefined {
  return paths.reduce<T | undefined>(
    (best, path) => best === undefined || payload(path) > payload(best) ? path : best,
    undefined,
  );
}

/** How many sectors a frame carries on the path. */
export function payload({ initiator, device }: Path): number {
  return initiator.frameSectors(device);
}

function isAnswer(error: unknown): error is Error {
  return error instanceof TimeoutError || error instanceof RefusedError ||
    error instanceof DiskError;
}
