/**
 * Compares the target with Debian's vblade, suite by suite, and prints one table. What it measures
 * and how to read it is in docs/performance.md.
 *
 * @module
 */
import { missing } from "../e2e/requires.ts";
import { LoadGenerator } from "./load.ts";
import { describeMachine, folderOnDisk } from "./machine.ts";
import { type BenchOptions, parseOptions, USAGE } from "./options.ts";
import { runSuite } from "./run.ts";
import { heading, isFaulty, linesOf, type Row } from "./table.ts";

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** Why it cannot run here; undefined where it can. */
function obstacle(): string | undefined {
  const reason = missing("ip", "taskset", "vblade", "gcc");
  if (reason !== undefined) return reason;
  return navigator.hardwareConcurrency < 2 ? "needs two CPUs" : undefined;
}

function readOptions(): BenchOptions {
  try {
    return parseOptions(Deno.args);
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    Deno.exit(2);
  }
}

/** Its images and namespaces must not stay behind: a signal ends it between two loads. */
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => stop.abort());
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

async function runAll(options: BenchOptions): Promise<readonly Row[]> {
  using generator = await LoadGenerator.build();
  const folder = options.imageFolder ?? await folderOnDisk();
  const tell = options.isJson ? () => {} : say;
  tell(await describeMachine(folder));
  tell(heading());
  const rows: Row[] = [];
  for (const suite of options.suites) {
    const more = await runSuite(suite, { options, generator, folder, signal: stop.signal });
    rows.push(...more);
    for (const line of linesOf(suite, more)) tell(line);
  }
  if (options.isJson) say(JSON.stringify(rows));
  return rows;
}

const options = readOptions();
if (options.imageFolder !== undefined && !isFolder(options.imageFolder)) {
  say(`--image-folder is "${options.imageFolder}", which is no folder`);
  Deno.exit(2);
}
if (options.isHelp) {
  say(USAGE);
  Deno.exit(0);
}
const reason = obstacle();
if (reason !== undefined) {
  say(`The benchmark ${reason}`);
  Deno.exit(1);
}
try {
  const rows = await runAll(options);
  // Who is fast and wrong has failed.
  Deno.exit(rows.some(isFaulty) ? 1 : 0);
} catch (error) {
  if (stop.signal.aborted) say("Stopped");
  else Deno.stderr.writeSync(new TextEncoder().encode(Deno.inspect(error) + "\n"));
  Deno.exit(1);
}
