/**
 * How fast something goes, of late, and when it will be done.
 *
 * @module
 */

/** Over how long the rate is taken. */
const SPAN_MS = 5000;
/** Points closer than this are not kept. */
const STEP_MS = 100;

interface Point {
  readonly atMs: number;
  readonly done: number;
}

/** A moving rate. */
export class Meter {
  readonly #begin: Point;
  readonly #points: Point[];

  /** Begins at a time, in milliseconds, with what is done already. */
  constructor(nowMs: number, done: number = 0) {
    this.#begin = { atMs: nowMs, done };
    this.#points = [this.#begin];
  }

  /** Tells that `done` bytes are done now. */
  add(nowMs: number, done: number): void {
    const [before, last] = this.#points.slice(-2);
    const isClose = before !== undefined && last !== undefined && last.atMs - before.atMs < STEP_MS;
    if (isClose) this.#points.pop();
    this.#points.push({ atMs: nowMs, done });
    while (this.#points.length > 2 && nowMs - (this.#points[1]?.atMs ?? nowMs) > SPAN_MS) {
      this.#points.shift();
    }
  }

  /** Bytes in a second of late. */
  rate(nowMs: number): number {
    const [first] = this.#points;
    const last = this.#points.at(-1);
    if (first === undefined || last === undefined || nowMs <= first.atMs) return 0;
    return (last.done - first.done) / (nowMs - first.atMs) * 1000;
  }

  /** Bytes in a second since the beginning. */
  mean(nowMs: number): number {
    const { atMs, done } = this.#begin;
    return nowMs <= atMs ? 0 : ((this.#points.at(-1)?.done ?? done) - done) / (nowMs - atMs) * 1000;
  }

  /** Seconds until `total` bytes are done; undefined where nothing moves. */
  secondsTo(total: number, nowMs: number): number | undefined {
    const rate = this.rate(nowMs);
    return rate > 0 ? (total - (this.#points.at(-1)?.done ?? 0)) / rate : undefined;
  }
}
