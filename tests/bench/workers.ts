/**
 * What a second worker gains: two exports of one service, each with a load of its own, served by
 * one worker and by two, one after the other, in rounds. Nothing is bound to a processor: the loads
 * and the workers share all that there are. docs/performance.md has figures.
 *
 *     sudo deno run -A tests/bench/workers.ts [SECONDS [ROUNDS]]
 *
 * @module
 */
import { Image, pattern } from "../e2e/image.ts";
import { command, Wire } from "../e2e/namespace.ts";
import { permittedCommand, TargetProcess } from "../e2e/target_process.ts";
import { cpuTicks, TICKS_PER_SECOND } from "../e2e/usage.ts";
import { TemporaryFolder } from "../temporary.ts";
import { type Figures, LoadGenerator } from "./load.ts";
import { folderOnDisk } from "./machine.ts";
import { parseLoad } from "./suites.ts";

const IMAGE_SIZE = 64 * 2 ** 20;
const WORKERS = [1, 2];
const SLOTS = [0, 1];
const LOADS = ["r-rand-1", "r-rand-16", "r-rand-64", "w-rand-16", "w-rand-64"];
/** A load of each before the one that counts. */
const WARM_UP_SECONDS = 0.5;

/** One kind of exports. */
interface Kind {
  readonly name: string;
  readonly folder: string;
  readonly keys: readonly string[];
}

/** What one service did. */
interface Result {
  readonly requestsPerSecond: number;
  readonly cpuUs: number;
  readonly p99Us: number;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

function makeImage(folder: string): Image {
  const image = new Image(IMAGE_SIZE, folder);
  using file = Deno.openSync(image.path, { write: true });
  const chunk = pattern(2 ** 20, 1);
  for (let written = 0; written < IMAGE_SIZE;) written += file.writeSync(chunk);
  file.syncSync();
  return image;
}

/** The command line of a service of those images. */
function serviceCommand(
  { keys }: Kind,
  images: readonly Image[],
  workers: number,
  folder: string,
): readonly string[] {
  const lines = images.flatMap(({ path }, slot) => [
    ...["[[export]]", "shelf = 0", `slot = ${slot}`, `path = "${path}"`, 'interfaces = "eth0"'],
    ...keys,
  ]);
  const server = ["[server]", `control-socket = "${folder}/socket"`, `workers = ${workers}`];
  Deno.writeTextFileSync(`${folder}/service.toml`, [...server, ...lines].join("\n") + "\n");
  // Below /dev Deno lets nobody write who may not do all.
  return permittedCommand(["serve", "-c", `${folder}/service.toml`], [])
    .map((word) => word === "--allow-ffi" ? "--allow-all" : word);
}

/** Loads both exports at once. */
function loadBoth(
  generator: LoadGenerator,
  namespace: string,
  name: string,
  seconds: number,
): Promise<readonly Figures[]> {
  const scope = { namespace, sectors: 2, seconds, span: IMAGE_SIZE / 512, seed: 1, isFree: true };
  return Promise.all(SLOTS.map((slot) => generator.run(parseLoad(name), { ...scope, slot })));
}

/** Runs all loads against one service. */
async function runService(
  kind: Kind,
  workers: number,
  wire: Wire,
  generator: LoadGenerator,
  seconds: number,
): Promise<ReadonlyMap<string, Result>> {
  using folder = new TemporaryFolder("/dev/shm");
  using stack = new DisposableStack();
  const images = SLOTS.map(() => stack.use(makeImage(kind.folder)));
  const words = serviceCommand(kind, images, workers, folder.path);
  await using target = await TargetProcess.startCommand(wire.target, words);
  const results = new Map<string, Result>();
  for (const name of LOADS) {
    await loadBoth(generator, wire.initiator, name, WARM_UP_SECONDS);
    const before = cpuTicks(target.pid);
    const figures = await loadBoth(generator, wire.initiator, name, seconds);
    const cpuSeconds = (cpuTicks(target.pid) - before) / TICKS_PER_SECOND;
    const done = figures.reduce((sum, one) => sum + one.done, 0);
    const wrong = figures.filter(({ bad, unanswered, retransmitted }) =>
      bad + unanswered + retransmitted > 0
    );
    if (wrong.length > 0) say(`${kind.name} ${name}: ${JSON.stringify(wrong)}`);
    results.set(name, {
      requestsPerSecond: figures.reduce((sum, one) => sum + one.requestsPerSecond, 0),
      cpuUs: cpuSeconds * 1e6 / done,
      p99Us: Math.max(...figures.map(({ p99Us }) => p99Us)),
    });
  }
  return results;
}

const [seconds = 1, rounds = 3] = Deno.args.map(Number);
const kinds: readonly Kind[] = [
  { name: "memory", folder: "/dev/shm", keys: [] },
  { name: "disk, direct", folder: await folderOnDisk(), keys: ["direct = true"] },
  { name: "disk, sync", folder: await folderOnDisk(), keys: ["sync = true"] },
];
await using wire = await Wire.open();
using generator = await LoadGenerator.build();
say(await command("uname", "-r") + `${navigator.hardwareConcurrency} processors`);
for (const kind of kinds) {
  const found = new Map<string, Result[]>();
  for (let round = 0; round < rounds; round++) {
    for (const workers of WORKERS) {
      for (const [name, one] of await runService(kind, workers, wire, generator, seconds)) {
        const key = `${name} ${workers}`;
        found.set(key, [...found.get(key) ?? [], one]);
      }
    }
  }
  for (const name of LOADS) {
    const parts = WORKERS.map((workers) => {
      const all = found.get(`${name} ${workers}`) ?? [];
      const rate = median(all.map(({ requestsPerSecond }) => requestsPerSecond));
      const cpu = median(all.map(({ cpuUs }) => cpuUs));
      const p99 = median(all.map(({ p99Us }) => p99Us));
      return { rate, text: `${rate.toFixed(0)}/s ${cpu.toFixed(1)} us CPU, p99 ${p99} us` };
    });
    const [one, two] = parts;
    const ratio = ((two?.rate ?? 0) / (one?.rate ?? 1)).toFixed(2);
    say(`${kind.name} ${name}: ${parts.map(({ text }) => text).join(" | ")} | ${ratio}`);
  }
}
