/**
 * `dblade ping DISK`: round trips to a disk, measured honestly.
 *
 * @module
 */
import { describeErrno } from "../../../ffi/errno.ts";
import { PathPing, type PingOutcome } from "../../client/ping.ts";
import { type RoundTripFigures, roundTripFigures } from "../../client/round_trips.ts";
import { formatMac } from "../../wire/mac.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import { DEAF_MS_MAX, Interrupt } from "../interrupt.ts";
import { print } from "../output.ts";
import type { CommandValues } from "../values.ts";

const COUNT_MAX = 1_000_000_000;
const INTERVAL_MAX_S = 3600;
const WAIT_MAX_S = 60;

interface PingPlan {
  readonly count: number;
  readonly intervalMs: number;
  readonly waitMs: number;
  /** Told of what happened at once; undefined: nothing is. */
  readonly tell: ((line: string) => void) | undefined;
  /** Whether somebody reads it. */
  readonly isRead: () => boolean;
}

/** Asks until the count is reached, a signal comes or nobody reads it; prints the figures. */
export async function run(values: CommandValues): Promise<number> {
  const isQuiet = values.has("quiet") || values.has("json");
  let isRead = true;
  const plan: PingPlan = {
    count: values.integer("count", 1, COUNT_MAX) ?? Infinity,
    intervalMs: (values.seconds("interval", 0, INTERVAL_MAX_S) ?? 1) * 1000,
    waitMs: (values.seconds("wait", 0.001, WAIT_MAX_S) ?? 1) * 1000,
    tell: isQuiet ? undefined : (line) => isRead = print(`${line}\n`),
    isRead: () => isRead,
  };
  const question = values.has("ata") ? "ata" : "config";
  using disk = await openDisk(values);
  using stack = new DisposableStack();
  const pings = disk.paths.map((path) => stack.use(PathPing.open(path, question)));
  await askAll(disk.name, pings, plan);
  if (values.has("json")) print(JSON.stringify(toJson(disk, question, pings), undefined, 2) + "\n");
  else for (const ping of pings) print(summaryOf(disk.name, ping));
  return pings.some(({ timesMs }) => timesMs.length > 0) ? Exit.DONE : Exit.NO_ANSWER;
}

async function askAll(name: string, pings: readonly PathPing[], plan: PingPlan): Promise<void> {
  using interrupt = new Interrupt();
  let heardMs = performance.now();
  const goesOn = (): boolean => !interrupt.came && plan.isRead();
  for (let sequence = 1; sequence <= plan.count && goesOn(); sequence++) {
    const startMs = performance.now();
    for (const ping of pings) {
      if (goesOn()) await askOne(name, ping, sequence, plan, interrupt);
    }
    const restMs = startMs + plan.intervalMs - performance.now();
    const isDeaf = performance.now() - heardMs > DEAF_MS_MAX / 2;
    if (sequence < plan.count && (restMs > 0 || isDeaf)) {
      await interrupt.sleep(Math.max(0, restMs));
      heardMs = performance.now();
    }
  }
  for (const ping of pings) ping.look();
}

async function askOne(
  name: string,
  ping: PathPing,
  sequence: number,
  { waitMs, tell }: PingPlan,
  interrupt: Interrupt,
): Promise<void> {
  const where = `${formatMac(ping.path.device.mac)} (${name} on ${ping.path.interface})`;
  const endMs = performance.now() + waitMs;
  const errno = -ping.ask();
  if (errno > 0) {
    tell?.(`seq=${sequence} to ${where} could not be sent: ${describeErrno(errno)}`);
    return;
  }
  for (let restMs = waitMs; restMs > 0; restMs = endMs - performance.now()) {
    const outcome = ping.wait(Math.min(restMs, DEAF_MS_MAX));
    if (outcome !== undefined) {
      tell?.(answerLine(where, sequence, outcome));
      return;
    }
    await interrupt.sleep(0);
    if (interrupt.came) return ping.abandon();
  }
  tell?.(`no answer from ${where}: seq=${sequence} within ${waitMs / 1000} s`);
}

function answerLine(where: string, sequence: number, { size, timeMs, trouble }: PingOutcome) {
  const line = `${size} bytes from ${where}: seq=${sequence} time=${formatMs(timeMs)} ms`;
  return trouble === undefined ? line : `${line} (${trouble})`;
}

function summaryOf(name: string, ping: PathPing): string {
  const { path, sentCount, timesMs, duplicateCount, lateCount } = ping;
  const also = [
    ...(duplicateCount > 0 ? [`${duplicateCount} dup`] : []),
    ...(lateCount > 0 ? [`${lateCount} late`] : []),
  ];
  const counts = [
    `${sentCount} sent`,
    `${timesMs.length} received`,
    `${formatLoss(ping)}% loss`,
    ...also,
  ];
  const heading = `--- ${name} (${formatMac(path.device.mac)} on ${path.interface}) ---`;
  const figures = roundTripFigures(timesMs);
  const times = figures === undefined ? "" : `${figuresLine(figures)}\n`;
  return `${heading}\n${counts.join(", ")}\n${times}`;
}

function figuresLine({ minMs, avgMs, p50Ms, p99Ms, maxMs }: RoundTripFigures): string {
  const values = [minMs, avgMs, p50Ms, p99Ms, maxMs].map(formatMs).join("/");
  return `round trip min/avg/p50/p99/max = ${values} ms`;
}

function lossOf({ sentCount, timesMs }: PathPing): number {
  return sentCount === 0 ? 0 : (sentCount - timesMs.length) / sentCount * 100;
}

function formatLoss(ping: PathPing): string {
  const loss = lossOf(ping);
  return Number.isInteger(loss) ? `${loss}` : loss.toFixed(1);
}

function formatMs(timeMs: number): string {
  return timeMs.toFixed(3);
}

/** To the microsecond: what is behind it is not measured. */
function rounded(figures: RoundTripFigures | undefined): Record<keyof RoundTripFigures, unknown> {
  const round = (timeMs: number | undefined): number | null =>
    timeMs === undefined ? null : Number(formatMs(timeMs));
  return {
    minMs: round(figures?.minMs),
    avgMs: round(figures?.avgMs),
    p50Ms: round(figures?.p50Ms),
    p99Ms: round(figures?.p99Ms),
    maxMs: round(figures?.maxMs),
  };
}

function toJson(disk: OpenDisk, question: string, pings: readonly PathPing[]): unknown {
  return {
    disk: disk.name,
    question,
    paths: pings.map((ping) => ({
      interface: ping.path.interface,
      mac: formatMac(ping.path.device.mac),
      sent: ping.sentCount,
      received: ping.timesMs.length,
      lossPercent: lossOf(ping),
      duplicates: ping.duplicateCount,
      late: ping.lateCount,
      ...rounded(roundTripFigures(ping.timesMs)),
    })),
  };
}
