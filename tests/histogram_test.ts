/**
 * Latencies in buckets against the same latencies sorted, and how bars are drawn.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Histogram } from "../lib/histogram.ts";
import { BAR_WIDTH, plot } from "../lib/bench/plot.ts";
import { duration, grouped } from "../lib/bench/report.ts";
import { Random } from "./random.ts";

const SHARES = [0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1];
const COUNT = 20_000;

const KINDS: Readonly<Record<string, (share: number) => number>> = {
  "all alike": () => 123.4,
  "even from 0 to 50 µs": (share) => share * 50,
  "even from 0 to 1 s": (share) => share * 1e6,
  "exponential": (share) => -100 * Math.log(1 - share),
  "over nine powers of ten": (share) => 10 ** (share * 9 - 1),
  "two far apart": (share) => share < 0.7 ? 60 : 2e6,
};

const CASES = Object.entries(KINDS).flatMap(([kind, draw]) =>
  ([[7, 256], [4, 32], [3, 16]] as const).map(([bits, parts]) => ({ kind, draw, bits, parts }))
);
for (const { kind, draw, bits, parts } of CASES) {
  Deno.test(`Histogram tells percentiles of samples ${kind} within one part in ${parts}`, () => {
    const dice = new Random(7);
    const histogram = new Histogram(bits);
    const samples = Array.from({ length: COUNT }, () => {
      const sample = Math.min(draw(dice.next() / 2 ** 32), 1.3e8);
      histogram.add(sample);
      return sample;
    }).sort((one, other) => one - other);
    for (const share of SHARES) {
      const exact = samples[Math.max(1, Math.ceil(share * COUNT)) - 1] ?? 0;
      const told = histogram.percentile(share);
      assert(Math.abs(told - exact) <= exact / parts + 1 / 16, `${share}: ${told}, not ${exact}`);
    }
    assertEquals([histogram.count, histogram.min, histogram.max], [
      COUNT,
      samples[0],
      samples.at(-1),
    ]);
    const mean = samples.reduce((sum, sample) => sum + sample, 0) / COUNT;
    assert(Math.abs(histogram.mean - mean) < mean * 1e-9);
    const octaves = histogram.octaves();
    for (const { fromUs, toUs, count } of octaves.filter(({ fromUs }) => fromUs >= 8)) {
      const exact = samples.filter((sample) => sample >= fromUs && sample < toUs).length;
      // A bucket has samples of one octave only, once it is wider than a part of a microsecond.
      assertEquals(count, exact, `${fromUs} to ${toUs}`);
    }
    assertEquals(octaves.reduce((sum, { count }) => sum + count, 0), COUNT);
    assert(octaves.every(({ fromUs }, at) => at === 0 || fromUs === octaves[at - 1]?.toUs));
  });
}

Deno.test("Histogram tells nothing of no samples", () => {
  const histogram = new Histogram();
  const { count, min, max, mean } = histogram;
  assertEquals([count, min, max, mean, histogram.percentile(0.5)], [0, 0, 0, 0, 0]);
  assertEquals(histogram.octaves(), []);
});

Deno.test("Histogram takes what is too short and too long as its limits", () => {
  const histogram = new Histogram();
  for (const sample of [-1, 0, 1e12]) histogram.add(sample);
  assertEquals([histogram.count, histogram.min], [3, 0]);
  assert(histogram.max > 120e6 && histogram.percentile(1) > 120e6);
});

const BARS = [
  { label: "a", value: 0, text: "0" },
  { label: "bcd", value: 1, text: "1" },
  { label: "e", value: 400, text: "400" },
];

Deno.test("plot() draws bars of ASCII, the longest as wide as it may be", () => {
  assertEquals(plot(BARS, false).split("\n"), [
    "  a    0",
    "bcd    1  #",
    `  e  400  ${"#".repeat(BAR_WIDTH)}`,
    "",
  ]);
});

Deno.test("plot() draws finer bars of blocks", () => {
  assertEquals(plot(BARS, true).split("\n"), [
    "  a    0",
    "bcd    1  ▏",
    `  e  400  ${"█".repeat(BAR_WIDTH)}`,
    "",
  ]);
  assertEquals(
    plot([{ label: "", value: 1, text: "" }, { label: "", value: 80, text: "" }], true)
      .split("\n")[0],
    "    ▌",
  );
});

Deno.test("plot() draws nothing of nothing", () => {
  assertEquals(plot([], true), "");
  assertEquals(plot([{ label: "a", value: 0, text: "0" }], false), "a  0\n");
});

for (
  const [us, text] of [
    [0, "0 µs"],
    [0.5, "0.5 µs"],
    [99.96, "100 µs"],
    [999, "999 µs"],
    [1234, "1.23 ms"],
    [250_000, "250 ms"],
    [2e6, "2 s"],
  ] as const
) {
  Deno.test(`duration() shows ${us} as ${text}`, () => assertEquals(duration(us), text));
}

Deno.test("grouped() puts commas between thousands", () => {
  assertEquals([0, 999, 1000, 1234567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
});
