/**
 * Compares the target with Debian's vblade: both serve the same image to the same load generator,
 * one after the other, in rounds, so that drift of the machine cancels. Prints the medians.
 *
 * usage: deno task bench [--rounds 3] [--seconds 1] [--mtu 1500] [--flags "-s"]
 *                        [--loads r-rand-16,...]
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { Image } from "../e2e/image.ts";
import { command, Wire } from "../e2e/namespace.ts";
import { missing } from "../e2e/requires.ts";
import { programCommand } from "../e2e/target_process.ts";

const IMAGE_SIZE = 256 * 2 ** 20;
const BUFFERS = ["-b", "64"];
const LOADS = "r-rand-1,r-rand-16,r-rand-64,r-seq-64,w-rand-16,w-seq-64";
const CLOCK_TICKS_PER_SECOND = 100; // USER_HZ of Linux

interface Row {
  readonly requestsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly done: number;
  readonly retransmitted: number;
  readonly bad: number;
  readonly cpuUs: number;
}

const options = parseArgs(Deno.args, {
  string: ["rounds", "seconds", "mtu", "flags", "loads", "image-folder"],
});
const option = (name: string, fallback: string): string => String(options[name] ?? fallback);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** CPU seconds that a process has used: fields 14 and 15 of /proc/PID/stat. */
function cpuSeconds(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

async function measure(wire: Wire, pid: number, load: string): Promise<Row> {
  const [op = "r", order = "rand", windowSize = "16"] = load.split("-");
  const script = new URL("load.ts", import.meta.url).pathname;
  const pinned = ["ip", "netns", "exec", wire.initiator, "taskset", "-c", "1"];
  const span = String(IMAGE_SIZE / 512);
  const before = cpuSeconds(pid);
  const text = await command(
    ...[...pinned, Deno.execPath(), "run", "--allow-ffi", script, "eth0", "0", "0"],
    ...[op, order, windowSize, option("seconds", "1"), span],
  );
  const row = JSON.parse(text);
  return { ...row, cpuUs: (cpuSeconds(pid) - before) * 1e6 / Math.max(1, row.done) };
}

async function measureTarget(
  wire: Wire,
  words: readonly string[],
  loads: readonly string[],
  add: (load: string, row: Row) => void,
): Promise<void> {
  const args = ["netns", "exec", wire.target, "taskset", "-c", "0", ...words];
  const process = new Deno.Command("ip", { args, stdout: "null", stderr: "null" }).spawn();
  try {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await measure(wire, process.pid, "r-rand-16"); // warms it up
    for (const load of loads) add(load, await measure(wire, process.pid, load));
  } finally {
    process.kill("SIGTERM");
    await process.status;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function printTable(rows: Map<string, Row[]>, loads: readonly string[]): void {
  say("load       target    requests/s     MB/s  p50 us  p99 us  CPU us  ratio  retransmitted bad");
  for (const load of loads) {
    let first = 0;
    for (const name of ["vblade", "dblade"]) {
      const all = rows.get(`${load} ${name}`) ?? [];
      const of = (pick: (row: Row) => number): number => median(all.map(pick));
      const rate = of((row) => row.requestsPerSecond);
      if (first === 0) first = rate;
      const cells = [
        load.padEnd(10),
        name.padEnd(8),
        rate.toFixed(0).padStart(11),
        of((row) => row.megabytesPerSecond).toFixed(1).padStart(8),
        of((row) => row.p50Us).toFixed(0).padStart(7),
        of((row) => row.p99Us).toFixed(0).padStart(7),
        of((row) => row.cpuUs).toFixed(2).padStart(7),
        (rate / first).toFixed(2).padStart(6),
        String(all.reduce((sum, row) => sum + row.retransmitted, 0)).padStart(14),
        String(all.reduce((sum, row) => sum + row.bad, 0)).padStart(3),
      ];
      say(cells.join(" "));
    }
  }
}

const reason = missing("ip", "vblade", "taskset");
if (reason !== undefined) {
  say(`The benchmark ${reason}`);
  Deno.exit(1);
}
await using wire = await Wire.open(Number(option("mtu", "1500")));
using image = new Image(IMAGE_SIZE, option("image-folder", "/dev/shm"));
await Deno.writeFile(image.path, new Uint8Array(IMAGE_SIZE)); // real blocks, no holes
const flags = [...BUFFERS, ...option("flags", "").split(" ").filter((word) => word !== "")];
const place = ["0", "0", "eth0", image.path];
const loads = option("loads", LOADS).split(",");
const rows = new Map<string, Row[]>();
for (let round = 0; round < Number(option("rounds", "3")); round++) {
  const targets = [
    ["vblade", ["vblade", ...flags, ...place]],
    ["dblade", programCommand([...flags, ...place])],
  ] as const;
  for (const [name, words] of targets) {
    await measureTarget(wire, words, loads, (load, row) => {
      const key = `${load} ${name}`;
      rows.set(key, [...(rows.get(key) ?? []), row]);
    });
  }
}
printTable(rows, loads);
