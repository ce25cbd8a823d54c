/**
 * `dblade stat`: the disks on the wire, a line each, as aoe-stat of aoetools prints them.
 *
 * @module
 */
import { type DiskPath, identifyPaths, payload } from "../../client/disk_path.ts";
import { type DiskPaths, pathsByDisk } from "../../client/same_disk.ts";
import { formatAddress } from "../../wire/address.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { formatMac } from "../../wire/mac.ts";
import { openLan, timeoutMs } from "../disk.ts";
import { Exit } from "../exit.ts";
import { print, printError } from "../output.ts";
import { paint } from "../text.ts";
import type { CommandValues } from "../values.ts";

const WAIT_S = 0.3;
const WAIT_MAX_S = 60;
const TIMEOUT_MS = 2000;
const MISSING = "(NA)";
/** As aoe-stat's `%10s %15s %10s %-5s %-14s`. */
const WIDTHS = [10, 15, 10, -5, -14] as const;

/** One disk with all paths to it. */
export interface DiskRow {
  /** Its address. */
  readonly name: string;
  /** The paths, at least one. */
  readonly paths: readonly DiskPath[];
}

/** Prints what is there; the status tells whether anything is, and whether two disks clash. */
export async function run(values: CommandValues): Promise<number> {
  const waitMs = (values.seconds("wait", 0.01, WAIT_MAX_S) ?? WAIT_S) * 1000;
  using lan = openLan(values, { patienceMs: timeoutMs(values) ?? TIMEOUT_MS });
  const disks = (await pathsByDisk(await identifyPaths(await lan.discover(waitMs)))).map(toRow);
  if (values.has("json")) print(JSON.stringify(disks.map(toJson), undefined, 2) + "\n");
  else print(disks.map(statLine).join(""));
  if (disks.length === 0) {
    printError(`No target answers on ${lan.names}\n`);
    return Exit.NO_ANSWER;
  }
  const names = disks.map(({ name }) => name);
  const clashing = new Set(names.filter((name, at) => names.indexOf(name) < at));
  for (const name of clashing) {
    const warning = `${name} is served by different disks: give one of them another address`;
    printError(paint("red", warning) + "\n");
  }
  return clashing.size > 0 ? Exit.NO : Exit.DONE;
}

function toRow(paths: DiskPaths): DiskRow {
  const [path] = paths;
  return { name: path === undefined ? MISSING : formatAddress(path.device), paths };
}

/** The line of one disk. */
export function statLine(disk: DiskRow): string {
  const bytes = sizeOf(disk);
  const cells = [
    disk.name,
    bytes === undefined ? MISSING : formatGigabytes(bytes),
    interfacesOf(disk).join(","),
    `${frameBytes(disk)}`,
    stateOf(disk),
  ];
  return cells.map((cell, at) => pad(cell, WIDTHS[at] ?? 0)).join(" ") + "\n";
}

/** Billions of bytes, cut after three decimals: `0.104GB`. */
function formatGigabytes(bytes: number): string {
  const millions = `${Math.floor(bytes / 1_000_000)}`.padStart(4, "0");
  return `${millions.slice(0, -3)}.${millions.slice(-3)}GB`;
}

function pad(cell: string, width: number): string {
  return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
}

function sizeOf({ paths }: DiskRow): number | undefined {
  const sectors = paths.find(({ identification }) => identification)?.identification?.sectors;
  return sectors === undefined ? undefined : sectors * SECTOR_SIZE;
}

function interfacesOf({ paths }: DiskRow): readonly string[] {
  return [...new Set(paths.map((path) => path.interface))];
}

/** What a frame carries by any of the paths. */
function frameBytes({ paths }: DiskRow): number {
  return Math.min(...paths.map(payload)) * SECTOR_SIZE;
}

function stateOf({ paths }: DiskRow): string {
  return paths.some(({ identification }) => identification !== undefined) ? "up" : "down";
}

function toJson(disk: DiskRow): unknown {
  return {
    disk: disk.name,
    bytes: sizeOf(disk) ?? null,
    interfaces: interfacesOf(disk),
    payload: frameBytes(disk),
    state: stateOf(disk),
    paths: disk.paths.map((path) => ({
      interface: path.interface,
      mac: formatMac(path.device.mac),
      payload: payload(path) * SECTOR_SIZE,
      trouble: path.trouble?.message ?? null,
    })),
  };
}
