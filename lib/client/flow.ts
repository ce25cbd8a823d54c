/**
 * How many requests to one target are under way, and how long its replies take.
 *
 * The window begins with what the target says that it takes, becomes smaller with each loss,
 * because a loss on a LAN is an overrun somewhere, and grows again with each reply. The wait
 * follows the round trips as that of TCP does (RFC 6298), and what was sent twice tells nothing of
 * them (Karn): until something is answered that was sent once, the next requests wait longer, too,
 * or a target that became slow would get all of them several times for ever.
 *
 * @module
 */
import type { Exchange } from "./exchange.ts";

/** No loss makes the window smaller than this: one lost frame must not stop all others. */
const WINDOW_MIN = 4;
/** What is left of the window after a loss. */
const CUT = 0.75;
/** Weight of a new round trip in the mean, and in the mean deviation (RFC 6298, section 2). */
const MEAN_GAIN = 1 / 8;
const DEVIATION_GAIN = 1 / 4;

/** A request that waits for room in the window. */
export interface Waiting {
  /** The request. */
  readonly exchange: Exchange;
  /** Since when it waits, in milliseconds of performance.now(). */
  readonly sinceMs: number;
  /** How long the target may be silent meanwhile. */
  readonly patienceMs: number;
}

/** The requests to one target. */
export class Flow {
  /** Requests that were sent and not answered. */
  inFlight = 0;
  /** Requests that wait for room. */
  readonly waiting: Waiting[] = [];
  /** When the target last answered, in milliseconds of performance.now(). */
  heardMs = 0;

  readonly #windowMax: number;
  #window: number;
  #cutMs = 0;
  #meanMs = 0;
  #deviationMs = 0;
  /** Least wait since a loss; 0 again when something that was sent once was answered. */
  #backOffMs = 0;

  /** A flow of at most `windowMax` requests at a time. */
  constructor(windowMax: number) {
    this.#windowMax = Math.max(1, windowMax);
    this.#window = this.#windowMax;
  }

  /** Whether one more may be sent. */
  get hasRoom(): boolean {
    return this.inFlight < Math.max(1, Math.floor(this.#window));
  }

  /** How many may be under way at most. */
  get windowMax(): number {
    return this.#windowMax;
  }

  /** A reply came after `elapsedMs` to what was sent once. */
  answered(elapsedMs: number): void {
    this.#backOffMs = 0;
    if (this.#meanMs === 0) {
      this.#meanMs = elapsedMs;
      this.#deviationMs = elapsedMs / 2;
    } else {
      const error = elapsedMs - this.#meanMs;
      this.#deviationMs += DEVIATION_GAIN * (Math.abs(error) - this.#deviationMs);
      this.#meanMs += MEAN_GAIN * error;
    }
    if (this.#window < this.#windowMax) {
      this.#window = Math.min(this.#windowMax, this.#window + 1 / this.#window);
    }
  }

  /** A reply did not come within `waitMs`; losses of one window count once. */
  lost(nowMs: number, waitMs: number): void {
    this.#backOffMs = Math.max(this.#backOffMs, 2 * waitMs);
    if (nowMs - this.#cutMs < waitMs) return;
    this.#cutMs = nowMs;
    this.#window = Math.max(Math.min(WINDOW_MIN, this.#windowMax), this.#window * CUT);
  }

  /** When to give up a request that waits: a target that is slow is not one that is away. */
  deadlineOf({ sinceMs, patienceMs }: Waiting): number {
    return Math.max(sinceMs, this.heardMs) + patienceMs;
  }

  /** How long to wait for a reply, in milliseconds; 0 where nothing is known. */
  get waitMs(): number {
    return Math.max(this.#meanMs + 4 * this.#deviationMs, this.#backOffMs);
  }
}
