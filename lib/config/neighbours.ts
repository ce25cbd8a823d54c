/**
 * What exports must not have in common: an address, and sectors of a file that one of them writes.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { SystemError } from "../error.ts";
import { formatAddress } from "../wire/address.ts";
import type { Report } from "./mistakes.ts";
import type { ConfigSystem } from "./system.ts";

interface Neighbour {
  readonly config: ExportConfig;
  /** Its address, and where it stands: `e0.1 (line 12)`. */
  readonly name: string;
}

/** The exports of one file. There may be very many: those that cannot collide are passed. */
class FileUsers {
  readonly #all: Neighbour[] = [];
  readonly #writers: Neighbour[] = [];
  readonly #unshared: Neighbour[] = [];
  /** The sectors that all of them lie within. */
  #begin = Infinity;
  #end = 0;

  add(user: Neighbour): void {
    const { config } = user;
    this.#all.push(user);
    if (!config.readOnly) this.#writers.push(user);
    if (!config.shared) this.#unshared.push(user);
    this.#begin = Math.min(this.#begin, config.offsetSectors);
    this.#end = Math.max(this.#end, endOf(config));
  }

  /** The first that must not be beside the newcomer. */
  rivalOf(config: ExportConfig): Neighbour | undefined {
    if (config.offsetSectors >= this.#end || endOf(config) <= this.#begin) return undefined;
    const others = config.shared ? this.#unshared : this.#all;
    return (config.readOnly ? this.#writers : others).find((one) => collide(config, one.config));
  }
}

/** The exports so far. */
export class Neighbours {
  readonly #system: ConfigSystem | undefined;
  readonly #byAddress = new Map<string, Neighbour>();
  readonly #byFile = new Map<string, FileUsers>();
  readonly #bySerial = new Map<string, Neighbour>();

  /** Of none; files are told apart by `system`, where there is one, else by their paths. */
  constructor(system: ConfigSystem | undefined) {
    this.#system = system;
  }

  /** Adds one; `place` says where it stands, such as `line 12`. */
  add(config: ExportConfig, place: string): void {
    const address = formatAddress(config);
    const neighbour = { config, name: place === "" ? address : `${address} (${place})` };
    if (!this.#byAddress.has(address)) this.#byAddress.set(address, neighbour);
    const { serial } = config;
    if (serial !== undefined && !this.#bySerial.has(serial)) this.#bySerial.set(serial, neighbour);
    const file = this.#identify(config.path);
    const users = this.#byFile.get(file) ?? new FileUsers();
    users.add(neighbour);
    this.#byFile.set(file, users);
  }

  /** Reports what a newcomer has in common with them; `fileKey` is the key that names its file. */
  check(config: ExportConfig, fileKey: string, report: Report, warn: Report): void {
    const same = this.#byAddress.get(formatAddress(config));
    if (same !== undefined) {
      report("slot", `makes the address of ${same.name} again`, "choose another slot or shelf");
    }
    const rival = this.#rivalOf(config);
    if (rival !== undefined) {
      report(
        fileKey,
        `is used by ${rival.name}, too, for sectors that overlap, and one of them writes`,
        "make both read-only, set offset and length apart, or set shared = true in both",
      );
    }
    const { serial } = config;
    const twin = serial === undefined ? undefined : this.#bySerial.get(serial);
    if (twin !== undefined) {
      const problem = `is the same as that of ${twin.name}`;
      warn("serial", problem, "choose another one: clients may take both for one disk");
    }
  }

  /** Whether it must not be served beside one of them, because both would have the same sectors. */
  collidesWith(config: ExportConfig): boolean {
    return this.#rivalOf(config) !== undefined;
  }

  #rivalOf(config: ExportConfig): Neighbour | undefined {
    return this.#byFile.get(this.#identify(config.path))?.rivalOf(config);
  }

  #identify(path: string): string {
    try {
      return this.#system?.file(path)?.identity ?? `path ${plain(path)}`;
    } catch (error) {
      if (error instanceof SystemError) return `path ${plain(path)}`;
      throw error;
    }
  }
}

/** Whether an export must not be served beside one of the others, as to its sectors. */
export function collidesWithAny(
  config: ExportConfig,
  others: readonly ExportConfig[],
  system: ConfigSystem,
): boolean {
  const neighbours = new Neighbours(system);
  for (const other of others) neighbours.add(other, "");
  return neighbours.collidesWith(config);
}

/** The path without what changes nothing. */
function plain(path: string): string {
  return path.replaceAll(/\/(?:\.?\/)+/g, "/");
}

/** Whether one writes what the other reads or writes. */
function collide(one: ExportConfig, other: ExportConfig): boolean {
  if ((one.readOnly && other.readOnly) || (one.shared && other.shared)) return false;
  return one.offsetSectors < endOf(other) && other.offsetSectors < endOf(one);
}

function endOf({ offsetSectors, lengthSectors }: ExportConfig): number {
  return lengthSectors === undefined ? Infinity : offsetSectors + lengthSectors;
}
