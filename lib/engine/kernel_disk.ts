/**
 * A disk whose work the kernel does beside us (io_uring): what is in the page cache is read at
 * once, all else is begun and taken when it has ended.
 *
 * @module
 */
import { EAGAIN, EINTR, EINVAL, EIO, EOPNOTSUPP } from "../../ffi/errno.ts";
import type { Uring } from "../../ffi/uring.ts";
import { RWF_DSYNC } from "../../ffi/uring_abi.ts";
import type { Request, Verdict } from "../target/request.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { DataPlaces } from "./arena.ts";
import { Bounce } from "./bounce.ts";
import type { Backing } from "./engine.ts";
import { carryOut } from "./sync_disk.ts";
import { type AsyncDisk, PENDING } from "./work.ts";

/** Marks a completion that is the sync's. */
const SYNC = 0x10000;
/** From here on the marks are the caller's own, such as sockets that it watches. */
export const OTHER = 0x20000;
/** While clients read, a write is not done on this thread: it might wait for the disk, and they. */
const READ_MEMORY_MS = 100;

/** What of an io_uring does the work. */
export type DiskQueue = Pick<
  Uring,
  "read" | "write" | "punchHole" | "syncData" | "room" | "enter" | "take" | "userData" | "result"
>;

/** See above. */
export class KernelDisk implements AsyncDisk, Disposable {
  /** See {@linkcode AsyncDisk}. */
  ended: Request | null = null;
  /** See {@linkcode AsyncDisk}. */
  result = 0;
  /** See {@linkcode AsyncDisk}. */
  syncResult: number = PENDING;
  /** Present time of the engine's turn in ms. */
  nowMs = 0;
  readonly #backing: Backing;
  readonly #uring: DiskQueue;
  readonly #places: DataPlaces;
  readonly #requests: readonly Request[];
  /** Where direct I/O is coarser than requests. */
  readonly #bounce: Bounce | undefined;
  /** Whether what a write does not cover is being read first, by the request's slot. */
  readonly #readsFirst: Uint8Array;
  /** Bytes done of each request, by its slot: a short result goes on behind them. */
  readonly #doneSizes: Float64Array;
  readonly #noteOther: (mark: number, result: number) => void;
  #readMs = -Infinity;
  /** Requests that are worked on. */
  #count = 0;
  /** Those of them that a thread of the kernel's works on. */
  #threadCount = 0;
  #isSyncing = false;
  /** Whether a write may be made durable by itself. */
  #mayDsync: boolean;
  /** Whether a range is given back on this thread: in memory, or where nothing else can. */
  #trimsHere: boolean;
  /** How the sync went that was part of a write, by the request's slot. */
  readonly #syncResults: Int32Array;

  /**
   * A disk with nothing under way.
   *
   * @param backing the file
   * @param uring what does the work
   * @param places where the data of requests lies
   * @param requests all requests that there are, by their slots
   * @param noteOther called for completions that are not the disk's
   */
  constructor(
    backing: Backing,
    uring: DiskQueue,
    places: DataPlaces,
    requests: readonly Request[],
    noteOther: (mark: number, result: number) => void,
  ) {
    this.#backing = backing;
    this.#uring = uring;
    this.#places = places;
    this.#requests = requests;
    this.#doneSizes = new Float64Array(requests.length);
    this.#readsFirst = new Uint8Array(requests.length);
    const { alignment } = backing;
    this.#bounce = alignment > SECTOR_SIZE ? Bounce.open(requests.length, alignment) : undefined;
    this.#noteOther = noteOther;
    this.#trimsHere = backing.way === "memory" && backing.trimsAtOnce;
    this.#mayDsync = backing.syncsWrites && this.#bounce === undefined;
    this.#syncResults = new Int32Array(requests.length).fill(PENDING);
  }

  /** Whether something is under way whose end may come at any time. */
  get isBusy(): boolean {
    return this.#count > 0;
  }

  /** Whether threads of the kernel's are at work: writes to the page cache, TRIMs and syncs. */
  get usesThreads(): boolean {
    return this.#isSyncing || this.#threadCount > 0;
  }

