/**
 * What all disks of one engine share: the io_uring that works for them, and what is noted of each
 * request on its way, by its slot. So an export more costs next to no memory.
 *
 * @module
 */
import type { Uring } from "../../ffi/uring.ts";
import type { Request } from "../target/request.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { DataPlaces } from "./arena.ts";
import { Bounce } from "./bounce.ts";
import { PENDING } from "./work.ts";

/** What of an io_uring does the work. */
export type DiskQueue = Pick<
  Uring,
  "read" | "write" | "punchHole" | "syncData" | "room" | "enter"
>;

/** So long it counts that somebody read, or used another disk. */
const MEMORY_MS = 100;

/** See above. */
export class KernelQueue implements Disposable {
  /** What does the work; slots of requests are its marks. */
  readonly uring: DiskQueue;
  /** Where the data of requests lies. */
  readonly places: DataPlaces;
  /** All requests that there are, by their slots. */
  readonly requests: readonly Request[];
  /** Bytes done of each request: a short result goes on behind them. */
  readonly doneSizes: Float64Array;
  /** Whether what a write does not cover is being read first. */
  readonly readsFirst: Uint8Array;
  /** How the sync went that was part of a write. */
  readonly syncResults: Int32Array;
  /** The outcome of each request whose work ended. */
  readonly results: Int32Array;
  /** Present time of the engine's turn in ms. */
  nowMs = 0;
  /** Requests that are worked on. */
  busyCount = 0;
  /** Those of them that a thread of the kernel's works on, and syncs. */
  threadCount = 0;
  readonly #bounces = new Map<number, Bounce>();
  #readMs = -Infinity;
  /** The disk that was asked last, and since when no other one was. */
  #lastUser: unknown = undefined;
  #changedMs = -Infinity;

  /** Nothing is under way yet. */
  constructor(uring: DiskQueue, places: DataPlaces, requests: readonly Request[]) {
    this.uring = uring;
    this.places = places;
    this.requests = requests;
    this.doneSizes = new Float64Array(requests.length);
    this.readsFirst = new Uint8Array(requests.length);
    this.syncResults = new Int32Array(requests.length).fill(PENDING);
    this.results = new Int32Array(requests.length);
  }

  /** Whether something is under way whose end may come at any time. */
  get isBusy(): boolean {
    return this.busyCount > 0;
  }

  /** Whether threads of the kernel's are at work: writes to the page cache, TRIMs and syncs. */
  get usesThreads(): boolean {
    return this.threadCount > 0;
  }

  /** A client reads from the disk `user`. */
  noteRead(user: unknown): void {
    this.#readMs = this.nowMs;
    this.#noteUser(user);
  }

  /**
   * Whether a write of the disk `user` should not be done on this thread, where it might wait for
   * the disk: while clients read, or use another disk, they would wait with it.
   */
  delaysOthers(user: unknown): boolean {
    this.#noteUser(user);
    return this.nowMs - Math.max(this.#readMs, this.#changedMs) <= MEMORY_MS;
  }

  #noteUser(user: unknown): void {
    if (user === this.#lastUser) return;
    if (this.#lastUser !== undefined) this.#changedMs = this.nowMs;
    this.#lastUser = user;
  }

  /** Memory for direct I/O in units of `alignment` bytes; undefined where requests are no finer. */
  bounce(alignment: number): Bounce | undefined {
    if (alignment <= SECTOR_SIZE) return undefined;
    let bounce = this.#bounces.get(alignment);
    if (bounce === undefined) {
      bounce = Bounce.open(this.requests.length, alignment);
      this.#bounces.set(alignment, bounce);
    }
    return bounce;
  }

  /** Makes room for one more piece of work. */
  makeRoom(): void {
    if (this.uring.room === 0) this.uring.enter(0);
  }

  /** Gives the memory back; nothing may be under way. */
  [Symbol.dispose](): void {
    for (const bounce of this.#bounces.values()) bounce[Symbol.dispose]();
    this.#bounces.clear();
  }
}
