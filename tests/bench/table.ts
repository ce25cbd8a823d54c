/**
 * What is made of the runs: medians, ratios to vblade, and the table of them.
 *
 * @module
 */
import type { Figures } from "./load.ts";
import type { EngineName } from "./options.ts";
import type { Suite } from "./suites.ts";
import type { Usage } from "./target.ts";

/** One run of one load against one target. */
export interface Row extends Figures, Usage {
  readonly suite: string;
  readonly load: string;
  readonly engine: EngineName;
  readonly round: number;
}

/** The columns of the table. */
export const COLUMNS = [
  { name: "load", width: 11 },
  { name: "target", width: 7 },
  { name: "requests/s", width: 11 },
  { name: "MB/s", width: 8 },
  { name: "p50 us", width: 8 },
  { name: "p99 us", width: 8 },
  { name: "p999 us", width: 8 },
  { name: "CPU us", width: 7 },
  { name: "ratio", width: 6 },
  { name: "resent", width: 6 },
  { name: "bad", width: 4 },
  { name: "wrong", width: 6 },
  { name: "GC/M", width: 6 },
  { name: "GC ms", width: 6 },
] as const;
/** These are names; all others are numbers, which stand to the right. */
const NAME_COLUMNS = 2;

/** The middle of some numbers, of an even count the mean of the two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? NaN : (low + high) / 2;
}

/**
 * The rows of the rounds that count: a round in which requests to vblade were sent again does not,
 * for none of the targets, because a vblade that lost a frame stands still for half a second.
 */
export function counted(rows: readonly Row[]): readonly Row[] {
  const spoilt = rows.filter(({ engine, retransmitted }) =>
    engine === "vblade" && retransmitted > 0
  )
    .map(({ round }) => round);
  return rows.filter(({ round }) => !spoilt.includes(round));
}

/** Requests that were answered wrongly or not at all, and sectors that were wrong. */
export function isFaulty({ bad, unanswered, wrongSectors }: Row): boolean {
  return bad + unanswered + wrongSectors > 0;
}

function line(cells: readonly string[]): string {
  return COLUMNS.map(({ width }, index) => {
    const cell = cells[index] ?? "";
    return index < NAME_COLUMNS ? cell.padEnd(width) : cell.padStart(width);
  }).join(" ").trimEnd();
}

/** The names of the columns. */
export function heading(): string {
  return line(COLUMNS.map(({ name }) => name));
}

/** A figure; a dash where there is none. */
function cell(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "-";
}

/** A line; the speed is that of the rounds that count, the faults are those of all. */
function lineOf(all: readonly Row[], valid: readonly Row[], rateOfVblade: number): string {
  const of = (pick: (row: Row) => number): number => median(valid.map(pick));
  const sum = (pick: (row: Row) => number): number =>
    all.reduce((total, row) => total + pick(row), 0);
  const rate = of((row) => row.requestsPerSecond);
  const isVerified = all[0]?.load.startsWith("rv") ?? false;
  const pausesMs = all.map(({ collections }) => collections?.longestPauseMs ?? NaN);
  const collections = sum((row) => row.collections?.count ?? NaN);
  return line([
    all[0]?.load ?? "",
    all[0]?.engine ?? "",
    cell(rate, 0),
    cell(of((row) => row.megabytesPerSecond), 1),
    cell(of((row) => row.p50Us), 1),
    cell(of((row) => row.p99Us), 1),
    cell(of((row) => row.p999Us), 1),
    cell(of((row) => row.cpuSeconds * 1e6 / row.done), 2),
    cell(rate / rateOfVblade, 2),
    cell(sum((row) => row.retransmitted), 0),
    cell(sum((row) => row.bad + row.unanswered), 0),
    isVerified ? cell(sum((row) => row.wrongSectors), 0) : "-",
    cell(collections * 1e6 / sum((row) => row.done), 1),
    cell(Math.max(...pausesMs), 2),
  ]);
}

function roundsOf(rows: readonly Row[]): number {
  return new Set(rows.map(({ round }) => round)).size;
}

/** The lines of one load: one a target, and one about rounds that do not count. */
function linesOfLoad(load: string, all: readonly Row[]): readonly string[] {
  const valid = counted(all);
  const rowsOf = (rows: readonly Row[], name: EngineName): readonly Row[] =>
    rows.filter(({ engine }) => engine === name);
  const rateOfVblade = median(rowsOf(valid, "vblade").map((row) => row.requestsPerSecond));
  const lost = roundsOf(all) - roundsOf(valid);
  const note = `  ${lost} of ${roundsOf(all)} rounds of ${load} do not count: ` +
    "requests to vblade were sent again";
  return [
    ...[...new Set(all.map(({ engine }) => engine))].map((engine) =>
      lineOf(rowsOf(all, engine), rowsOf(valid, engine), rateOfVblade)
    ),
    ...(lost > 0 ? [note] : []),
  ];
}

/** The part of the table for one suite. */
export function linesOf(suite: Suite, rows: readonly Row[]): readonly string[] {
  const { name, about, flags, mtu, imageSize } = suite;
  const image = `${imageSize / 2 ** 20} MiB`;
  return [
    `${name}: ${about}; ${flags.join(" ")}, MTU ${mtu}, ${image}`,
    ...suite.loads.flatMap((load) => linesOfLoad(load, rows.filter((row) => row.load === load))),
  ];
}
