/**
 * A limit on log lines that one broken disk or link would write by the thousand.
 *
 * @module
 */

const INTERVAL_MS = 10_000;

/** Lets one of a kind pass every ten seconds and counts the others. */
export class RateLimit {
  #nextMs = 0;
  #suppressed = 0;

  /** How many were held back since the last one; undefined: hold this one back too. */
  take(nowMs: number = performance.now()): number | undefined {
    if (nowMs < this.#nextMs) {
      this.#suppressed++;
      return undefined;
    }
    this.#nextMs = nowMs + INTERVAL_MS;
    const count = this.#suppressed;
    this.#suppressed = 0;
    return count;
  }
}
