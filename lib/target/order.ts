/**
 * The requests that are not done yet, in the order of their arrival, and which of them wait
 * (docs/protocol.md, "Order"): a request waits for every earlier one that touches the same bytes,
 * running or waiting itself, where either of the two writes. So nothing waits for what comes later,
 * and no two can wait for each other.
 *
 * Each waiting request has a count of those it waits for, which one that is done lowers. A look at
 * the table costs a few comparisons an entry, and nothing is allocated.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { isDuplicate } from "./duplicates.ts";
import { EntryList } from "./entry_list.ts";
import { RangeFilter } from "./range_filter.ts";
import type { Request, Verdict } from "./request.ts";

/** What a request does to the bytes between its `begin` and `end`. */
const Access = { READ: 0, WRITE: 1, FLUSH: 2 } as const;

/** What becomes of a request that comes in. */
export type Entrance =
  /** It runs at once. */
  | "runs"
  /** It waits. */
  | "waits"
  /** It is not kept: {@linkcode Order.original} is the same. */
  | "copy"
  /** It is not kept: the table is full. */
  | "full";

/** The table. A request has an entry from `enter` to `leave`, and is in the way up to `finish`. */
export class Order {
  /** The request that the last `copy` is the same as. */
  original: Request | undefined;
  readonly #requests: (Request | undefined)[];
  readonly #begins: Float64Array;
  readonly #ends: Float64Array;
  readonly #accesses: Uint8Array;
  /** 1: runs, 0: waits, for others or for {@linkcode take}. */
  readonly #runs: Uint8Array;
  /** How many earlier ones it waits for. */
  readonly #blockers: Int32Array;
  readonly #unfinished: EntryList;
  readonly #filter = new RangeFilter();
  /** Those that no longer wait for others, but for `take`. */
  readonly #ready: EntryList;
  /** Entries without a request: a stack, so that the same few are used again and again. */
  readonly #free: Int32Array;
  #freeCount: number;
  /** How many wait for others. */
  #blockedCount = 0;

  /** A table for `size` requests. */
  constructor(size: number) {
    this.#requests = new Array(size).fill(undefined);
    this.#begins = new Float64Array(size);
    this.#ends = new Float64Array(size);
    this.#accesses = new Uint8Array(size);
    this.#runs = new Uint8Array(size);
    this.#blockers = new Int32Array(size);
    this.#unfinished = new EntryList(size);
    this.#ready = new EntryList(size);
    this.#free = Int32Array.from({ length: size }, (_, index) => size - 1 - index);
    this.#freeCount = size;
  }

  /** Whether all requests are done and there is room for one. */
  get isIdle(): boolean {
    return this.#unfinished.first === this.#unfinished.end && this.#freeCount > 0;
  }

