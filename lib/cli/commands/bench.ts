/**
 * `dblade bench`: load on a disk, and how it bears it.
 *
 * @module
 */
import { Load } from "../../bench/load.ts";
import type { PlacesOptions } from "../../bench/places.ts";
import { report, reportJson, type Setup } from "../../bench/report.ts";
import { nameDisk } from "../../client/disk_trouble.ts";
import { payload } from "../../client/disk_path.ts";
import { requireWritable } from "../../client/write_probe.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import { Interrupt } from "../interrupt.ts";
import { print, printError } from "../output.ts";
import { withPatience } from "../patience.ts";
import { identificationOf } from "../places.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

const WINDOW = 16;
const WINDOW_MAX = 1024;
const DURATION_S = 5;
const DURATION_MAX_S = 86_400;
/** A request has one byte for its number of sectors. */
const SECTORS_MAX = 255;
const LBA_MAX = 2 ** 48 - 1;
const SEED_MAX = 2 ** 32 - 1;

/** Runs the load that the command line describes. */
export async function run(values: CommandValues): Promise<number> {
  const writePercent = writePercentOf(values);
  const window = values.integer("window", 1, WINDOW_MAX) ?? WINDOW;
  const durationMs = (values.seconds("seconds", 0.1, DURATION_MAX_S) ?? DURATION_S) * 1000;
  const limits = {
    pattern: values.choice("pattern", ["random", "sequential"]) ?? "random",
    sectors: values.integer("sectors", 1, SECTORS_MAX),
    offset: values.sectors("offset", 0, LBA_MAX) ?? 0,
    length: values.sectors("length", 1, LBA_MAX),
    seed: values.integer("seed", 0, SEED_MAX) ?? Math.floor(Math.random() * (SEED_MAX + 1)),
    writePercent,
  };
  using disk = await openDisk(values, { windowMax: window });
  const identification = await identificationOf(disk);
  const places = fit(limits, disk);
  const { initiator, device } = disk.path;
  if (writePercent > 0) {
    await requireWritable(disk.name, (request) => initiator.ata(device, request), identification);
  }
  const taken = Math.min(
    window,
    ...disk.paths.map(({ device }) => Math.max(1, device.bufferCount)),
  );
  const ways = disk.paths.map(({ initiator, device }) => ({
    link: initiator.link,
    flow: initiator.flow(device),
    device,
  }));
  const load = new Load({ ...places, ways, window: taken, durationMs });
  const interfaces = disk.paths.map((path) => path.interface);
  return await measure(values, disk, load, {
    disk: disk.name,
    interfaces,
    window: taken,
    ...places,
  });
}

/** How many of a hundred requests write; none without `--destroy-data`. */
function writePercentOf(values: CommandValues): number {
  const percent = values.integer("mix", 1, 99) ?? (values.has("write") ? 100 : 0);
  if (percent > 0 && !values.has("destroy-data")) {
    const option = values.has("write") ? "--write" : "--mix";
    throw usage(
      `${option} overwrites what is on the disk, which cannot be undone: where nothing on it is ` +
        "needed, say so with --destroy-data",
    );
  }
  return percent;
}

/** Completes what the command line leaves open, and holds it against the disk. */
function fit(
  limits: Omit<PlacesOptions, "sectors" | "length"> & {
    readonly sectors: number | undefined;
    readonly length: number | undefined;
  },
  disk: OpenDisk,
): PlacesOptions {
  const { offset } = limits;
  const size = disk.identification.sectors;
  const carried = Math.min(...disk.paths.map(payload));
  const sectors = limits.sectors ?? Math.min(carried, size);
  if (sectors > carried) {
    throw usage(`--sectors is "${sectors}"; a frame to ${disk.name} carries ${carried}`);
  }
  if (offset >= size) {
    throw usage(`--offset is sector ${offset}, behind the end of ${disk.name} of ${size} sectors`);
  }
  const length = limits.length ?? size - offset;
  if (offset + length > size || length < sectors) {
    throw usage(
      `The region of ${length} sectors from sector ${offset} on must hold a request ` +
        `of ${sectors} and lie on ${disk.name}, which has ${size} (${size * SECTOR_SIZE} bytes)`,
    );
  }
  return { ...limits, sectors, length };
}

async function measure(
  values: CommandValues,
  disk: OpenDisk,
  load: Load,
  setup: Setup,
): Promise<number> {
  using interrupt = new Interrupt();
  interrupt.signal.addEventListener("abort", () => load.stop());
  const sentAgain = (): number =>
    disk.lan.stations.reduce((sum, { initiator }) => sum + initiator.link.retransmitCount, 0);
  const before = sentAgain();
  await load.run();
  const retransmitted = sentAgain() - before;
  await nameDisk({ ...disk.path, name: disk.name }, load.trouble);
  if (values.has("json")) {
    print(JSON.stringify(reportJson(setup, load, retransmitted), undefined, 2) + "\n");
  } else if (load.latencies.count > 0) {
    print(report(setup, load, retransmitted, Deno.stdout.isTerminal()));
  }
  if (load.trouble !== undefined) throw withPatience(load.trouble);
  if (interrupt.came) printError("Interrupted: these are the results so far\n");
  return interrupt.came ? Exit.INTERRUPTED : Exit.DONE;
}
