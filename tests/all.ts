/**
 * `deno task test`: runs test files side by side, each in a process of its own, because most of
 * them wait for the most part. `deno task e2e` is the same for those in tests/e2e alone.
 *
 * What takes a whole processor, such as an emulated machine, runs beside what waits, and what is
 * held against limits of time runs last and alone. Each file's output comes when the file is done.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";

const ROOT = new URL("../", import.meta.url).pathname;

const USAGE = `usage: deno task test [--ignore PATH,...] [FILE_OR_FOLDER...]

Runs the tests of these files, all below tests/ where none is named, with as many at once as the
environment variable DENO_JOBS says: twice the number of processors where it says nothing. --check
checks the types before.
`;
/** Exit status: the command line is wrong. */
const USAGE_STATUS = 2;

/** Those that take longest: they begin first, each in a process of its own. */
const LONG = [
  "tests/leak_test.ts",
  "tests/e2e/linux_driver_test.ts",
  "tests/e2e/tools/nbd_trouble_test.ts",
  "tests/e2e/linux_paths_test.ts",
  "tests/e2e/linux_multipath_test.ts",
  "tests/e2e/linux_guide_test.ts",
  "tests/e2e/tools/sancheck_test.ts",
  "tests/e2e/tools/transfer_resume_test.ts",
  "tests/e2e/tools/nbd_clients_test.ts",
  "tests/sim/sim_test.ts",
];
/** Those for which the machine must be quick. */
const ALONE = ["tests/e2e/at_once_test.ts", "tests/e2e/limits_test.ts"];
/** So many of the short ones share a process, whose start takes longer than most of them. */
const SHARING = 12;
const SLOWEST_COUNT = 10;

/** What one process runs. */
interface Job {
  readonly files: readonly string[];
  /** Whether it takes a whole processor for long. */
  readonly isBusy: boolean;
}

/** How one ended. */
interface Outcome {
  readonly job: Job;
  readonly isGood: boolean;
  readonly passedCount: number;
  readonly skippedCount: number;
  readonly durationMs: number;
}

/** The test files that `path` is or has below it, as paths inside the project. */
function testFiles(path: string): readonly string[] {
  const plain = path.replace(/^\.\//, "").replace(/\/$/, "");
  if (Deno.statSync(ROOT + plain).isFile) return [plain];
  return [...Deno.readDirSync(ROOT + plain)].flatMap(({ name, isDirectory }) => {
    const inner = `${plain}/${name}`;
    if (isDirectory) return testFiles(inner);
    return name.endsWith("_test.ts") ? [inner] : [];
  }).toSorted();
}

function isEndToEnd(file: string): boolean {
  return file.startsWith("tests/e2e/");
}

/** An emulated machine computes all the time. */
function startsMachine(file: string): boolean {
  return isEndToEnd(file) && Deno.readTextFileSync(ROOT + file).includes("/guest/");
}

/** Those that run side by side, in the order in which they begin. */
function jobsOf(files: readonly string[]): readonly Job[] {
  const rank = (file: string): number => LONG.indexOf(file) < 0 ? 1e9 : LONG.indexOf(file);
  const single = files.filter((file) => isEndToEnd(file) || LONG.includes(file))
    .toSorted((one, other) => rank(one) - rank(other));
  const short = files.filter((file) => !single.includes(file));
  const shared = Array.from(
    { length: Math.ceil(short.length / SHARING) },
    (_, index) => short.slice(index * SHARING, (index + 1) * SHARING),
  );
  return [
    ...single.map((file) => ({ files: [file], isBusy: startsMachine(file) })),
    ...shared.map((files) => ({ files, isBusy: false })),
  ];
}

function say(text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function run(job: Job): Promise<Outcome> {
  const startMs = performance.now();
  // Types are checked for all at once. Both streams go into one, in the order of what was written.
  const words = [Deno.execPath(), "test", "-A", "--no-check", ...job.files];
  const { success, stdout } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$@" 2>&1', "sh", ...words],
    cwd: ROOT,
    // Deno colours what goes into a pipe, too.
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).output();
  say(stdout);
  const [sum = ""] = /^(?:ok|FAILED) \|.*/m.exec(new TextDecoder().decode(stdout)) ?? [];
  const count = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(sum)?.[1] ?? 0);
  return {
    job,
    isGood: success,
    passedCount: count("passed"),
    skippedCount: count("ignored"),
    durationMs: performance.now() - startMs,
  };
}

/** Runs all, `limit` at once; of busy ones one less than there are processors, but one at least. */
async function runSideBySide(jobs: readonly Job[], limit: number): Promise<readonly Outcome[]> {
  const waiting = [...jobs];
  const outcomes: Outcome[] = [];
  const busyLimit = Math.max(1, navigator.hardwareConcurrency - 1);
  let busyCount = 0;
  const next = (): Job | undefined => {
    const index = waiting.findIndex(({ isBusy }) => !isBusy || busyCount < busyLimit);
    return index < 0 ? undefined : waiting.splice(index, 1)[0];
  };
  const running = new Set<Promise<void>>();
  for (;;) {
    for (let job; running.size < limit && (job = next()) !== undefined;) {
      const { isBusy } = job;
      if (isBusy) busyCount++;
      const ended = run(job).then((outcome) => {
        outcomes.push(outcome);
        if (isBusy) busyCount--;
        running.delete(ended);
      });
      running.add(ended);
    }
    if (running.size === 0) return outcomes;
    await Promise.race(running);
  }
}

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
  const outcomes = [
    ...await runSideBySide(jobsOf(files.filter((file) => !ALONE.includes(file))), limit),
    ...await runSideBySide(jobsOf(files.filter((file) => ALONE.includes(file))), 1),
  ];
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