  #usesThread(verdict: Verdict): boolean {
    if (verdict === "write") return this.#backing.way === "cache" && !this.#backing.syncsWrites;
    return verdict === "trim";
  }

  /** What does not wait, as far as that can be told before. */
  attempts(verdict: Verdict): boolean {
    const way = this.#backing.way;
    switch (verdict) {
      case "read":
        this.#readMs = this.nowMs;
        return way !== "direct";
      case "verify":
        this.#readMs = this.nowMs;
        return way === "memory";
      case "write":
        // On this thread it costs half of what it costs on a worker of the kernel's; but it may
        // wait, for a transaction of the file system, or for the rest of a page.
        return way === "memory" ||
          (way === "cache" && !this.#backing.syncsWrites &&
            this.nowMs - this.#readMs > READ_MEMORY_MS);
      case "trim":
        return this.#trimsHere;
      default:
        return true;
    }
  }

  /** Reads what is in memory; does what {@linkcode attempts} promised. */
  attempt(request: Request, verdict: Verdict): number {
    if (verdict !== "read" || this.#backing.way === "memory") {
      return carryOut(this.#backing, this.#places, request, verdict);
    }
    const address = this.#places.dataAddress(request);
    // Whatever is in the way: io_uring gives the answer that counts.
    return this.#backing.readNow(address, request.length, request.offset) < 0 ? PENDING : 0;
  }

  /** Submits the work. */
  begin(request: Request, verdict: Verdict): number {
    const bounce = this.#bounce;
    this.#doneSizes[request.slot] = 0;
    // Where others are under way one sync serves all of them.
    const isAlone = this.#count++ === 0 && !this.#isSyncing;
    if (this.#usesThread(verdict)) this.#threadCount++;
    if (verdict === "trim" && this.#backing.way === "memory") {
      // To look at a hole in such a file fills it.
      this.#places.reclaim();
      this.#backing.stopLending();
    }
    const isSynced = this.#mayDsync && isAlone && verdict === "write";
    this.#syncResults[request.slot] = isSynced ? 0 : PENDING;
    if (bounce !== undefined && verdict === "write") {
      const isWhole = bounce.isWhole(request);
      this.#readsFirst[request.slot] = isWhole ? 0 : 1;
      if (isWhole) bounce.put(request, this.#places.data(request));
    }
    this.#prepare(request, verdict);
    return PENDING;
  }

  #prepare(request: Request, verdict: Verdict): void {
    if (this.#bounce !== undefined && verdict !== "trim") {
      this.#prepareWidened(this.#bounce, request, verdict);
      return;
    }
    const { slot } = request;
    const done = this.#doneSizes[slot] ?? 0;
    const offset = request.offset + done;
    const size = request.length - done;
    const fd = this.#backing.descriptor;
    this.#makeRoom();
    switch (verdict) {
      case "read":
        this.#uring.read(fd, this.#places.dataAddress(request) + done, size, offset, slot);
        return;
      case "verify":
        this.#uring.read(fd, this.#places.scratchAddress, size, offset, slot);
        return;
      case "write":
        this.#prepareWrite(slot, this.#places.dataAddress(request) + done, size, offset);
        return;
      default:
        this.#uring.punchHole(fd, offset, size, slot);
    }
  }

  #prepareWrite(slot: number, address: number, size: number, offset: number): void {
    const flags = this.#syncResults[slot] === 0 ? RWF_DSYNC : 0;
    this.#uring.write(this.#backing.writeDescriptor, address, size, offset, slot, flags);
  }

  #prepareWidened(bounce: Bounce, request: Request, verdict: Verdict): void {
    const { slot } = request;
    const done = this.#doneSizes[slot] ?? 0;
    const address = bounce.address(request) + done;
    const offset = bounce.offset(request) + done;
    const size = bounce.size(request) - done;
    const fd = this.#backing.descriptor;
    this.#makeRoom();
    const writes = verdict === "write" && this.#readsFirst[slot] === 0;
    if (writes) this.#uring.write(fd, address, size, offset, slot);
    else this.#uring.read(fd, address, size, offset, slot);
  }

  /** All of a request's widened range was read or written. True: that is the end of it. */
  #endWidened(bounce: Bounce, request: Request): boolean {
    const { slot, verdict } = request;
    if (verdict === "read") bounce.take(request, this.#places.data(request));
    if (verdict !== "write" || this.#readsFirst[slot] === 0) return true;
    bounce.put(request, this.#places.data(request));
    this.#readsFirst[slot] = 0;
    this.#doneSizes[slot] = 0;
    this.#prepare(request, verdict);
    return false;
  }

  /** Submits a sync; where there is no disk there is nothing to wait for. */
  beginSync(): number {
    if (this.#backing.way === "memory") return this.#backing.sync();
    this.#makeRoom();
    this.#uring.syncData(this.#backing.descriptor, SYNC);
    this.#isSyncing = true;
    return PENDING;
  }

  #makeRoom(): void {
    if (this.#uring.room === 0) this.#uring.enter(0);
  }

  /** Takes what ended. */
  take(): boolean {
    while (this.#uring.take()) {
      const { userData, result } = this.#uring;
      if (userData >= OTHER) {
        this.#noteOther(userData, result);
      } else if (userData === SYNC) {
        this.ended = null;
        this.#isSyncing = false;
        this.result = Math.min(0, result);
        this.syncResult = PENDING;
        if (result < 0) this.#backing.tell("flush", 0, 0, result);
        return true;
      } else if (this.#note(userData, result)) {
        return true;
      }
    }
    return false;
  }

  /** A piece of a request's work ended; true: all of it has. */
  #note(slot: number, result: number): boolean {
    const request = this.#requests[slot];
    if (request === undefined) return false;
    const { verdict, length, offset } = request;
    if (result === -EINTR || result === -EAGAIN) {
      this.#prepare(request, verdict);
      return false;
    }
    if (result < 0 && this.#syncResults[slot] === 0) {
      this.#writeAgain(request, result);
      return false;
    }
    this.ended = request;
    this.result = result;
    this.syncResult = this.#syncResults[slot] ?? PENDING;
    if (verdict === "trim" && result === -EOPNOTSUPP && this.#backing.trimsAtOnce) {
      // A block device that can discard, but not so that zeros follow.
      this.#trimsHere = true;
      this.#noteEnd(verdict);
      this.result = carryOut(this.#backing, this.#places, request, verdict);
      return true;
    }
    if (result >= 0 && verdict !== "trim") {
      const done = (this.#doneSizes[slot] ?? 0) + result;
      this.#doneSizes[slot] = done;
      const whole = this.#bounce === undefined ? length : this.#bounce.size(request);
      if (result > 0 && done < whole) {
        this.#prepare(request, verdict);
        return false;
      }
      this.result = done < whole ? -EIO : 0; // the file ends here, or takes no more
      const hasWidened = this.#bounce !== undefined && this.result === 0;
      if (hasWidened && !this.#endWidened(this.#bounce, request)) return false;
    }
    this.#noteEnd(verdict);
    if (this.result < 0) this.#backing.tell(verdict, length, offset, this.result);
    else if (this.syncResult < 0) this.#backing.tell("flush", 0, 0, this.syncResult);
    return true;
  }

  #noteEnd(verdict: Verdict): void {
    this.#count--;
    if (this.#usesThread(verdict)) this.#threadCount--;
  }

  /**
   * A write that was to be durable by itself failed. Without its sync it tells whether that was the
   * write, which the client is told, or the sync, which may have lost what others wrote.
   */
  #writeAgain(request: Request, result: number): void {
    const isUnknown = result === -EINVAL || result === -EOPNOTSUPP;
    if (isUnknown) this.#mayDsync = false;
    this.#syncResults[request.slot] = isUnknown ? PENDING : result;
    this.#doneSizes[request.slot] = 0;
    this.#prepare(request, "write");
  }

  /** Gives the memory back; nothing may be under way. */
  [Symbol.dispose](): void {
    this.#bounce?.[Symbol.dispose]();
  }
}
