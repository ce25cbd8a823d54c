/**
 * `deno task test`: runs all tests, or those that are asked for, side by side. `deno task e2e` is
 * the same for those in tests/e2e alone.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type Outcome, runFiles, say, testFiles } from "./side_by_side.ts";

const ROOT = new URL("../", import.meta.url).pathname;

const USAGE = `usage: deno task test [--ignore PATH,...] [FILE_OR_FOLDER...]

Runs the tests of these files, all below tests/ where none is named, with as many at once as the
environment variable DENO_JOBS says: twice the number of processors where it says nothing. --check
checks the types before.
`;
/** Exit status: the command line is wrong. */
const USAGE_STATUS = 2;

const SLOWEST_COUNT = 10;

/** Says what a person wants to know at the end. */
function sumUp(outcomes: readonly Outcome[], durationMs: number): void {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
  const slowest = outcomes.toSorted((one, other) => other.durationMs - one.durationMs)
    .slice(0, SLOWEST_COUNT)
    .map(({ job, durationMs }) => `  ${seconds(durationMs)} ${job.files[0]}`);
  say(`\nslowest, with those that shared a process:\n${slowest.join("\n")}\n`);
  for (const { job } of outcomes.filter(({ isGood }) => !isGood)) {
    say(`failed: deno test -A ${job.files.join(" ")}\n`);
  }
  const passedCount = outcomes.reduce((sum, outcome) => sum + outcome.passedCount, 0);
  const skippedCount = outcomes.reduce((sum, outcome) => sum + outcome.skippedCount, 0);
  const skipped = skippedCount > 0 ? `, ${skippedCount} were skipped` : "";
  say(`${passedCount} tests passed${skipped}, in ${seconds(durationMs)}\n`);
}

/** Runs the tests of `paths` but not of `ignored` ones; returns whether all passed. */
export async function runTests(
  paths: readonly string[],
  ignored: readonly string[] = [],
): Promise<boolean> {
  const startMs = performance.now();
  const left = new Set(ignored.flatMap(testFiles));
  const files = [...new Set(paths.flatMap(testFiles))].filter((file) => !left.has(file));
  if (files.length === 0) throw new Error(`There is no test in ${paths.join(", ")}`);
  const wanted = Number.parseInt(Deno.env.get("DENO_JOBS") ?? "");
  const limit = wanted > 0 ? wanted : 2 * navigator.hardwareConcurrency;
  const outcomes = await runFiles(files, limit);
  sumUp(outcomes, performance.now() - startMs);
  return outcomes.every(({ isGood }) => isGood);
}

/** Checks the types of all tests, which is much quicker than for each process by itself. */
async function hasGoodTypes(): Promise<boolean> {
  const args = ["check", "-q", "tests/"];
  return (await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status).success;
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(ROOT + path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function main(): Promise<number> {
  const wrong: string[] = [];
  const options = parseArgs(Deno.args, {
    string: ["_", "ignore"],
    boolean: ["check"],
    unknown: (word: string, name?: string) => {
      if (name !== undefined) wrong.push(word);
      return name === undefined;
    },
  });
  if (wrong.length > 0) {
    say(USAGE);
    return USAGE_STATUS;
  }
  const paths = options._.map(String);
  const ignored = `${options.ignore ?? ""}`.split(",").filter((path) => path !== "");
  const absent = [...paths, ...ignored].find((path) => !isThere(path));
  if (absent !== undefined) {
    say(`there is no ${absent}\n${USAGE}`);
    return USAGE_STATUS;
  }
  if (options.check && !await hasGoodTypes()) return 1;
  return await runTests(paths.length > 0 ? paths : ["tests"], ignored) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
