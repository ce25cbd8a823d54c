/**
 * A disk whose work the kernel does beside us (io_uring): what is in the page cache is read at
 * once, all else is begun and taken when it has ended.
 *
 * @module
 */
import { EAGAIN, EINTR, EINVAL, EIO, EOPNOTSUPP } from "../../ffi/errno.ts";
import { RWF_DSYNC } from "../../ffi/uring_abi.ts";
import type { Request, Verdict } from "../target/request.ts";
import type { DataPlaces } from "./arena.ts";
import type { Bounce } from "./bounce.ts";
import type { Backing } from "./engine.ts";
import type { DiskQueue, KernelQueue } from "./kernel_queue.ts";
import { carryOut } from "./sync_disk.ts";
import { type AsyncDisk, PENDING } from "./work.ts";

/** In place of a slot, among what ended: the sync. */
const SYNC = -1;

/** See above. */
export class KernelDisk implements AsyncDisk {
  /** See {@linkcode AsyncDisk}. */
  ended: Request | null = null;
  /** See {@linkcode AsyncDisk}. */
  result = 0;
  /** See {@linkcode AsyncDisk}. */
  syncResult: number = PENDING;
  readonly #backing: Backing;
  readonly #queue: KernelQueue;
  readonly #uring: DiskQueue;
  readonly #places: DataPlaces;
  readonly #syncMark: number;
  /** Where direct I/O is coarser than requests. */
  readonly #bounce: Bounce | undefined;
  /** Slots of the requests that ended and were not taken yet, the oldest first. */
  readonly #ended: number[] = [];
  /** How many of those were taken. */
  #takenCount = 0;
  /** Requests of this disk that are worked on. */
  #count = 0;
  #isSyncing = false;
  #endedSync = 0;
  /** Whether a write may be made durable by itself. */
  #mayDsync: boolean;
  /** Whether a range is given back on this thread: in memory, or where nothing else can. */
  #trimsHere: boolean;

