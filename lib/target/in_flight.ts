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
  readonly #order: Order;
  readonly #askers: Askers;
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
    this.#order = new Order(size);
    this.#askers = new Askers(size);
  }

  /** A request came in for which the disk says `verdict`. Returns that, `wait` or `drop`. */
  enter(request: Request, verdict: Verdict): Verdict {
    if (this.#only === null && this.#order.isIdle) {
      this.#only = request;
      this.#onlyVerdict = verdict;
      return verdict;
    }
    this.#fillTable();
    switch (this.#order.enter(request, verdict)) {
      case "runs":
        return verdict;
      case "waits":
        this.#counts.parked++;
        return "wait";
      case "copy":
        this.#counts.duplicates++;
        if (this.#order.original !== undefined) this.#askers.note(this.#order.original, request);
        return "drop";
      case "full":
        this.#counts.overflow++;
        return "drop";
    }
  }

  /** The work on a request is over; its reply is built. */
  finish(request: Request): void {
    this.#mayRelease = true;
    if (request === this.#only) {
      this.#only = null;
      return;
    }
    this.#order.finish(request);
    this.settle(request);
  }

  /** What becomes of a request that runs no more is known: `reply` or `drop`, to all who asked. */
  settle(request: Request): void {
    if (request.verdict === "drop") this.#askers.forget(request);
    if (!this.#askers.has(request)) this.#order.leave(request);
  }

  /** Its reply left: `reply` where it is to leave once more, to the next one who asked. */
  sent(request: Request): Verdict {
    if (request.entry < 0) return "drop";
    if (this.#askers.answer(request)) return "reply";
    this.#askers.forget(request);
    this.#order.leave(request);
    return "drop";
  }

  /** The next request that waited and may run, or was refused; its verdict says which. */
  take(): Request | null {
    return this.#order.take();
  }

  /** Who is served has changed: `refuse` is called for each waiting request that is shut out. */
  refuse(isServed: (mac: number) => boolean, refuse: (request: Request) => void): void {
    this.#mayRelease = true;
    this.#fillTable();
    this.#order.refuse(isServed, refuse);
  }

  /** Whether a request of a client runs that `isServed` shuts out. */
  runsExcluded(isServed: (mac: number) => boolean): boolean {
    this.#fillTable();
    return this.#order.runsExcluded(isServed);
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

  #fillTable(): void {
    if (this.#only !== null) this.#order.enter(this.#only, this.#onlyVerdict);
    this.#only = null;
  }
}
