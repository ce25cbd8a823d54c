/**
 * What is told of exports and interfaces, from where they are served.
 *
 * @module
 */
import type { ExportCondition, ExportStatus, InterfaceStatus } from "../control/service.ts";
import type { ServedPort } from "../engine/port.ts";
import { sectorCountOf } from "../target/settings.ts";
import { formatMac } from "../wire/mac.ts";
import type { DataPath } from "./data_path.ts";
import type { ServedExport } from "./served_export.ts";

/** What one worker tells. */
export interface WorkerStatus {
  /** Its engine. */
  readonly engine: string;
  /** Its exports; whether the file names them is not known there. */
  readonly exports: readonly Omit<ExportStatus, "isFromFile">[];
  /** Its interfaces. */
  readonly interfaces: readonly InterfaceStatus[];
}

/** How a data path stands, which is that of worker number `worker`. */
export function statusOf(path: DataPath, worker: number): WorkerStatus {
  const nowMs = performance.now();
  const exports = [...path.exports.values(), ...path.leaving.keys()];
  return {
    engine: path.engine.name,
    exports: exports.map((served) => exportStatus(path, served, worker, nowMs)),
    interfaces: path.engine.ports.map((port) => interfaceStatus(port, worker)),
  };
}

function exportStatus(
  path: DataPath,
  served: ServedExport,
  worker: number,
  nowMs: number,
): Omit<ExportStatus, "isFromFile"> {
  const { backing, config, name, ports, target, traffic } = served;
  const { current } = target.settings;
  const { reads, writes } = traffic.latency();
  return {
    name,
    shelf: config.shelf,
    slot: config.slot,
    path: config.path,
    sectors: target.disk.sectors,
    condition: conditionOf(path, served),
    readOnly: config.readOnly,
    sync: config.sync,
    way: backing.way,
    worker,
    interfaces: ports.filter((port) => servesOn(served, port)).map((port) => port.name),
    conflicts: path.conflicts(served),
    buffers: config.buffers,
    queueDepth: path.engine.unfinished(served),
    counts: { ...target.counts, ...target.disk.counts },
    readLatency: reads,
    writeLatency: writes,
    configString: Array.from(current.config, (byte) => String.fromCharCode(byte)).join(""),
    masks: current.masks.map(formatMac),
    reservations: current.reservations.map(formatMac),
    accept: config.accept === undefined ? null : config.accept.map(formatMac),
    deny: config.deny.map(formatMac),
    initiators: traffic.initiators(nowMs),
  };
}

function conditionOf(path: DataPath, served: ServedExport): ExportCondition {
  const { target } = served;
  if (path.leaving.has(served)) return "leaving";
  if (target.disk.faulted) return "faulted";
  if (target.disk.isUndecided) return "undecided";
  if (path.isShutOut(served)) return "conflict";
  return served.ports.some((port) => servesOn(served, port)) ? "serving" : "waiting";
}

function servesOn({ target }: ServedExport, port: ServedPort): boolean {
  return port.up && target.probeTag(port) === undefined;
}

function interfaceStatus(port: ServedPort, worker: number): InterfaceStatus {
  port.tally();
  return {
    name: port.name,
    worker,
    mac: formatMac(port.mac),
    mtu: port.mtu,
    sectorCount: sectorCountOf(port),
    up: port.up,
    counts: { ...port.counts },
  };
}
