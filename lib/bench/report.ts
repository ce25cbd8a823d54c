/**
 * What a load found out, in words and bars, and as data.
 *
 * @module
 */
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { Histogram } from "../histogram.ts";
import type { Load } from "./load.ts";
import { type Bar, plot } from "./plot.ts";

/** What was asked for, as it is shown. */
export interface Setup {
  /** Address of the disk. */
  readonly disk: string;
  /** Names of the interfaces. */
  readonly interfaces: readonly string[];
  /** In which order. */
  readonly pattern: string;
  /** How many of a hundred requests write. */
  readonly writePercent: number;
  /** Sectors in a request. */
  readonly sectors: number;
  /** Requests under way at a time. */
  readonly window: number;
  /** First sector. */
  readonly offset: number;
  /** Number of sectors. */
  readonly length: number;
  /** Repeats the same requests. */
  readonly seed: number;
}

/** The shares of latencies that are told, each with its name. */
const PERCENTILES = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["p99.9", 0.999]] as const;
/** Most bars of the rate over time. */
const BARS_MAX = 20;

/** What is printed for a person; `hasBlocks`: bars are not of ASCII only. */
export function report(
  setup: Setup,
  load: Load,
  retransmitted: number,
  hasBlocks: boolean,
): string {
  const { reads, writes } = load.done;
  const perSecond = rateOf(load);
  const kind = setup.writePercent === 0
    ? "reads"
    : setup.writePercent === 100
    ? "writes"
    : `requests, ${setup.writePercent} % writes,`;
  const bytes = setup.sectors * SECTOR_SIZE;
  return [
    `${setup.disk} on ${
      setup.interfaces.join(", ")
    }: ${setup.pattern} ${kind} of ${bytes} bytes, ` +
    `window ${setup.window}, seed ${setup.seed}`,
    `${grouped(perSecond)} requests/s, ${(perSecond * bytes / 1e6).toFixed(1)} MB/s: ` +
    `${grouped(reads)} reads and ${grouped(writes)} writes in ` +
    `${(load.elapsedMs / 1000).toFixed(2)} s, ${grouped(retransmitted)} sent again, ` +
    `${grouped(load.errorCount)} errors`,
    latencyLine(load.latencies),
    "",
    "Latency of the requests:",
    plot(latencyBars(load.latencies), hasBlocks),
    "Requests a second over time:",
    plot(rateBars(load), hasBlocks).trimEnd(),
  ].join("\n") + "\n";
}

/** The same for programs. */
export function reportJson(setup: Setup, load: Load, retransmitted: number): unknown {
  const { latencies, done, elapsedMs, errorCount } = load;
  const perSecond = rateOf(load);
  return {
    ...setup,
    seconds: elapsedMs / 1000,
    requests: done.reads + done.writes,
    reads: done.reads,
    writes: done.writes,
    requestsPerSecond: perSecond,
    megabytesPerSecond: perSecond * setup.sectors * SECTOR_SIZE / 1e6,
    latencyUs: {
      min: latencies.min,
      avg: latencies.mean,
      p50: latencies.percentile(0.5),
      p90: latencies.percentile(0.9),
      p99: latencies.percentile(0.99),
      p999: latencies.percentile(0.999),
      max: latencies.max,
    },
    retransmissions: retransmitted,
    errors: errorCount,
    trouble: load.trouble?.message ?? null,
    histogram: latencies.octaves(),
    rate: pointsOf(load, load.points.length),
  };
}

function rateOf({ done, elapsedMs }: Load): number {
  return elapsedMs === 0 ? 0 : (done.reads + done.writes) / elapsedMs * 1000;
}

function latencyLine(latencies: Histogram): string {
  const parts = [
    ["min", latencies.min],
    ["avg", latencies.mean],
    ...PERCENTILES.map(([name, share]) => [name, latencies.percentile(share)] as const),
    ["max", latencies.max],
  ] as const;
  return `Latency: ${parts.map(([name, us]) => `${name} ${duration(us)}`).join(", ")}`;
}

function latencyBars(latencies: Histogram): readonly Bar[] {
  return latencies.octaves().map(({ fromUs, toUs, count }) => ({
    label: `${duration(fromUs)} to ${duration(toUs)}`,
    value: count,
    text: `${(100 * count / latencies.count).toFixed(2)} %`,
  }));
}

function rateBars(load: Load): readonly Bar[] {
  return pointsOf(load, BARS_MAX).map(({ second, requestsPerSecond }) => ({
    label: `${second.toFixed(1)} s`,
    value: requestsPerSecond,
    text: grouped(requestsPerSecond),
  }));
}

/** The rate over time, at most `countMax` points of equal length but for the last. */
function pointsOf(
  { points, pointMs, elapsedMs }: Load,
  countMax: number,
): readonly { readonly second: number; readonly requestsPerSecond: number }[] {
  const used = Math.min(points.length, Math.ceil(elapsedMs / pointMs));
  const step = Math.max(1, Math.ceil(used / countMax));
  return Array.from({ length: Math.ceil(used / step) }, (_, at) => {
    const startMs = at * step * pointMs;
    const spanMs = Math.min(step * pointMs, elapsedMs - startMs);
    const count = points.subarray(at * step, (at + 1) * step).reduce((sum, one) => sum + one, 0);
    return { second: startMs / 1000, requestsPerSecond: count / spanMs * 1000 };
  });
}

/** `1,234,567`. */
export function grouped(value: number): string {
  return value.toFixed(0).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `250 µs`, `1.5 ms`, `2 s`: three digits. */
export function duration(us: number): string {
  const [value, unit] = us < 1000 ? [us, "µs"] : us < 1e6 ? [us / 1000, "ms"] : [us / 1e6, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
