/**
 * Runs a suite: all targets serve the same image to the same loads, one after the other, in rounds,
 * so that drift of the machine cancels.
 *
 * @module
 */
import { Image, pattern } from "../e2e/image.ts";
import { command, Wire } from "../e2e/namespace.ts";
import type { LoadGenerator, Scope } from "./load.ts";
import type { BenchOptions, EngineName } from "./options.ts";
import { type Load, parseLoad, sectorsPerFrame, type Suite } from "./suites.ts";
import type { Row } from "./table.ts";
import { BenchTarget } from "./target.ts";

const CHUNK_SIZE = 2 ** 20;
/**
 * What each target does first, so that ours is compiled by then: what V8 has made fast of reads
 * alone it makes anew when the first writes come.
 */
const WARM_UPS = ["r-rand-16", "w-rand-16"].map(parseLoad);
const WARM_UP_SECONDS = 0.5;
const MEMORY_FOLDER = "/dev/shm";

/** An image whose blocks are all there and hold data. */
function makeImage(size: number, folder: string): Image {
  const image = new Image(size, folder);
  try {
    using file = Deno.openSync(image.path, { write: true });
    const chunk = pattern(CHUNK_SIZE, 1);
    for (let written = 0; written < size;) written += file.writeSync(chunk);
    file.syncSync();
    return image;
  } catch (error) {
    image[Symbol.dispose](); // it may have filled the disk
    throw error;
  }
}

async function emptyPageCache(): Promise<void> {
  await command("sync");
  Deno.writeTextFileSync("/proc/sys/vm/drop_caches", "3");
}

/** What stays the same while the benchmark runs. */
export interface Setup {
  readonly options: BenchOptions;
  readonly generator: LoadGenerator;
  /** Where images on a disk go. */
  readonly folder: string;
  /** Ends it before the next load. */
  readonly signal: AbortSignal;
}

/** What stays the same while a suite runs. */
interface Scene extends Setup {
  readonly suite: Suite;
  readonly wire: Wire;
  readonly image: string;
  readonly loads: readonly Load[];
}

/** Runs the loads of a suite against one target. */
async function runTarget(scene: Scene, engine: EngineName, round: number): Promise<Row[]> {
  const { suite, generator, wire, image, loads, signal } = scene;
  const scope: Scope = {
    namespace: wire.initiator,
    sectors: sectorsPerFrame(suite.mtu),
    seconds: scene.options.seconds,
    span: suite.imageSize / 512,
    // Else a target that lost its writes would be served by what the one before it has written.
    seed: Math.floor(Math.random() * 2 ** 32),
  };
  await using target = new BenchTarget(wire.target, engine, suite.flags, image);
  const rows: Row[] = [];
  try {
    await target.ready();
    for (const load of WARM_UPS) {
      await generator.run(load, { ...scope, seconds: WARM_UP_SECONDS });
    }
    for (const load of loads) {
      signal.throwIfAborted();
      if (suite.isCold) await emptyPageCache();
      const mark = target.mark();
      const figures = await generator.run(load, scope);
      const used = target.since(mark);
      rows.push({ ...figures, ...used, suite: suite.name, load: load.name, engine, round });
    }
    return rows;
  } catch (error) {
    throw new Error(`${engine} in ${suite.name}: ${target.complaints}`, { cause: error });
  }
}

/** Runs a suite with all targets. */
export async function runSuite(suite: Suite, setup: Setup): Promise<readonly Row[]> {
  const { options, folder } = setup;
  using image = makeImage(suite.imageSize, suite.medium === "memory" ? MEMORY_FOLDER : folder);
  await using wire = await Wire.open(suite.mtu);
  const loads = suite.loads.map(parseLoad);
  const scene: Scene = { ...setup, suite, wire, image: image.path, loads };
  const rows: Row[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const engine of options.engines) rows.push(...await runTarget(scene, engine, round));
  }
  return rows;
}