  /** A request comes in that the disk has decided to do `verdict` for. */
  enter(request: Request, verdict: Verdict): Entrance {
    const access = accessOf(verdict);
    const blockers = this.#filter.mayTouch(request) ? this.#countBlockers(request, access) : 0;
    if (blockers < 0) return "copy";
    if (this.#freeCount === 0) return "full";
    this.#add(request, access, blockers);
    return blockers === 0 ? "runs" : "waits";
  }

  /** How many requests a newcomer must wait for; -1: it is a copy of `original`. */
  #countBlockers(request: Request, access: number): number {
    const list = this.#unfinished;
    let blockers = 0;
    for (let entry = list.first; entry !== list.end; entry = list.after(entry)) {
      if (!this.#touches(entry, request.begin, request.end)) continue;
      if (this.#accesses[entry] === access && this.#isCopy(request, entry, access)) {
        this.original = this.#requests[entry];
        return -1;
      }
      if (mustWait(access, this.#accesses[entry])) blockers++;
    }
    return blockers;
  }

  #isCopy(request: Request, entry: number, access: number): boolean {
    return access !== Access.FLUSH &&
      isDuplicate(this.#at(entry), request, access === Access.WRITE);
  }

  #add(request: Request, access: number, blockers: number): void {
    const entry = this.#free[--this.#freeCount] ?? -1;
    request.entry = entry;
    this.#requests[entry] = request;
    this.#begins[entry] = request.begin;
    this.#ends[entry] = request.end;
    this.#accesses[entry] = access;
    this.#runs[entry] = blockers === 0 ? 1 : 0;
    this.#blockers[entry] = blockers;
    if (blockers > 0) this.#blockedCount++;
    this.#unfinished.append(entry);
    if (access !== Access.FLUSH) this.#filter.add(request);
  }

  /** The request is done, or refused: nothing waits for it any more. */
  finish(request: Request): void {
    const done = request.entry;
    assert(this.#requests[done] === request, "a request that is not in the table ended");
    const list = this.#unfinished;
    const access = this.#accesses[done];
    list.remove(done);
    if (access === Access.FLUSH) return; // nothing waits for it
    this.#filter.remove(request);
    if (this.#blockedCount === 0) return;
    const begin = this.#begins[done] ?? 0;
    const end = this.#ends[done] ?? 0;
    for (let entry = list.after(done); entry !== list.end; entry = list.after(entry)) {
      const blockers = this.#blockers[entry] ?? 0;
      if (blockers === 0 || !this.#touches(entry, begin, end)) continue;
      if (!mustWait(this.#accesses[entry], access)) continue;
      this.#blockers[entry] = blockers - 1;
      if (blockers === 1) this.#makeReady(entry);
    }
  }

  /** The next request that no longer waits for others: it runs now, or was refused. */
  take(): Request | null {
    const entry = this.#ready.first;
    if (entry === this.#ready.end) return null;
    const request = this.#at(entry);
    this.#ready.remove(entry);
    this.#runs[entry] = 1;
    return request;
  }

  /** The entry of a request that is finished is free again. */
  leave(request: Request): void {
    this.#requests[request.entry] = undefined;
    this.#free[this.#freeCount++] = request.entry;
    request.entry = -1;
  }

  /** Whether a request runs whose sender `isServed` shuts out. */
  runsExcluded(isServed: (mac: number) => boolean): boolean {
    const list = this.#unfinished;
    for (let entry = list.first; entry !== list.end; entry = list.after(entry)) {
      if (this.#runs[entry] === 1 && !isServed(this.#at(entry).source)) return true;
    }
    return false;
  }

  /** Refuses each waiting request whose sender `isServed` shuts out: it never runs. */
  refuse(isServed: (mac: number) => boolean, refuse: (request: Request) => void): void {
    const list = this.#unfinished;
    for (let entry = list.first; entry !== list.end; entry = list.after(entry)) {
      const request = this.#at(entry);
      if (this.#runs[entry] === 1 || isServed(request.source)) continue;
      refuse(request);
      if (this.#blockers[entry] !== 0) this.#makeReady(entry);
      this.finish(request);
    }
  }

  /** It waits for no other one: {@linkcode take} finds it. */
  #makeReady(entry: number): void {
    this.#blockers[entry] = 0;
    this.#blockedCount--;
    this.#ready.append(entry);
  }

  #at(entry: number): Request {
    const request = this.#requests[entry];
    assert(request !== undefined, "an entry in use has no request");
    return request;
  }

  #touches(entry: number, begin: number, end: number): boolean {
    return begin < (this.#ends[entry] ?? 0) && (this.#begins[entry] ?? 0) < end;
  }
}

/** Whether a request waits for an earlier one that touches the same bytes. */
function mustWait(access: number | undefined, earlier: number | undefined): boolean {
  return earlier === Access.WRITE || (earlier === Access.READ && access === Access.WRITE);
}

function accessOf(verdict: Verdict): number {
  switch (verdict) {
    case "write":
    case "trim":
      return Access.WRITE;
    case "flush":
      return Access.FLUSH;
    default:
      return Access.READ;
  }
}
