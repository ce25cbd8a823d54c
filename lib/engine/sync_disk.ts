/**
 * A disk that does all work at once, one piece after the other: for kernels without io_uring. What
 * has to wait for the disk makes all wait.
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Request, Verdict } from "../target/request.ts";
import type { Backing } from "./engine.ts";
import type { DataPlaces } from "./arena.ts";
import { type AsyncDisk, PENDING } from "./work.ts";

/** See above. */
export class SyncDisk implements AsyncDisk {
  /** Nothing ever ends later. */
  readonly ended = null;
  /** Nothing ever ends later. */
  readonly result = 0;
  /** No write has one. */
  readonly syncResult: number = PENDING;
  readonly #backing: Backing;
  readonly #places: DataPlaces;

  /** Works on `backing`, with the data of requests where `places` has them. */
  constructor(backing: Backing, places: DataPlaces) {
    this.#backing = backing;
    this.#places = places;
  }

  /** Everything is. */
  attempts(): boolean {
    return true;
  }

  /** Does the work. */
  attempt(request: Request, verdict: Verdict): number {
    return carryOut(this.#backing, this.#places, request, verdict);
  }

  /** Nothing is left to begin. */
  begin(request: Request, verdict: Verdict): number {
    return this.attempt(request, verdict);
  }

  /** Syncs. */
  beginSync(): number {
    return this.#backing.sync();
  }

  /** Nothing ever ends later. */
  take(): boolean {
    return false;
  }
}

/** Lends what can be sent from where it is; reads the rest. */
function read(backing: Backing, places: DataPlaces, request: Request): number {
  const { length, offset } = request;
  // Between two answers the first of which finds nothing there, lending may end.
  const address = request.isShared ? 0 : backing.lend(offset, length);
  if (address === 0) return backing.read(places.data(request), length, offset);
  places.lend(request, address);
  return 0;
}

/** Does the work for a verdict on this thread, to its end. Returns 0 or a negative errno. */
export function carryOut(
  backing: Backing,
  places: DataPlaces,
  request: Request,
  verdict: Verdict,
): number {
  const { length, offset } = request;
  switch (verdict) {
    case "read":
      return read(backing, places, request);
    case "write":
      places.reclaim();
      return backing.write(places.data(request), length, offset);
    case "verify":
      return backing.read(places.scratch, length, offset);
    case "trim":
      places.reclaim();
      return backing.trim(offset, length);
    case "save":
      return backing.save();
    default:
      assert(false, `"${verdict}" is no work for the disk`);
  }
}
