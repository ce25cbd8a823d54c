/**
 * The order rules said once more, and naively: lists of sectors, held against each other one by
 * one. It sees frames as they came and what the target did about them, and nothing of lib/target.
 *
 * @module
 */
import type { PortAddress } from "../lib/target/request.ts";
import { numberAt } from "./replies.ts";

/** What a request does to the disk. */
export type Access = "read" | "verify" | "write" | "trim" | "flush";

const ACCESSES: Readonly<Record<number, Access>> = {
  0x24: "read",
  0x42: "verify",
  0x34: "write",
  0x06: "trim",
  0xe7: "flush",
};
/** Most who are answered by one run of a request. */
const ASKERS = 8;

/** A request that is not done yet. */
export interface Item {
  /** Place in the order of arrival. */
  id: number;
  frame: Uint8Array;
  source: number;
  access: Access;
  /** All that it touches, in units of the backing. */
  units: ReadonlySet<number>;
  runs: boolean;
  /** Who is to be answered, the first one first. */
  askers: { tag: number; port: PortAddress }[];
  /** What is said to a request that was shut out while it waited. */
  told: string;
}

/** What the oracle has to know of the export. */
export interface OracleOptions {
  alignment: number;
  offset: number;
  inFlightMax: number;
}

/** What holds now. */
export interface Conditions {
  sectors: number;
  faulted: boolean;
  masks: readonly number[];
  reservations: readonly number[];
}

/** Sectors that a frame names one by one: address and count. */
export function rangesOf(frame: Uint8Array): [lba: number, count: number][] {
  const count = numberAt(frame, 26, 1);
  if (accessOf(frame) !== "trim") return [[littleEndian(frame, 28, 6), count]];
  return Array.from({ length: count * 64 }, (_, index): [number, number] => [
    littleEndian(frame, 36 + 8 * index, 6),
    littleEndian(frame, 42 + 8 * index, 2),
  ]).filter(([, size]) => size > 0);
}

function littleEndian(frame: Uint8Array, at: number, size: number): number {
  return numberAt(frame.slice(at, at + size).reverse(), 0, size);
}

/** What a frame asks for. */
export function accessOf(frame: Uint8Array): Access {
  return ACCESSES[numberAt(frame, 27, 1)] ?? "flush";
}

function isWrite({ access }: Item): boolean {
  return access === "write" || access === "trim";
}

/** Whether `later` has to wait for `earlier`. */
function conflicts(earlier: Item, later: Item): boolean {
  if (earlier.access === "flush") return false;
  if (later.access === "flush") return isWrite(earlier);
  if (!isWrite(earlier) && !isWrite(later)) return false;
  return [...later.units].some((unit) => earlier.units.has(unit));
}

/** Judges what a target does with many requests. */
export class OrderOracle {
  /** Requests that run or wait, in the order in which they came. */
  unfinished: Item[] = [];
  /** Requests that were shut out while they waited and that the target has not given back yet. */
  refused: Item[] = [];
  readonly counts = { duplicates: 0, parked: 0, overflow: 0 };
  readonly #options: OracleOptions;
  #arrived = 0;

  constructor(options: OracleOptions) {
    this.#options = options;
  }

  /** What a data frame comes to before any order: its outcome, or null where it is to be run. */
  decide(frame: Uint8Array, port: PortAddress, now: Conditions): string | null {
    const source = numberAt(frame, 6, 6);
    if (now.masks.length > 0 && !now.masks.includes(source)) return "silence";
    if (now.reservations.length > 0 && !now.reservations.includes(source)) return "E6";
    const access = accessOf(frame);
    if (access === "read" && 36 + 512 * numberAt(frame, 26, 1) > port.mtu + 14) return "41/04";
    const isRead = access === "read" || access === "verify";
    if (!isRead && now.faulted) return "61/04";
    if (access === "flush") return null;
    const isPast = rangesOf(frame).some(([lba, count]) => lba + count > now.sectors);
    return isPast ? "41/10" : null;
  }

  /** A frame that is to be run came in. Returns what the target has to do, and the new request. */
  arrive(frame: Uint8Array, port: PortAddress): { verdict: string; item: Item | null } {
    const item = this.#itemOf(frame, port);
    const original = this.unfinished.find((other) => isCopy(other, item));
    if (original !== undefined) {
      this.counts.duplicates++;
      const [asker] = item.askers;
      const isKnown = original.askers.some((other) =>
        other.tag === asker?.tag && other.port === asker.port
      );
      if (asker !== undefined && !isKnown && original.askers.length < ASKERS) {
        original.askers.push(asker);
      }
      return { verdict: "drop", item: null };
    }
    if (this.unfinished.length + this.refused.length >= this.#options.inFlightMax) {
      this.counts.overflow++;
      return { verdict: "drop", item: null };
    }
    item.runs = this.mayRun(item);
    if (!item.runs) this.counts.parked++;
    this.unfinished.push(item);
    return { verdict: item.runs ? item.access : "wait", item };
  }

  /** Whether nothing that came before a request is in its way. */
  mayRun(item: Item): boolean {
    return !this.unfinished.some((other) => other.id < item.id && conflicts(other, item));
  }

  /** A request is done. */
  finish(item: Item): void {
    this.unfinished = this.unfinished.filter((other) => other !== item);
  }

  /** Who is served has changed: those who wait and are shut out now never run. */
  refuse(told: (item: Item) => string | null): void {
    for (const item of this.unfinished.filter(({ runs }) => !runs)) {
      const outcome = told(item);
      if (outcome === null) continue;
      item.told = outcome;
      this.finish(item);
      this.refused.push(item);
    }
  }

  /** Whether a request runs whose client is shut out. */
  runsExcluded(now: Conditions): boolean {
    return this.unfinished.some(({ runs, frame, source }) =>
      runs && (now.masks.length > 0 && !now.masks.includes(numberAt(frame, 6, 6)) ||
        now.reservations.length > 0 && !now.reservations.includes(source))
    );
  }

  #itemOf(frame: Uint8Array, port: PortAddress): Item {
    const access = accessOf(frame);
    return {
      id: this.#arrived++,
      frame,
      source: numberAt(frame, 6, 6),
      access,
      units: access === "flush" ? new Set() : this.#unitsOf(frame),
      runs: false,
      askers: [{ tag: numberAt(frame, 20, 4), port }],
      told: "",
    };
  }

  /** From the first to the last one named, also those between the ranges of a TRIM. */
  #unitsOf(frame: Uint8Array): Set<number> {
    const { alignment, offset } = this.#options;
    const sectors = rangesOf(frame).flatMap(([lba, count]) => [lba, lba + count - 1]);
    const first = Math.min(...sectors);
    const last = Math.max(...sectors);
    const units = new Set<number>();
    for (let sector = first; sector <= last; sector++) {
      units.add(Math.floor((offset + sector * 512) / alignment));
    }
    return units;
  }
}

/** Whether two frames of data requests are the same but for tag and way. */
function isCopy(first: Item, later: Item): boolean {
  if (first.access === "flush" || first.source !== later.source) return false;
  const hasData = isWrite(first);
  const end = 36 + (hasData ? 512 * numberAt(first.frame, 26, 1) : 0);
  for (let at = 24; at < end; at++) {
    if (first.frame[at] !== later.frame[at]) return false;
  }
  return true;
}
