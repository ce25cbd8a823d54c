/**
 * Many round trips, counted and in order of their length.
 *
 * @module
 */

/** Figures of many round trips, in milliseconds. */
export interface RoundTripFigures {
  /** The shortest. */
  readonly minMs: number;
  /** Their mean. */
  readonly avgMs: number;
  /** Half of them took no longer. */
  readonly p50Ms: number;
  /** 99 of 100 took no longer. */
  readonly p99Ms: number;
  /** The longest. */
  readonly maxMs: number;
}

/** The figures of `timesMs`; undefined where there is none. */
export function roundTripFigures(timesMs: readonly number[]): RoundTripFigures | undefined {
  const sorted = Float64Array.from(timesMs).sort();
  const [minMs, maxMs] = [sorted.at(0), sorted.at(-1)];
  if (minMs === undefined || maxMs === undefined) return undefined;
  const avgMs = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { minMs, avgMs, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99), maxMs };
}

/** The least of `sorted` that no less than that share of them is at most. */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