  /**
   * A disk with nothing under way.
   *
   * @param backing the file
   * @param queue what does the work
   * @param syncMark marks the completion of its sync; those of requests have the slot for a mark
   */
  constructor(backing: Backing, queue: KernelQueue, syncMark: number) {
    this.#backing = backing;
    this.#queue = queue;
    this.#uring = queue.uring;
    this.#places = queue.places;
    this.#syncMark = syncMark;
    this.#bounce = queue.bounce(backing.alignment);
    this.#trimsHere = backing.way === "memory" && backing.trimsAtOnce;
    this.#mayDsync = backing.syncsWrites && this.#bounce === undefined;
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
        this.#queue.noteRead(this);
        return way !== "direct";
      case "verify":
        this.#queue.noteRead(this);
        return way === "memory";
      case "write":
        // On this thread it costs half of what it costs on a worker of the kernel's; but it may
        // wait, for a transaction of the file system, or for the rest of a page.
        return way === "memory" ||
          (way === "cache" && !this.#backing.syncsWrites && !this.#queue.delaysOthers(this));
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
    this.#queue.doneSizes[request.slot] = 0;
    // Where others are under way one sync serves all of them.
    const isAlone = this.#count++ === 0 && !this.#isSyncing;
    this.#queue.busyCount++;
    if (this.#usesThread(verdict)) this.#queue.threadCount++;
    if (verdict === "trim" && this.#backing.way === "memory") {
      // To look at a hole in such a file fills it.
      this.#places.reclaim();
      this.#backing.stopLending();
    }
    const isSynced = this.#mayDsync && isAlone && verdict === "write";
    this.#queue.syncResults[request.slot] = isSynced ? 0 : PENDING;
    if (bounce !== undefined && verdict === "write") {
      const isWhole = bounce.isWhole(request);
      this.#queue.readsFirst[request.slot] = isWhole ? 0 : 1;
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
    const done = this.#queue.doneSizes[slot] ?? 0;
    const offset = request.offset + done;
    const size = request.length - done;
    const fd = this.#backing.descriptor;
    this.#queue.makeRoom();
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
    const flags = this.#queue.syncResults[slot] === 0 ? RWF_DSYNC : 0;
    this.#uring.write(this.#backing.writeDescriptor, address, size, offset, slot, flags);
  }

  #prepareWidened(bounce: Bounce, request: Request, verdict: Verdict): void {
    const { slot } = request;
    const done = this.#queue.doneSizes[slot] ?? 0;
    const address = bounce.address(request) + done;
    const offset = bounce.offset(request) + done;
    const size = bounce.size(request) - done;
    const fd = this.#backing.descriptor;
    this.#queue.makeRoom();
    const writes = verdict === "write" && this.#queue.readsFirst[slot] === 0;
    if (writes) this.#uring.write(fd, address, size, offset, slot);
    else this.#uring.read(fd, address, size, offset, slot);
  }

  /** All of a request's widened range was read or written. True: that is the end of it. */
  #endWidened(bounce: Bounce, request: Request): boolean {
    const { slot, verdict } = request;
    if (verdict === "read") bounce.take(request, this.#places.data(request));
    if (verdict !== "write" || this.#queue.readsFirst[slot] === 0) return true;
    bounce.put(request, this.#places.data(request));
    this.#queue.readsFirst[slot] = 0;
    this.#queue.doneSizes[slot] = 0;
    this.#prepare(request, verdict);
    return false;
  }

  /** Submits a sync; where there is no disk there is nothing to wait for. */
  beginSync(): number {
    if (this.#backing.way === "memory") return this.#backing.sync();
    this.#queue.makeRoom();
    this.#uring.syncData(this.#backing.descriptor, this.#syncMark);
    this.#isSyncing = true;
    this.#queue.threadCount++;
    return PENDING;
  }

  /** Takes what ended. */
  take(): boolean {
    const slot = this.#ended[this.#takenCount];
    if (slot === undefined) {
      this.#ended.length = 0;
      this.#takenCount = 0;
      return false;
    }
    this.#takenCount++;
    if (slot === SYNC) {
      this.ended = null;
      this.result = this.#endedSync;
      this.syncResult = PENDING;
    } else {
      this.ended = this.#queue.requests[slot] ?? null;
      this.result = this.#queue.results[slot] ?? 0;
      this.syncResult = this.#queue.syncResults[slot] ?? PENDING;
    }
    return true;
  }

  /** The sync ended, with 0 or a negative errno. */
  endSync(result: number): void {
    this.#isSyncing = false;
    this.#queue.threadCount--;
    this.#endedSync = Math.min(0, result);
    if (result < 0) this.#backing.tell("flush", 0, 0, result);
    this.#ended.push(SYNC);
  }

  /** A piece of the request's work ended, with a number of bytes or a negative errno. */
  endPiece(request: Request, result: number): void {
    if (this.#note(request, result)) this.#ended.push(request.slot);
  }

  /** True: all of its work has ended. */
  #note(request: Request, result: number): boolean {
    const { slot, verdict, length, offset } = request;
    const { syncResults, results } = this.#queue;
    if (result === -EINTR || result === -EAGAIN) {
      this.#prepare(request, verdict);
      return false;
    }
    if (result < 0 && syncResults[slot] === 0) {
      this.#writeAgain(request, result);
      return false;
    }
    results[slot] = result;
    if (verdict === "trim" && result === -EOPNOTSUPP && this.#backing.trimsAtOnce) {
      // A block device that can discard, but not so that zeros follow.
      this.#trimsHere = true;
      this.#noteEnd(verdict);
      results[slot] = carryOut(this.#backing, this.#places, request, verdict);
      return true;
    }
    if (result >= 0 && verdict !== "trim" && !this.#goesTo(request, result)) return false;
    this.#noteEnd(verdict);
    const outcome = results[slot] ?? 0;
    const syncResult = syncResults[slot] ?? PENDING;
    if (outcome < 0) this.#backing.tell(verdict, length, offset, outcome);
    else if (syncResult < 0) this.#backing.tell("flush", 0, 0, syncResult);
    return true;
  }

  /** So many bytes more of a request are done. True: that is the end of it. */
  #goesTo(request: Request, size: number): boolean {
    const { slot, verdict, length } = request;
    const done = (this.#queue.doneSizes[slot] ?? 0) + size;
    this.#queue.doneSizes[slot] = done;
    const whole = this.#bounce === undefined ? length : this.#bounce.size(request);
    if (size > 0 && done < whole) {
      this.#prepare(request, verdict);
      return false;
    }
    const isShort = done < whole; // the file ends here, or takes no more
    this.#queue.results[slot] = isShort ? -EIO : 0;
    return isShort || this.#bounce === undefined || this.#endWidened(this.#bounce, request);
  }

  #noteEnd(verdict: Verdict): void {
    this.#count--;
    this.#queue.busyCount--;
    if (this.#usesThread(verdict)) this.#queue.threadCount--;
  }

  /**
   * A write that was to be durable by itself failed. Without its sync it tells whether that was the
   * write, which the client is told, or the sync, which may have lost what others wrote.
   */
  #writeAgain(request: Request, result: number): void {
    const isUnknown = result === -EINVAL || result === -EOPNOTSUPP;
    if (isUnknown) this.#mayDsync = false;
    this.#queue.syncResults[request.slot] = isUnknown ? PENDING : result;
    this.#queue.doneSizes[request.slot] = 0;
    this.#prepare(request, "write");
  }
}
