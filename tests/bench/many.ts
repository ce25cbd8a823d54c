/**
 * What many exports in one process cost: how soon all of them answer, what they take when nobody
 * asks, and what one more of them takes. docs/performance.md has figures.
 *
 * @module
 */
import { runCommand, TargetProcess } from "../e2e/target_process.ts";
import { ManyClient, ManyExports } from "../e2e/many.ts";
import { Wire } from "../e2e/namespace.ts";
import { cpuTicks, privateSize, TICKS_PER_SECOND } from "../e2e/usage.ts";

const COUNTS = [1, 1000];
const ROUNDS = 5;
const IDLE_MS = 10_000;
const SPANS = 3;

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

function timed(startMs: number): string {
  return `${(performance.now() - startMs).toFixed(0)} ms`;
}

function residentKib(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]);
}

/** What a process takes. */
interface Cost {
  readonly startMs: number;
  readonly residentKib: number;
  readonly privateKib: number;
  readonly descriptors: number;
}

async function start(
  wire: Wire,
  rig: ManyExports,
  client: ManyClient,
  count: number,
): Promise<{ readonly target: TargetProcess; readonly startMs: number }> {
  const startMs = performance.now();
  const words = rig.command("serve", "-c", rig.configPath);
  const target = await TargetProcess.startCommand(wire.target, words);
  const told = timed(startMs);
  await client.readAll(Array.from({ length: count }, (_, number) => number), 20_000);
  const cpuMs = cpuTicks(target.pid) * 1000 / TICKS_PER_SECOND;
  say(
    `${count} exports: started after ${told}, all read after ${timed(startMs)}, ${cpuMs} ms of CPU`,
  );
  return { target, startMs: performance.now() - startMs };
}

async function costOf(wire: Wire, count: number): Promise<Cost> {
  using rig = new ManyExports(count);
  using client = new ManyClient(wire);
  const times: number[] = [];
  for (let round = 1; round < ROUNDS; round++) {
    const { target, startMs } = await start(wire, rig, client, count);
    times.push(startMs);
    target.kill("SIGTERM");
    await target.ended();
  }
  const { target, startMs } = await start(wire, rig, client, count);
  await using _target = target;
  times.push(startMs);
  for (let span = 0; span < SPANS; span++) {
    await pause(2000);
    const before = cpuTicks(target.pid);
    await pause(IDLE_MS);
    say(`${count} exports: ${cpuTicks(target.pid) - before} ticks in 10 s idle`);
  }
  for (let round = 0; round < 3; round++) {
    const found = await client.discover(1000);
    say(`${count} exports: ${found.size} answer one broadcast query`);
  }
  const cost = {
    startMs: Math.min(...times),
    residentKib: residentKib(target.pid),
    privateKib: privateSize(target.pid) / 1024,
    descriptors: [...Deno.readDirSync(`/proc/${target.pid}/fd`)].length,
  };
  await reload(rig, client, count);
  return cost;
}

/** One more export, and then the same ones as before. */
async function reload(rig: ManyExports, client: ManyClient, count: number): Promise<void> {
  for (const next of [count + 1, count]) {
    rig.write(next);
    const startMs = performance.now();
    const words = rig.command("reload", "--control-socket", rig.socket);
    const { code, stdout, stderr } = await runCommand(words);
    if (code !== 0) throw new Error(stderr + stdout);
    say(`${count} exports: reloaded in ${timed(startMs)}: ${stdout.trim().split("\n").join("; ")}`);
    await client.readAll(Array.from({ length: next }, (_, number) => number), 20_000);
  }
}

await using wire = await Wire.open();
const costs: Cost[] = [];
for (const count of COUNTS) costs.push(await costOf(wire, count));
const [one, many] = costs;
if (one !== undefined && many !== undefined) {
  say(JSON.stringify({ one, many }));
  const more = (COUNTS[1] ?? 0) - (COUNTS[0] ?? 0);
  say(
    `one export more: ${((many.startMs - one.startMs) / more).toFixed(2)} ms, ` +
      `${((many.residentKib - one.residentKib) / more).toFixed(1)} KiB resident, ` +
      `${((many.privateKib - one.privateKib) / more).toFixed(1)} KiB private, ` +
      `${((many.descriptors - one.descriptors) / more).toFixed(2)} descriptors`,
  );
}
