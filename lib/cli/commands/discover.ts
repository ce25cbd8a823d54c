/**
 * `dblade discover`: every target on the wire.
 *
 * @module
 */
import { type DiskPath, identifyPaths } from "../../client/disk_path.ts";
import { type DiskPaths, pathsByDisk } from "../../client/same_disk.ts";
import { TimeoutError } from "../../error.ts";
import { RefusedError } from "../../client/target_error.ts";
import { formatAddress } from "../../wire/address.ts";
import { formatMac } from "../../wire/mac.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { openLan } from "../disk.ts";
import { Exit } from "../exit.ts";
import { print, printError } from "../output.ts";
import { formatSize, paint, printable, table } from "../text.ts";
import type { CommandValues } from "../values.ts";

const WAIT_S = 0.3;
const WAIT_MAX_S = 60;
/** Not every target knows the command: who is silent that long has no reservation to tell of. */
const RESERVE_PATIENCE_MS = 500;
const HEADING = [
  "DISK",
  "INTERFACE",
  "MAC",
  "SIZE",
  "SECTORS",
  "BUFFERS",
  "FIRMWARE",
  "RESERVED",
  "MODEL",
  "SERIAL",
  "CONFIG",
];

interface Found extends DiskPath {
  /** MACs that it is reserved for; undefined where it does not tell. */
  readonly reserved: readonly number[] | undefined;
  /** Whether another disk answers for the same address. */
  readonly conflict: boolean;
}

/** Prints what is there; the status tells whether anything is, and whether two disks clash. */
export async function run(values: CommandValues): Promise<number> {
  const waitMs = (values.seconds("wait", 0.01, WAIT_MAX_S) ?? WAIT_S) * 1000;
  using lan = openLan(values, { patienceMs: Math.max(waitMs, RESERVE_PATIENCE_MS) });
  const paths = await identifyPaths(await lan.discover(waitMs));
  const clashing = clashesOf(await pathsByDisk(paths));
  const found = await Promise.all(paths.map(async (path): Promise<Found> => ({
    ...path,
    reserved: await reservationOf(path),
    conflict: clashing.has(nameOf(path)),
  })));
  if (values.has("json")) print(JSON.stringify(found.map(toJson), undefined, 2) + "\n");
  else if (found.length > 0) print(table([HEADING, ...found.map(toRow)]));
  if (found.length === 0) {
    printError(`No target answers on ${lan.names}\n`);
    return Exit.NO_ANSWER;
  }
  for (const name of clashing) {
    printError(
      paint("red", `${name} is served by different disks: give one of them another address`) + "\n",
    );
  }
  return clashing.size > 0 ? Exit.NO : Exit.DONE;
}

/** The addresses that more than one disk has. */
function clashesOf(disks: readonly DiskPaths[]): ReadonlySet<string> {
  const names = disks.flatMap((paths) => paths.slice(0, 1).map(nameOf));
  return new Set(names.filter((name, at) => names.indexOf(name) < at));
}

function nameOf({ device }: DiskPath): string {
  return formatAddress(device);
}

async function reservationOf(path: DiskPath): Promise<readonly number[] | undefined> {
  try {
    return await path.initiator.reserve(path.device);
  } catch (error) {
    if (error instanceof TimeoutError || error instanceof RefusedError) return undefined;
    throw error;
  }
}

function toRow(found: Found): readonly string[] {
  const { device, identification, reserved } = found;
  return [
    formatAddress(device) + (found.conflict ? " (!)" : ""),
    found.interface,
    formatMac(device.mac),
    identification === undefined ? "?" : formatSize(identification.sectors * SECTOR_SIZE),
    `${device.sectorCount}`,
    `${device.bufferCount}`,
    `0x${device.firmware.toString(16).padStart(4, "0")}`,
    reserved === undefined ? "?" : reserved.length > 0 ? "yes" : "no",
    printable(identification?.model ?? "?"),
    printable(identification?.serial ?? "?"),
    printable(device.config),
  ];
}

function toJson(found: Found): unknown {
  const { device, identification, reserved } = found;
  return {
    disk: formatAddress(device),
    shelf: device.shelf,
    slot: device.slot,
    interface: found.interface,
    mac: formatMac(device.mac),
    bytes: identification === undefined ? null : identification.sectors * SECTOR_SIZE,
    model: identification?.model ?? null,
    serial: identification?.serial ?? null,
    diskFirmware: identification?.firmware ?? null,
    firmware: device.firmware,
    buffers: device.bufferCount,
    sectors: device.sectorCount,
    config: printable(device.config),
    configHex: device.config.toHex(),
    reserved: reserved?.map(formatMac) ?? null,
    conflict: found.conflict,
    trouble: found.trouble?.message ?? null,
  };
}
