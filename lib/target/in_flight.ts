/**
 * The requests that an engine is working on, and those that wait for them (fencing): a change of
 * who is served is acknowledged only once no request of a client that it shut out still runs.
 *
 * @module
 */
import { assert } from "../assert.ts";
import type { Request } from "./request.ts";

/** Bounded by the number of slots: a slot holds one request. */
export class InFlight {
  readonly #running: Request[] = [];
  readonly #fenced: Request[] = [];

  /** Number of requests that run. */
  get count(): number {
    return this.#running.length;
  }

  /** An engine begins to work on `request`. */
  start(request: Request): void {
    this.#running.push(request);
  }

  /** The engine's work on `request` is over. */
  finish(request: Request): void {
    const index = this.#running.indexOf(request);
    assert(index >= 0, `slot ${request.slot} completed a request that was not running`);
    const last = this.#running.pop();
    if (last !== undefined && last !== request) this.#running[index] = last;
  }

  /** Whether a request of a client that `isServed` shuts out still runs. */
  holdsExcluded(isServed: (mac: number) => boolean): boolean {
    return this.#running.some((request) => !isServed(request.source));
  }

  /** Keeps the reply in `request` back until no excluded request runs. */
  fence(request: Request): void {
    this.#fenced.push(request);
  }

  /** A request that was held back and may be answered now, if there is one. */
  release(isServed: (mac: number) => boolean): Request | null {
    if (this.#fenced.length === 0 || this.holdsExcluded(isServed)) return null;
    return this.#fenced.shift() ?? null;
  }
}
