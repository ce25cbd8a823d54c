/**
 * `dblade sancheck`: which frames pass on every path.
 *
 * @module
 */
import { type DiskPath, identifyPaths } from "../../client/disk_path.ts";
import { pathsByDisk } from "../../client/same_disk.ts";
import { Lan, type Path } from "../../client/lan.ts";
import { clashFault, type Finding, findingsOf } from "../../sancheck/findings.ts";
import { checkPath, type PathCheck } from "../../sancheck/path_check.ts";
import type { DirectionResult } from "../../sancheck/prober.ts";
import { Station } from "../../sancheck/station.ts";
import { inWindow } from "../../sancheck/window.ts";
import { formatAddress } from "../../wire/address.ts";
import { formatMac } from "../../wire/mac.ts";
import { tryAddress } from "../address.ts";
import { hintOf, interfacesOf } from "../disk.ts";
import { Exit } from "../exit.ts";
import { print, printError } from "../output.ts";
import { paint, table } from "../text.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** Asked several times, because one answer may be lost; together 0.6 s. */
const ROUNDS = 3;
const ROUND_MS = 200;
/** Paths tried at a time. */
const WINDOW = 4;
const HEADING = ["DISK", "INTERFACE", "MAC", "MTU", "SECTORS", "TO TARGET", "TO CLIENT", "VERDICT"];

interface Checked extends DiskPath {
  readonly check: PathCheck;
  readonly findings: readonly Finding[];
}

/** Tries the paths that the command line asks for, or all. */
export async function run(values: CommandValues): Promise<number> {
  const { disks, interfaces } = operandsOf(values);
  using lan = Lan.open(interfaces);
  const all = await discover(lan);
  const paths = all.filter(({ device }) => disks.length === 0 || disks.includes(nameOf(device)));
  const absent = disks.filter((disk) => !paths.some(({ device }) => nameOf(device) === disk));
  const checked = await checkAll(await identifyPaths(paths));
  if (values.has("json")) print(JSON.stringify(checked.map(toJson), undefined, 2) + "\n");
  else if (checked.length > 0) print(report(checked));
  const present = [...new Set(all.map(({ device }) => nameOf(device)))];
  for (const disk of absent) {
    printError(`No target answers for ${disk} on ${lan.names}${hintOf(disk, present)}\n`);
  }
  if (all.length === 0 && disks.length === 0) printError(`No target answers on ${lan.names}\n`);
  if (checked.some(isFaulty)) return Exit.NO;
  return absent.length > 0 || paths.length === 0 ? Exit.NO_ANSWER : Exit.DONE;
}

function operandsOf(
  values: CommandValues,
): { disks: readonly string[]; interfaces: readonly string[] | undefined } {
  const disks = new Set<string>();
  const names = new Set<string>();
  for (const operand of values.operandsOf("DISK|IFACE")) {
    const address = tryAddress(operand);
    if (address !== undefined) disks.add(formatAddress(address));
    else for (const name of operand.split(",")) names.add(name);
  }
  const option = interfacesOf(values);
  if (option !== undefined && names.size > 0) {
    throw usage("The interfaces are given twice, as IFACE and with --interface");
  }
  return { disks: [...disks], interfaces: option ?? (names.size > 0 ? [...names] : undefined) };
}

async function discover(lan: Lan): Promise<readonly Path[]> {
  const found = new Map<string, Path>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const path of await lan.discover(ROUND_MS)) {
      found.set(`${path.interface} ${path.device.mac} ${nameOf(path.device)}`, path);
    }
  }
  return [...found.values()];
}

async function checkAll(paths: readonly DiskPath[]): Promise<readonly Checked[]> {
  using stack = new DisposableStack();
  const stations = new Map<string, Station>();
  for (const { interface: name } of paths) {
    if (!stations.has(name)) stations.set(name, stack.use(Station.open(name)));
  }
  const results = new Map<DiskPath, Checked>();
  const disks = await pathsByDisk(paths);
  await inWindow(paths.length, WINDOW, async (index) => {
    const path = paths[index];
    const station = path && stations.get(path.interface);
    if (path === undefined || station === undefined) return;
    const { device, identification } = path;
    const check = await checkPath(station, device, identification?.sectors ?? Infinity);
    const name = { ...path, disk: nameOf(device), targetSectors: device.sectorCount };
    const others = disks.flat().filter((other) =>
      nameOf(other.device) === name.disk &&
      !disks.some((disk) => disk.includes(path) && disk.includes(other))
    ).map((other) => `${formatMac(other.device.mac)} on ${other.interface}`);
    const clashes = others.length > 0 ? [clashFault(name.disk, others)] : [];
    results.set(path, { ...path, check, findings: [...clashes, ...findingsOf(name, check)] });
  });
  return paths.flatMap((path) => results.get(path) ?? []);
}

function report(checked: readonly Checked[]): string {
  const lines = table([HEADING, ...checked.map(toRow)]);
  const details = checked.flatMap((path) =>
    path.findings.map(({ kind, text }) => {
      const head = kind === "fault" ? paint("red", "fault") : paint("yellow", "note");
      const { device, interface: name } = path;
      return `${nameOf(device)} ${name} ${formatMac(device.mac)}: ${head}: ${text}.\n`;
    })
  );
  return details.length === 0 ? lines : `${lines}\n${details.join("")}`;
}

function toRow(path: Checked): readonly string[] {
  const { device, check } = path;
  return [
    nameOf(device),
    path.interface,
    formatMac(device.mac),
    `${check.ownMtu}`,
    `${device.sectorCount}`,
    largest(check.toTarget),
    largest(check.toClient),
    verdictOf(path),
  ];
}

/** The largest frame that arrives. */
function largest({ passed, passes, loses }: DirectionResult): string {
  const size = loses === Infinity ? passed.at(-1) ?? 0 : passes;
  return size === 0 ? "?" : `${size}`;
}

function verdictOf({ check, findings }: Checked): string {
  const { toTarget, toClient } = check;
  if (toTarget.lost.length + toClient.lost.length > 0) return "LOSES LARGE FRAMES";
  if (findings.some(({ kind }) => kind === "fault")) return "FAULTY";
  if (toClient.trouble !== undefined) return "good one way, other way not tried";
  return findings.length > 0 ? "good, see note" : "good";
}

function isFaulty({ findings }: Checked): boolean {
  return findings.some(({ kind }) => kind === "fault");
}

function toJson(path: Checked): unknown {
  const { device, check, findings } = path;
  return {
    disk: nameOf(device),
    interface: path.interface,
    mac: formatMac(device.mac),
    mtu: check.ownMtu,
    sectors: check.sectors,
    ownSectors: check.ownSectors,
    targetSectors: device.sectorCount,
    toTarget: directionJson(check.toTarget),
    toClient: directionJson(check.toClient),
    smallFrames: { sent: check.smallSent, lost: check.smallLost },
    verdict: isFaulty(path) ? "fault" : "good",
    findings,
  };
}

function directionJson({ passed, lost, passes, loses, trouble }: DirectionResult): unknown {
  return {
    passed,
    lost,
    largestPassed: loses === Infinity ? passed.at(-1) ?? null : passes || null,
    smallestLost: loses === Infinity ? null : loses,
    trouble: trouble ?? null,
  };
}

function nameOf(address: { shelf: number; slot: number }): string {
  return formatAddress(address);
}
