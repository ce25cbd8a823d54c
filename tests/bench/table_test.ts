/**
 * What is made of the benchmark's runs.
 *
 * @module
 */
import { assertEquals, fail } from "@std/assert";
import { collectionsIn } from "./collections.ts";
import { chooseSuites } from "./suites.ts";
import { counted, heading, isFaulty, linesOf, median, type Row } from "./table.ts";

const JUMBO = chooseSuites(["jumbo"])[0] ?? fail();

function rowOf(change: Partial<Row> = {}): Row {
  return {
    suite: "jumbo",
    load: "r-rand-16",
    engine: "vblade",
    round: 0,
    requestsPerSecond: 1000,
    megabytesPerSecond: 8.7,
    p50Us: 10,
    p99Us: 20,
    p999Us: 30,
    done: 500,
    retransmitted: 0,
    bad: 0,
    unanswered: 0,
    wrongSectors: 0,
    cpuSeconds: 0.001,
    collections: undefined,
    ...change,
  };
}

/** The cells of the table's lines for rows of "jumbo", by the names of the columns. */
function table(...rows: readonly Row[]): { title: string; cells: string[][]; rest: string[] } {
  const [title = "", ...lines] = linesOf({ ...JUMBO, loads: ["r-rand-16", "rv-seq-1"] }, rows);
  const ofTargets = lines.filter((line) => !line.startsWith(" "));
  const rest = lines.filter((line) => line.startsWith(" "));
  return { title, cells: ofTargets.map((line) => line.split(/ +/)), rest };
}

Deno.test("median is the middle, or the mean of the two in the middle", () => {
  assertEquals(median([7]), 7);
  assertEquals(median([30, 1, 2]), 2);
  assertEquals(median([30, 1, 2, 4]), 3);
  assertEquals(median([]), NaN);
});

Deno.test("the table has a line for each target of a load", () => {
  const collections = [{ count: 3, longestPauseMs: 0.5 }, { count: 5, longestPauseMs: 1.25 }];
  const { title, cells } = table(
    rowOf(),
    rowOf({ engine: "ring", requestsPerSecond: 1400, collections: collections[0] }),
    rowOf({ round: 1, requestsPerSecond: 3000, cpuSeconds: 0.002 }),
    rowOf({ round: 1, engine: "ring", requestsPerSecond: 1600, collections: collections[1] }),
  );
  assertEquals(title.startsWith("jumbo: "), true);
  assertEquals(title.endsWith("; -b 64, MTU 9000, 256 MiB"), true);
  const same = ["8.7", "10.0", "20.0", "30.0"];
  assertEquals(cells, [
    ["r-rand-16", "vblade", "2000", ...same, "3.00", "1.00", "0", "0", "-", "-", "-"],
    ["r-rand-16", "ring", "1500", ...same, "2.00", "0.75", "0", "0", "-", "8000.0", "1.25"],
  ]);
});

Deno.test("the columns stand below their names", () => {
  const line = linesOf({ ...JUMBO, loads: ["r-rand-16"] }, [rowOf()])[1] ?? "";
  const end = heading().indexOf("requests/s") + "requests/s".length;
  assertEquals(line.slice(0, end).endsWith(" 1000"), true);
});

Deno.test("a round in which requests to vblade were sent again counts for no target", () => {
  const rows = [
    rowOf({ retransmitted: 2 }),
    rowOf({ engine: "plain", requestsPerSecond: 9000, bad: 1 }),
    rowOf({ round: 1 }),
    rowOf({ round: 1, engine: "plain", retransmitted: 1 }),
  ];
  assertEquals(counted(rows), rows.slice(2));
  const { cells, rest } = table(...rows);
  // What went wrong is told of all rounds.
  assertEquals(cells.map((line) => [line[2], ...line.slice(8, 11)]), [
    ["1000", "1.00", "2", "0"],
    ["1000", "1.00", "1", "1"],
  ]);
  const why = "requests to vblade were sent again";
  assertEquals(rest, [`  1 of 2 rounds of r-rand-16 do not count: ${why}`]);
});

Deno.test("with no round that counts there are no figures", () => {
  const { cells, rest } = table(rowOf({ retransmitted: 1 }), rowOf({ engine: "ring" }));
  assertEquals(cells.map((line) => line.slice(2, 11)), [
    ["-", "-", "-", "-", "-", "-", "-", "1", "0"],
    ["-", "-", "-", "-", "-", "-", "-", "0", "0"],
  ]);
  assertEquals(rest.length, 1);
});

Deno.test("without vblade there is no ratio", () => {
  const { cells } = table(rowOf({ engine: "ring" }));
  assertEquals(cells[0]?.slice(8, 9), ["-"]);
});

Deno.test("sectors that are wrong are told where they are looked at", () => {
  const { cells } = table(
    rowOf({ load: "rv-seq-1", wrongSectors: 2 }),
    rowOf({ load: "rv-seq-1", wrongSectors: 3, round: 1 }),
  );
  assertEquals(cells[0]?.[11], "5");
});

Deno.test("a run is faulty with anything wrong in it, but not because of a lost frame", () => {
  assertEquals(isFaulty(rowOf({ retransmitted: 1 })), false);
  for (const fault of ["bad", "unanswered", "wrongSectors"]) {
    assertEquals(isFaulty(rowOf({ [fault]: 1 })), true, fault);
  }
});

Deno.test("garbage collections are found in what V8 tells", () => {
  const text = [
    "pid 32444: e0.0, 524288 sectors O_RDWR",
    "[32444:0x55898b376000]    12979 ms: Scavenge 15.6 (23.4) -> 9.1 (23.4) MB, pooled: 0.0 MB, " +
    "5.96 / 0.00 ms (average mu = 0.989, current mu = 0.989) allocation failure; ",
    "[32444:0x55898b376000]     1057 ms: Incremental Mark-Compact 9.5 (17.6) -> 8.7 (17.1) MB, " +
    "pooled: 0.0 MB, 3.30 / 0.00 ms (+ 8.7 ms in 61 steps since start of marking, biggest step " +
    "4.1 ms, walltime since start of marking 12 ms) (average mu = 0.989, current mu = 0.989) " +
    "finalize incremental marking via task; GC in old space requested",
    "",
  ];
  assertEquals(collectionsIn(text.join("\n")), { count: 2, longestPauseMs: 5.96 });
  assertEquals(collectionsIn(text[0] ?? ""), { count: 0, longestPauseMs: 0 });
});
