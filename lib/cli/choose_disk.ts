/**
 * The one disk behind an address: two would be mixed up.
 *
 * @module
 */
import type { DiskPath } from "../client/disk_path.ts";
import { type DiskPaths, pathsByDisk } from "../client/same_disk.ts";
import { ClashError } from "../client/target_error.ts";
import { TimeoutError } from "../error.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { formatMac, parseMac } from "../wire/mac.ts";
import { formatSize, printable } from "./text.ts";
import { usage } from "./usage.ts";

/** The paths to one disk: the only one, or the one that `--mac` names as `text`. */
export async function chooseDisk(
  paths: readonly DiskPath[],
  name: string,
  text: string | undefined,
): Promise<readonly DiskPath[]> {
  if (text !== undefined) return chooseMac(paths, name, text);
  const disks = await pathsByDisk(paths);
  if (disks.length < 2) return paths;
  const told = disks.map(describe);
  const alike = new Set(told).size < told.length
    ? " (they describe themselves alike, but differ in what they hold)"
    : "";
  const list = disks.map((disk, at) => `${told[at]} (${placesOf(disk)})`).join(" and ");
  throw new ClashError(
    `${name} is served by different disks: ${list}${alike}; choose one with --mac, and give the ` +
      "other one another address before data is lost",
  );
}

function chooseMac(paths: readonly DiskPath[], name: string, text: string): readonly DiskPath[] {
  const mac = parseMac(text);
  if (mac === undefined) {
    throw usage(`--mac is "${text}"; a MAC address looks like 02:00:5e:10:00:ff`);
  }
  const chosen = paths.filter(({ device }) => device.mac === mac);
  if (chosen.length > 0) return chosen;
  throw new TimeoutError(`${name} does not answer from ${text}, but from ${placesOf(paths)}`);
}

function describe(paths: DiskPaths): string {
  const known = paths.find(({ identification }) => identification !== undefined)?.identification;
  if (known === undefined) return "one that does not describe itself";
  const size = formatSize(known.sectors * SECTOR_SIZE);
  return `"${printable(known.model)}" ${size}, serial ${printable(known.serial)}`;
}

function placesOf(paths: DiskPaths): string {
  return paths.map(({ device, interface: on }) => `${formatMac(device.mac)} on ${on}`).join(", ");
}
