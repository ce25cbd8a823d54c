/**
 * How much memory a target takes, and how much CPU time when it is idle, held against limits and
 * printed; of the compiled program that DBLADE_PROGRAM names (executable_test.ts) also how large it
 * is and how soon it serves.
 *
 * A busy machine must not fail a build: what is timed runs before all other programs, the best of
 * several runs is held against the limit, and where that is above it, more runs are made.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { LoadGenerator } from "../bench/load.ts";
import { parseLoad, sectorsPerFrame } from "../bench/suites.ts";
import { statusOf } from "./bare_root.ts";
import { timeOfVersion, timesToServe } from "./first_answer.ts";
import { Image } from "./image.ts";
import { Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { TargetProcess } from "./target_process.ts";
import { cpuTicks, privateSize } from "./usage.ts";

const MIB = 2 ** 20;
const IMAGE_SIZE = 64 * MIB;
/** Reads, and as many writes: after so many memory has long stopped growing. */
const REQUESTS = 100_000;
/** A compiled program under test; undefined: the sources are. */
const program = Deno.env.get("DBLADE_PROGRAM");
/** CPU time of 10 s in which nobody asks. */
const IDLE_TICKS = program === undefined ? 2 : 1;

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** One figure: its values of several runs, and what the best of them may be. */
interface Row {
  readonly name: string;
  readonly unit: string;
  readonly limit: number;
  readonly values: readonly number[];
}

const isOver = ({ values, limit }: Row): boolean => Math.min(...values) > limit;

function table(rows: readonly Row[]): string {
  const line = (name: string, ...cells: readonly string[]): string =>
    name.padEnd(28) + cells.map((cell) => cell.padStart(9)).join("");
  return [
    line("", "best", "median", "limit", "unit", "runs"),
    ...rows.map(({ name, unit, limit, values }) => {
      const sorted = values.toSorted((one, other) => one - other);
      const figures = [sorted[0], sorted[values.length >> 1], limit];
      return line(
        name,
        ...figures.map((value) => value?.toFixed(1) ?? ""),
        unit,
        `${values.length}`,
      );
    }),
  ].join("\n");
}

/** Makes `least` runs, and more, up to four times as many, while a figure is above its limit. */
async function measure(least: number, run: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  let rows = await run();
  for (let count = 1; count < least || (count < 4 * least && rows.some(isOver)); count++) {
    const next = await run();
    rows = rows.map((row, index) => ({
      ...row,
      values: [...row.values, ...next[index]?.values ?? []],
    }));
  }
  return rows;
}

/** Puts e0.0 under a load for a second; returns how many requests were answered. */
async function run(generator: LoadGenerator, wire: Wire, name: string): Promise<number> {
  const sectors = sectorsPerFrame(1500);
  const scope = { namespace: wire.initiator, sectors, seconds: 1, span: IMAGE_SIZE / 512, seed: 0 };
  const { done, bad } = await generator.run(parseLoad(name), scope);
  assert(done > 1000, `only ${done} requests were served`);
  assertEquals(bad, 0);
  return done;
}

/** Resident memory after a second each of reads and writes at full speed, in bytes. */
async function residentAfterLoad(
  wire: Wire,
  image: Image,
  generator: LoadGenerator,
): Promise<number> {
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  for (const name of ["r-rand-16", "w-rand-16"]) await run(generator, wire, name);
  return Number.parseInt(statusOf(target.pid, "VmRSS")) * 1024;
}

const IDLE_LIMITS = "a target keeps to its limits of memory, and of CPU time when it is idle";
e2e(IDLE_LIMITS, ["taskset", "gcc"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  using otherImage = new Image(IMAGE_SIZE);
  using generator = await LoadGenerator.build();
  await using used = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  // With a second one the code is shared, whoever else runs; what is left is what each takes.
  await using fresh = await TargetProcess.start(wire.target, "0", "1", "eth0", otherImage.path);
  for (const name of ["r-rand-64", "w-rand-64"]) {
    for (let done = 0; done < REQUESTS;) done += await run(generator, wire, name);
  }
  const size = privateSize(used.pid) / MIB;
  await pause(1000); // what is left to do is done
  const rows: readonly Row[] = [
    { name: "private memory after load", unit: "MiB", limit: 64, values: [size] },
    ...await measure(1, async () => {
      const targets = [[used, "after load"], [fresh, "at first"]] as const;
      const before = targets.map(([{ pid }]) => cpuTicks(pid));
      await pause(10_000);
      return targets.map(([{ pid }, when], index) => {
        const ticks = cpuTicks(pid) - (before[index] ?? 0);
        return { name: `10 s idle ${when}`, unit: "ticks", limit: IDLE_TICKS, values: [ticks] };
      });
    }),
  ];
  Deno.stdout.writeSync(new TextEncoder().encode(`\n${table(rows)}\n`));
  assertEquals(rows.filter(isOver), []);
});

if (program !== undefined) {
  e2e(
    "the executable keeps to its limits of size, time and memory",
    ["chrt", "taskset", "gcc"],
    async () => {
      await using wire = await Wire.open();
      using image = new Image(IMAGE_SIZE);
      using generator = await LoadGenerator.build();
      const size = Deno.statSync(program).size / 1e6;
      const rows: readonly Row[] = [
        { name: "size", unit: "MB", limit: 100, values: [size] },
        ...await measure(10, async () => [
          { name: "--version", unit: "ms", limit: 60, values: [await timeOfVersion(program)] },
        ]),
        ...await measure(5, async () => {
          const { configMs, readMs } = await timesToServe(program, wire, image.path);
          return [
            { name: "first frame answered", unit: "ms", limit: 300, values: [configMs] },
            { name: "first READ answered", unit: "ms", limit: 300, values: [readMs] },
          ];
        }),
        ...await measure(3, async () => {
          const resident = await residentAfterLoad(wire, image, generator) / MIB;
          return [{ name: "resident after load", unit: "MiB", limit: 70, values: [resident] }];
        }),
      ];
      Deno.stdout.writeSync(new TextEncoder().encode(`\n${table(rows)}\n`));
      assertEquals(rows.filter(isOver), []);
    },
  );
}
