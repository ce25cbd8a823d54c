/**
 * The requests that an engine works on or that wait: the order rules, the copies that share an
 * answer, and fencing, by which a change of who is served is acknowledged only once no request of a
 * client that it shut out still runs (docs/protocol.md, "Order" and "Commands 2 and 3").
 *
 * @module
 */
import { Askers } from "./duplicates.ts";
import { Order } from "./order.ts";
import type { Request, Verdict } from "./request.ts";

/** So many reads, writes, TRIMs and FLUSHes may be unfinished, running or waiting. */
export const IN_FLIGHT_MAX = 1024;
/** So many changes may wait for their acknowledgement. */
export const FENCED_MAX = 16;

/** What is counted here. */
export interface InFlightCounts {
  /** Copies of requests that were not done yet: they were not run, but share the answer. */
  duplicates: number;
  /** Requests that had to wait for earlier ones. */
  parked: number;
  /** Requests that were dropped because too many were not done yet. */
  overflow: number;
}

/** All that is unfinished. */
export class InFlight {
  readonly #counts: InFlightCounts;
  readonly #size: number;
  /** Made when a second request comes before the first one is done: many exports never need it. */
  #table: Order | null = null;
  /** Made when the first copy comes. */
  #copies: Askers | null = null;
  readonly #fenced: Request[] = [];
  /**
   * The only unfinished request and its first verdict: where each one is done before the next one
   * comes, the table is never touched.
   */
  #only: Request | null = null;
  #onlyVerdict: Verdict = "drop";
  /** Whether something happened since it was last seen that an excluded request runs. */
  #mayRelease = false;

  /** Room for `size` requests. */
  constructor(size: number, counts: InFlightCounts) {
    this.#counts = counts;
    this.#size = size;
  }

  /** A request came in for which the disk says `verdict`. Returns that, `wait` or `drop`. */
  enter(request: Request, verdict: Verdict): Verdict {
    if (this.#only === null && (this.#table === null || this.#table.isIdle)) {
      this.#only = request;
      this.#onlyVerdict = verdict;
      return verdict;
    }
    const table = this.#fillTable();
    switch (table.enter(request, verdict)) {
      case "runs":
        return verdict;
      case "waits":
        this.#counts.parked++;
        return "wait";
      case "copy":
        this.#counts.duplicates++;
        if (table.original !== undefined) this.#noteCopy(table.original, request);
        return "drop";
      case "full":
        this.#counts.overflow++;
        return "drop";
    }
  }

  #noteCopy(original: Request, copy: Request): void {
    this.#copies ??= new Askers(this.#size);
    this.#copies.note(original, copy);
  }

  /** The work on a request is over; its reply is built. */
  finish(request: Request): void {
    this.#mayRelease = true;
    if (request === this.#only) {
      this.#only = null;
      return;
    }
    this.#table?.finish(request);
    this.settle(request);
  }

  /** What becomes of a request that runs no more is known: `reply` or `drop`, to all who asked. */
  settle(request: Request): void {
    if (request.verdict === "drop") this.#copies?.forget(request);
    if (this.#copies?.has(request) !== true) this.#table?.leave(request);
  }

  /** Its reply left: `reply` where it is to leave once more, to the next one who asked. */
  sent(request: Request): Verdict {
    if (request.entry < 0) return "drop";
    if (this.#copies?.answer(request) === true) return "reply";
    this.#copies?.forget(request);
    this.#table?.leave(request);
    return "drop";
  }

  /** The next request that waited and may run, or was refused; its verdict says which. */
  take(): Request | null {
    return this.#table === null ? null : this.#table.take();
  }

  /** Who is served has changed: `refuse` is called for each waiting request that is shut out. */
  refuse(isServed: (mac: number) => boolean, refuse: (request: Request) => void): void {
    this.#mayRelease = true;
    if (!this.#isEmpty) this.#fillTable().refuse(isServed, refuse);
  }

  /** Whether a request of a client runs that `isServed` shuts out. */
  runsExcluded(isServed: (mac: number) => boolean): boolean {
    return !this.#isEmpty && this.#fillTable().runsExcluded(isServed);
  }

  get #isEmpty(): boolean {
    return this.#only === null && this.#table === null;
  }

  /**
   * Keeps the reply in `request` back while a request of a client that `isServed` shuts out runs.
   * Returns `reply` where none does, `wait`, or `drop` where too many are kept.
   */
  fence(request: Request, isServed: (mac: number) => boolean): Verdict {
    if (!this.runsExcluded(isServed)) return "reply";
    if (this.#fenced.length === FENCED_MAX) {
      this.#counts.overflow++;
      return "drop";
    }
    this.#fenced.push(request);
    return "wait";
  }

  /** A request that was held back and may be answered now, if there is one. */
  release(isServed: (mac: number) => boolean): Request | null {
    if (this.#fenced.length === 0 || !this.#mayRelease) return null;
    this.#mayRelease = !this.runsExcluded(isServed);
    return this.#mayRelease ? this.#fenced.shift() ?? null : null;
  }

  /** The table, with all unfinished requests in it. */
  #fillTable(): Order {
    const table = this.#table ??= new Order(this.#size);
    if (this.#only !== null) table.enter(this.#only, this.#onlyVerdict);
    this.#only = null;
    return table;
  }
}
