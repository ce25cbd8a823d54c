/**
 * When those requests came whose replies are on their way out: to look at the clock costs more than
 * to note that, so it is looked at once for all of them, when they have left.
 *
 * @module
 */
import type { Histogram } from "../histogram.ts";
import type { Request } from "../target/request.ts";
import type { Clock } from "./traffic.ts";

/** More than a turn of an engine has, mostly; the others are told a little early. */
const COUNT_MAX = 256;

interface Entry {
  arrivedMs: number;
  latencies: Histogram | null;
}

/** See above. */
export class ReplyTimes {
  readonly #entries: readonly Entry[] = Array.from(
    { length: COUNT_MAX },
    () => ({ arrivedMs: 0.5, latencies: null }), // a field that holds a double from the beginning
  );
  readonly #clock = { nowMs: 0.5 };
  #count = 0;

  /** The reply to `request` is handed over; the time it took goes to `latencies`. */
  note(request: Request, latencies: Histogram): void {
    if (this.#count === COUNT_MAX) this.settle();
    const entry = this.#entries[this.#count++];
    if (entry === undefined) return;
    entry.arrivedMs = request.arrivedMs;
    entry.latencies = latencies;
  }

  /** All have left, by now or by the time of `clock`. */
  settle(clock: Clock = this.#look()): void {
    for (let index = 0; index < this.#count; index++) {
      const entry = this.#entries[index];
      entry?.latencies?.addSince(entry, clock);
    }
    this.#count = 0;
  }

  #look(): Clock {
    if (this.#count > 0) this.#clock.nowMs = performance.now();
    return this.#clock;
  }
}
