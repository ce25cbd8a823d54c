/**
 * How fast counters rose between two answers of a service.
 *
 * @module
 */
import type { ExportStatus, InitiatorStatus, InterfaceStatus, ServiceStatus } from "./service.ts";

/** How much each counter rose in a second; one that is new, or began anew, is left out. */
export type Rates = Readonly<Record<string, number>>;

/** Rates of one initiator. */
export interface InitiatorRates {
  /** Its address. */
  readonly mac: string;
  /** Of its counters. */
  readonly perSecond: Rates;
}

/** Rates of one export. */
export interface ExportRates {
  /** Its address. */
  readonly name: string;
  /** Of its counters. */
  readonly perSecond: Rates;
  /** In the order of the status. */
  readonly initiators: readonly InitiatorRates[];
}

/** Rates of one interface. */
export interface InterfaceRates {
  /** Its name. */
  readonly name: string;
  /** The worker that works on it. */
  readonly worker: number;
  /** Of its counters. */
  readonly perSecond: Rates;
}

/** Rates of all that a status tells of, in the same order. */
export interface StatusRates {
  /** Over how many seconds they are taken. */
  readonly seconds: number;
  /** Of the exports. */
  readonly exports: readonly ExportRates[];
  /** Of the interfaces. */
  readonly interfaces: readonly InterfaceRates[];
}

const MS_PER_S = 1000;

/** The rates of what is in `later`. */
export function ratesOf(earlier: ServiceStatus, later: ServiceStatus): StatusRates {
  // Another process counts from 0, by another clock.
  const isSame = earlier.pid === later.pid;
  const before = isSame ? earlier : { exports: [], interfaces: [] };
  const seconds = isSame ? (later.nowMs - earlier.nowMs) / MS_PER_S : 0;
  const exports = new Map(before.exports.map((one) => [one.name, one]));
  const interfaces = new Map(before.interfaces.map((one) => [placeOf(one), one]));
  return {
    seconds,
    exports: later.exports.map((one) => exportRates(exports.get(one.name), one, seconds)),
    interfaces: later.interfaces.map((one) => ({
      name: one.name,
      worker: one.worker,
      perSecond: rise(interfaces.get(placeOf(one))?.counts, one.counts, seconds),
    })),
  };
}

/** Several workers may work on one interface. */
function placeOf({ name, worker }: InterfaceStatus): string {
  return `${name} ${worker}`;
}

function exportRates(
  earlier: ExportStatus | undefined,
  later: ExportStatus,
  seconds: number,
): ExportRates {
  const before = new Map(earlier?.initiators.map((one) => [one.mac, countsOf(one)]));
  return {
    name: later.name,
    perSecond: rise(earlier?.counts, later.counts, seconds),
    initiators: later.initiators.map((one) => ({
      mac: one.mac,
      perSecond: rise(before.get(one.mac), countsOf(one), seconds),
    })),
  };
}

function countsOf(one: InitiatorStatus): Rates {
  const { reads, writes, others, readBytes, writtenBytes } = one;
  return { reads, writes, others, readBytes, writtenBytes };
}

function rise(earlier: Rates | undefined, later: Rates, seconds: number): Rates {
  if (earlier === undefined || seconds <= 0) return {};
  const rates = Object.entries(later).flatMap(([name, count]) => {
    const before = earlier[name];
    if (before === undefined || count < before) return [];
    return [[name, Math.round((count - before) / seconds * 10) / 10] as const];
  });
  return Object.fromEntries(rates);
}
