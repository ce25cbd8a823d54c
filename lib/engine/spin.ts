/**
 * How long to look for the next frame before waiting for it in the kernel. To be woken takes longer
 * than many a client takes to ask again; but where nobody asks, looking only burns time. While a
 * disk works that answers soon, it is worth to look for longer: its answers come in bursts.
 *
 * @module
 */

/** After so many looks in vain it is not tried again, until a wait turns out to have been short. */
const MISSES_MAX = 8;
/** While the disk works it is looked for so many times as long. */
const BUSY_FACTOR = 6;

/** Adapts to how often looking pays. */
export class Spin {
  /** Whether a disk works that answers soon. */
  isBusy = false;
  readonly #spanMs: number;
  #workedMs = -Infinity;
  #missCount = 0;

  /** Looks for `spanUs` after the last work; 0: never. */
  constructor(spanUs: number) {
    this.#spanMs = spanUs / 1000;
  }

  /** There was work at `nowMs`. */
  worked(nowMs: number): void {
    this.#workedMs = nowMs;
  }

  get #span(): number {
    return this.isBusy ? BUSY_FACTOR * this.#spanMs : this.#spanMs;
  }

  /** Whether to look once more rather than wait. */
  goesOn(nowMs: number): boolean {
    return nowMs - this.#workedMs < this.#span && this.#missCount < MISSES_MAX;
  }

  /** A wait in the kernel took `durationMs`. */
  waited(durationMs: number): void {
    if (durationMs < this.#span) this.#missCount = 0;
    else if (this.#missCount < MISSES_MAX) this.#missCount++;
  }
}
