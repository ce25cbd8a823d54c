/**
 * From the command line to the interfaces and the disk that it names.
 *
 * @module
 */
import { interfaceNames } from "../../ffi/interface_names.ts";
import { bestPath, type DiskPath, identifyPaths } from "../client/disk_path.ts";
import type { Identification, InitiatorOptions } from "../client/initiator.ts";
import { Lan } from "../client/lan.ts";
import { TimeoutError } from "../error.ts";
import { type DiskAddress, formatAddress } from "../wire/address.ts";
import { parseAddress, tryAddress } from "./address.ts";
import { chooseDisk } from "./choose_disk.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { usage } from "./usage.ts";
import { type CommandValues, parseInterfaces } from "./values.ts";

/** Longest patience in seconds. */
const TIMEOUT_MAX_S = 86_400;
/** How many addresses a message names. */
const LISTED_MAX = 8;

/** The disk that a command is about. */
export class OpenDisk implements Disposable {
  /** Its address: `e0.0`. */
  readonly name: string;
  /** The interfaces that are used. */
  readonly lan: Lan;
  /** Every path that is used, one disk behind all of them. */
  readonly paths: readonly DiskPath[];
  /** The path that carries most in a frame. */
  readonly path: DiskPath;

  /** Made by {@linkcode openDisk}. */
  constructor(name: string, lan: Lan, paths: readonly DiskPath[], path: DiskPath) {
    this.name = name;
    this.lan = lan;
    this.paths = paths;
    this.path = path;
  }

  /** How the disk describes itself; throws what the target answered instead. */
  get identification(): Identification {
    const { identification, trouble } = this.path;
    if (identification === undefined) throw trouble ?? new TimeoutError(`${this.name} is silent`);
    return identification;
  }

  /** Closes the interfaces. */
  [Symbol.dispose](): void {
    this.lan[Symbol.dispose]();
  }
}

/** Opens the interfaces that `--interface`, or the operand IFACE, names; all without. */
export function openLan(values: CommandValues, options: InitiatorOptions = {}): Lan {
  const patienceMs = timeoutMs(values);
  return Lan.open(interfacesOf(values), {
    ...options,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

/** The interfaces that the command line names; undefined where it names none. */
export function interfacesOf(values: CommandValues): readonly string[] | undefined {
  const option = values.text("interface");
  const operands = values.operandsOf("IFACE");
  if (option !== undefined && operands.length > 0) {
    throw usage("The interfaces are given twice, as IFACE and with --interface");
  }
  const text = option ?? (operands.length > 0 ? operands.join(",") : undefined);
  if (text === undefined) return undefined;
  const [disk] = values.operandsOf("DISK");
  return requireNoDisk(parseInterfaces(text, "IFACE"), disk !== undefined);
}

/** Throws where a disk is among the names of interfaces; `takesDisk`: one comes before them. */
export function requireNoDisk(names: readonly string[], takesDisk: boolean): readonly string[] {
  const disk = names.find((name) => tryAddress(name) !== undefined);
  // VLAN 1 on "e0" may be named so.
  if (disk === undefined || interfaceNames().includes(disk)) return names;
  const remedy = takesDisk
    ? "one disk is named, before the interfaces"
    : "this command is about all disks there";
  throw usage(`"${disk}" is a disk, not an interface; ${remedy}`);
}

/** Finds the disk that the operand DISK names; throws with what is there instead. */
export async function openDisk(
  values: CommandValues,
  options: InitiatorOptions = {},
  text: string = values.operand("DISK"),
): Promise<OpenDisk> {
  // Where disk and interface are exchanged, this says so.
  interfacesOf(values);
  const address = parseAddress(text);
  using stack = new DisposableStack();
  const lan = stack.use(openLan(values, options));
  const found = await findPaths(lan, address, timeoutMs(values));
  const name = formatAddress(address);
  const paths = await chooseDisk(await identifyPaths(found), name, values.text("mac"));
  // A disk may be reserved for one of the MACs here, and refuse the others.
  const path = bestPath(paths.filter(({ trouble }) => trouble === undefined)) ?? bestPath(paths);
  if (path === undefined) throw new TimeoutError(`${name} does not answer`);
  stack.move();
  return new OpenDisk(name, lan, paths, path);
}

/** What `--timeout` says, in milliseconds; undefined where it is not given. */
export function timeoutMs(values: CommandValues): number | undefined {
  const seconds = values.seconds("timeout", 0.001, TIMEOUT_MAX_S);
  return seconds === undefined ? undefined : seconds * 1000;
}

async function findPaths(lan: Lan, address: DiskAddress, patienceMs: number | undefined) {
  try {
    return await lan.find(address.shelf, address.slot, patienceMs);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const others = new Set((await lan.discover()).map(({ device }) => formatAddress(device)));
    throw new TimeoutError(error.message + hintOf(formatAddress(address), [...others]));
  }
}

/** What to do where an address does not answer, but `others` do. */
export function hintOf(name: string, others: readonly string[]): string {
  if (others.length === 0) {
    return "; no other target answers there either: is it the right interface, does a mask " +
      "exclude this host?";
  }
  const listed = others.slice(0, LISTED_MAX).join(", ") + (others.length > LISTED_MAX ? "..." : "");
  return `${didYouMean(nearest(name, others)) || "."} There are: ${listed}; a ` +
    "target whose mask list leaves this host out is silent";
}
