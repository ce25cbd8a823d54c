/**
 * Which of the paths to one address lead to one disk. Targets on hosts of the same name may
 * describe two disks alike, so that what these hold is compared too.
 *
 * @module
 */
import { areEqual } from "./config_change.ts";
import { areDifferent, type DiskPath } from "./disk_path.ts";

/** The paths to one disk, at least one. */
export type DiskPaths = readonly DiskPath[];

/** A sector; undefined where it could not be read. */
type Sector = Uint8Array | undefined;
/** A sector as it was at first and a little later. */
type Look = readonly [Sector, Sector];

/** How long two disks that describe themselves alike are looked at. */
const LOOK_MS = 1000;
/**
 * Sectors where two disks differ, if they do: partition table with the identity of the disk, label
 * of LVM, superblocks of file systems on the disk or on its first partition.
 */
const TELLING_LBAS = [0, 1, 2, 3, 8, 64, 128, 2048, 2049, 2050] as const;
/** How many more are spread evenly over the disk up to its last sector. */
const SPREAD_COUNT = 4;

/** The paths by address and disk; in doubt they lead to one. */
export async function pathsByDisk(
  paths: readonly DiskPath[],
  lookMs: number = LOOK_MS,
): Promise<readonly DiskPaths[]> {
  const groups = groupPaths(paths);
  return (await Promise.all(groups.map((group) => splitByContent(group, lookMs)))).flat();
}

/** Puts the paths of one address together whose disks describe themselves alike. */
export function groupPaths(paths: readonly DiskPath[]): readonly DiskPaths[] {
  return cluster(
    paths,
    ({ device: one, identification }, { device: other, identification: another }) =>
      one.shelf !== other.shelf || one.slot !== other.slot ||
      areDifferent(identification, another),
  );
}

/** Puts together what may be the same: a thing comes to the first group where none is different. */
function cluster<T>(
  things: readonly T[],
  areDifferent: (one: T, other: T) => boolean,
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  for (const thing of things) {
    const known = groups.find((group) => !group.some((other) => areDifferent(thing, other)));
    if (known === undefined) groups.push([thing]);
    else known.push(thing);
  }
  return groups;
}

/** One MAC belongs to one target, so one path is looked at for each. */
async function splitByContent(paths: DiskPaths, lookMs: number): Promise<readonly DiskPaths[]> {
  const byMac = new Map<number, DiskPath>();
  for (const path of paths) {
    const known = byMac.get(path.device.mac);
    if (known?.identification === undefined) byMac.set(path.device.mac, path);
  }
  const readable = [...byMac.values()].filter((path) => path.identification !== undefined);
  if (readable.length < 2) return [paths];
  const looks = await within(lookMs, lookTwice(readable));
  const disks = cluster(readable, (one, other) => {
    const [look, another] = [looks?.get(one), looks?.get(other)];
    return areTargetsDifferent(one, other) ||
      look !== undefined && another !== undefined && haveDifferent(look, another);
  });
  const groups = disks.map((some) => new Set(some.map(({ device }) => device.mac)));
  // What cannot be looked at is taken for the first one's.
  const groupOf = ({ device: { mac } }: DiskPath): number =>
    Math.max(0, groups.findIndex((macs) => macs.has(mac)));
  return groups.map((_, at) => paths.filter((path) => groupOf(path) === at));
}

/**
 * Whether the targets say different things that one target says the same everywhere. An empty
 * string is no difference: each vblade of one disk has its own string, which may be set at one.
 */
function areTargetsDifferent({ device: one }: DiskPath, { device: other }: DiskPath): boolean {
  if (one.firmware !== other.firmware) return true;
  const areSet = one.config.length > 0 && other.config.length > 0;
  return areSet && !areEqual(one.config, other.config);
}

/**
 * Whether a sector differs that was the same twice on either side: the second look at one began
 * after the first one at the other had ended, so a write to one disk in between shows.
 */
function haveDifferent(one: readonly Look[], other: readonly Look[]): boolean {
  return one.some(([first, second], at) => {
    const [otherFirst, otherSecond] = other[at] ?? [];
    if (first === undefined || otherFirst === undefined) return false;
    return areSame(first, second) && areSame(otherFirst, otherSecond) &&
      !areEqual(first, otherFirst);
  });
}

/** Reads telling sectors by all paths at a time, and once more where they are not the same. */
async function lookTwice(paths: DiskPaths): Promise<Map<DiskPath, readonly Look[]>> {
  const lbas = lbasOf(Math.min(...paths.map(({ identification }) => identification?.sectors ?? 0)));
  const look = () => Promise.all(paths.map((path) => Promise.all(lbas.map(readerOf(path)))));
  const first = await look();
  const [model] = first;
  const isOne = first.every((sectors) =>
    sectors.every((sector, at) => areSame(sector, model?.[at]))
  );
  const second = isOne ? first : await look();
  return new Map(paths.map((path, index): [DiskPath, readonly Look[]] => [
    path,
    lbas.map((_, at) => [first[index]?.[at], second[index]?.[at]]),
  ]));
}

function areSame(one: Sector, other: Sector): boolean {
  return one !== undefined && other !== undefined && areEqual(one, other);
}

/** A sector cannot be read for many reasons, none of which tells disks apart. */
function readerOf({ initiator, device }: DiskPath): (lba: number) => Promise<Sector> {
  return (lba) => initiator.read(device, lba, 1).catch(() => undefined);
}

/** The sectors that are looked at on a disk of that size. */
function lbasOf(sectors: number): readonly number[] {
  const spread = Array.from(
    { length: SPREAD_COUNT },
    (_, index) => Math.floor(sectors * (index + 1) / SPREAD_COUNT) - 1,
  );
  const inside = [...TELLING_LBAS, ...spread].filter((lba) => lba >= 0 && lba < sectors);
  return [...new Set(inside)];
}

/** What comes of it within that time; undefined where nothing does. */
async function within<T>(durationMs: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), durationMs);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
