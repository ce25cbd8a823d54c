/**
 * How far it is and how fast: the rate of late, the bar, the line at the end.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { progressLine } from "../lib/cli/progress.ts";
import { comparisonOf, summaryOf } from "../lib/cli/summary.ts";
import { Meter } from "../lib/transfer/meter.ts";

const MIB = 2 ** 20;

Deno.test("Meter tells the rate of the last seconds, and when the rest is done", () => {
  const meter = new Meter(0);
  assertEquals([meter.rate(0), meter.secondsTo(100, 0)], [0, undefined]);
  for (let ms = 10; ms <= 10_000; ms += 10) meter.add(ms, ms);
  assertEquals(Math.round(meter.rate(10_000)), 1000);
  for (let ms = 10_010; ms <= 20_000; ms += 10) meter.add(ms, 10_000 + 3 * (ms - 10_000));
  assertEquals(Math.round(meter.rate(20_000)), 3000);
  assertEquals(Math.round(meter.secondsTo(70_000, 20_000) ?? 0), 10);
});

Deno.test("Meter goes down while nothing moves", () => {
  const meter = new Meter(0);
  for (let ms = 10; ms <= 1000; ms += 10) meter.add(ms, ms * MIB);
  assert(meter.rate(3000) < meter.rate(1000) / 2);
});

Deno.test("Meter counts from what was done before", () => {
  const meter = new Meter(0, 5000);
  meter.add(1000, 6000);
  assertEquals(meter.rate(1000), 1000);
});

Deno.test("Meter tells the mean rate since the beginning", () => {
  const meter = new Meter(1000, 500);
  assertEquals(meter.mean(1000), 0);
  for (let ms = 1010; ms <= 11_000; ms += 10) meter.add(ms, 500 + ms - 1000);
  for (let ms = 11_010; ms <= 21_000; ms += 10) meter.add(ms, 10_500 + 3 * (ms - 11_000));
  assertEquals(meter.mean(21_000), 2000);
});

Deno.test("progressLine() has percent, bar, bytes, rate and the time that is left", () => {
  const state = { label: "", done: 256 * MIB, total: 2 ** 30, rate: 64 * MIB, leftS: 12 };
  assertMatch(
    progressLine(state, 100),
    /^\s25% \[=+ +\] 256 MiB of 1 GiB\s+64 MiB\/s\s+0:12 left$/,
  );
  assertEquals(progressLine({ ...state, done: 2 ** 30 }, 100).includes("100% [====="), true);
  assertMatch(progressLine({ ...state, leftS: undefined }, 100), /--:-- left$/);
  assertMatch(progressLine({ ...state, total: undefined }, 100), /^256 MiB {2,}64 MiB\/s$/);
  assertMatch(progressLine({ ...state, label: "checking " }, 100), /^checking\s+25%/);
  assertMatch(progressLine({ ...state, done: 0, total: 0 }, 100), /^100%/);
});

Deno.test("progressLine() fits a terminal, however narrow", () => {
  const state = { label: "", done: 256 * MIB, total: 2 ** 30, rate: 64 * MIB, leftS: 12 };
  for (let columns = 0; columns < 120; columns++) {
    assert(progressLine(state, columns).length <= columns, `${columns}`);
  }
});

Deno.test("summaryOf() counts the rate of what was done now", () => {
  const { line, json } = summaryOf({
    source: "e0.0",
    destination: "out",
    bytes: 3 * MIB,
    resumedFrom: MIB,
    seconds: 2,
    sha256: "abc",
  });
  assertEquals(
    line,
    "e0.0 -> out: 3145728 bytes (3 MiB, 1 MiB of them before) in 2.0 s, 1 MiB/s, SHA-256 abc\n",
  );
  assertEquals(json.bytesPerSecond, MIB);
});

Deno.test("comparisonOf() tells the verdict, and nothing of a copy", () => {
  const compared = {
    disk: "e0.2",
    file: "out1",
    equal: true,
    bytes: 3 * MIB,
    firstDifference: undefined,
    differingSectors: 0,
    seconds: 2,
    sha256: "abc",
  };
  const { line, json } = comparisonOf(compared);
  assertEquals(
    line,
    "e0.2 and out1 are equal: 3145728 bytes (3 MiB) in 2.0 s, 1.5 MiB/s, SHA-256 abc\n",
  );
  assertEquals(json, { ...compared, firstDifference: null, bytesPerSecond: 1.5 * MIB });
  const other = comparisonOf({ ...compared, equal: false });
  assertEquals(other.line.startsWith("e0.2 and out1 differ: 3145728 bytes (3 MiB) compared"), true);
});
