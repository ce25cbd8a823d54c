/**
 * Test files side by side, each in a process of its own, because most of them wait for the most
 * part. What takes a whole processor for long, such as an emulated machine, runs beside what waits,
 * and what needs a quick machine runs last and alone. Each file's output comes when it is done.
 *
 * @module
 */

const ROOT = new URL("../", import.meta.url).pathname;

/** Those that take longest: they begin first, each in a process of its own. */
export const LONG = [
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
export const ALONE = ["tests/e2e/at_once_test.ts", "tests/e2e/limits_test.ts"];
/** So many of the short ones share a process, whose start takes longer than most of them. */
const SHARING = 12;

/** What one process runs. */
export interface Job {
  readonly files: readonly string[];
  /** Whether it takes a whole processor for long. */
  readonly isBusy: boolean;
}

/** How it ended. */
export interface Outcome {
  readonly job: Job;
  readonly isGood: boolean;
  readonly passedCount: number;
  readonly skippedCount: number;
  readonly durationMs: number;
}

/** The test files that `path` is or has below it, as paths inside the project. */
export function testFiles(path: string): readonly string[] {
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
export function jobsOf(files: readonly string[]): readonly Job[] {
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

/** Writes to standard output. */
export function say(text: string | Uint8Array): void {
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
export async function runSideBySide(
  jobs: readonly Job[],
  limit: number,
): Promise<readonly Outcome[]> {
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

/** Runs the tests in the files, `limit` of them at once. */
export async function runFiles(
  files: readonly string[],
  limit: number,
): Promise<readonly Outcome[]> {
  return [
    ...await runSideBySide(jobsOf(files.filter((file) => !ALONE.includes(file))), limit),
    ...await runSideBySide(jobsOf(files.filter((file) => ALONE.includes(file))), 1),
  ];
}
