/**
 * What the benchmark's command line asks for.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { readText } from "../sources.ts";
import { DEFAULT_ENGINES, ENGINES, parseOptions, USAGE } from "./options.ts";
import { chooseSuites, parseLoad, sectorsPerFrame, SUITES } from "./suites.ts";
import { COLUMNS } from "./table.ts";

Deno.test("a load is an operation, an order and a window", () => {
  assertEquals(parseLoad("r-rand-16"), { name: "r-rand-16", op: "r", order: "rand", window: 16 });
  assertEquals(parseLoad("wv-seq-256"), {
    name: "wv-seq-256",
    op: "wv",
    order: "seq",
    window: 256,
  });
  for (
    const wrong of ["", "r", "r-rand", "x-rand-1", "r-any-1", "r-rand-0", "r-rand-257", "r-seq-1.5"]
  ) {
    assertThrows(() => parseLoad(wrong), Error, `"${wrong}" is no load`);
  }
});

Deno.test("suites differ in name, and have loads that can be run", () => {
  assertEquals(new Set(SUITES.map(({ name }) => name)).size, SUITES.length);
  for (const { loads, imageSize, mtu } of SUITES) {
    assertEquals(loads.map((load) => parseLoad(load).name), loads);
    assertEquals(new Set(loads).size, loads.length);
    assertEquals(imageSize % (512 * sectorsPerFrame(1500)), 0);
    assertEquals([1500, 9000].includes(mtu), true);
  }
});

Deno.test("suites are chosen by name, and keep their order", () => {
  assertEquals(chooseSuites(), SUITES);
  assertEquals(chooseSuites(["cold", "jumbo"]).map(({ name }) => name), ["jumbo", "cold"]);
  assertThrows(() => chooseSuites(["cold", "warm"]), Error, '"warm" is no suite: there are cached');
  assertThrows(() => chooseSuites(["cold"], ["r-16"]), Error, '"r-16" is no load');
  assertThrows(() => chooseSuites(["cold"], ["rv-seq-1"]), Error, '"rv-seq-1" verifies');
});

Deno.test("loads that are asked for replace those of a suite, but not what verifies", () => {
  const [cold, verify] = chooseSuites(["cold", "verify"], ["w-seq-3"]);
  assertEquals(cold?.loads, ["w-seq-3"]);
  assertEquals(verify?.loads, ["wv-seq-16", "rv-rand-64"]);
});

Deno.test("a frame carries as many sectors as fit", () => {
  assertEquals([1500, 9000, 1046, 1045].map(sectorsPerFrame), [2, 17, 2, 1]);
});

Deno.test("the benchmark's options have defaults", () => {
  assertEquals(parseOptions([]), {
    suites: SUITES,
    engines: DEFAULT_ENGINES,
    rounds: 3,
    seconds: 1,
    imageFolder: undefined,
    isJson: false,
    isHelp: false,
  });
});

Deno.test("the benchmark's options are read", () => {
  const words = ["--suites", "cold", "--loads", "r-seq-2,w-seq-2", "--engines", "plain,vblade"];
  const more = ["--rounds", "5", "--seconds", "0.5", "--image-folder", "/srv", "--json", "--help"];
  const options = parseOptions([...words, ...more]);
  assertEquals(options.suites.map(({ name, loads }) => [name, loads]), [
    ["cold", ["r-seq-2", "w-seq-2"]],
  ]);
  assertEquals(options.engines, ["plain", "vblade"]);
  assertEquals([options.rounds, options.seconds], [5, 0.5]);
  assertEquals([options.imageFolder, options.isJson, options.isHelp], ["/srv", true, true]);
});

Deno.test("the benchmark refuses what it does not know", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["--speed 1", 'What is "--speed"?'],
    ["fast", 'What is "fast"?'],
    ["--engines auto", '"auto" is no engine'],
    ["--rounds 0", "--rounds wants a number above 0, not 0"],
    ["--rounds 1.5", "--rounds wants a whole number"],
    ["--seconds soon", "--seconds wants a number above 0, not soon"],
    ["--loads", "--loads wants a value"],
  ];
  for (const [line, message] of cases) {
    assertThrows(() => parseOptions(line.split(" ")), Error, message);
  }
});

Deno.test("the benchmark's help names every suite and engine", () => {
  for (const name of [...SUITES.map(({ name }) => name), ...ENGINES]) {
    assertEquals(USAGE.includes(name), true, name);
  }
});

Deno.test("docs/performance.md explains every suite and column, and no other", () => {
  const text = readText("docs/performance.md").split("## Results")[0] ?? "";
  const cells = [...text.matchAll(/^\| (`.*?)\s*\|/gm)].map(([, cell = ""]) => cell);
  const told = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  // "p50", "p99" and "p999 us" share a row, and the unit.
  const columns = COLUMNS.slice(2).map(({ name }) => name.replace(/^(p50|p99) us$/, "$1"));
  assertEquals(told, [...SUITES.map(({ name }) => name), ...columns]);
});
