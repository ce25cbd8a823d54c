/**
 * The status of a service as tables.
 *
 * @module
 */
import type { InitiatorRates, Rates, StatusRates } from "../control/rates.ts";
import type {
  ExportCondition,
  ExportStatus,
  InitiatorStatus,
  InterfaceStatus,
  LatencyStatus,
  ServiceStatus,
  UnservedStatus,
} from "../control/service.ts";
import {
  formatDuration,
  formatMicroseconds,
  formatRate,
  formatSize,
  paint,
  printable,
  table,
} from "./text.ts";

const SECTOR_SIZE = 512;
/** Where a rate is not known. */
const UNKNOWN = "-";
/** Behind the address of an export that the service's file does not name. */
const ADDED_MARK = "+";
const ERRORS = ["readErrors", "writeErrors", "trimErrors", "syncErrors"] as const;
const DROPS = ["dropped", "cut", "receiveErrors", "sendErrors", "noRoom"] as const;
const COLOURS: Readonly<Record<ExportCondition, "red" | "yellow" | undefined>> = {
  serving: undefined,
  waiting: "yellow",
  leaving: "yellow",
  conflict: "red",
  faulted: "red",
  undecided: "red",
};
const EXPORT_HEADING = [
  ...["EXPORT", "SIZE", "MODE", "WORKER", "CLIENTS", "READS/s", "WRITES/s", "READ", "WRITTEN"],
  ...["READ p50/p99", "WRITE p50/p99", "QUEUE", "ERRORS", "CONDITION", "INTERFACES", "PATH"],
];
const INTERFACE_HEADING = [
  ...["INTERFACE", "MAC", "MTU", "SECTORS", "STATE", "WORKER", "IN/s", "OUT/s", "RECEIVED"],
  ...["SENT", "DROPS"],
];
const CLIENT_HEADING = [
  ...["CLIENT", "INTERFACE", "READS/s", "WRITES/s", "OTHERS/s", "READ", "WRITTEN", "LAST SEEN"],
];

/** Tables of exports and interfaces; `hasClients`: what there is to know of each export, too. */
export function statusText(
  status: ServiceStatus,
  rates: StatusRates,
  hasClients: boolean,
): string {
  const { exports, interfaces, unserved } = status;
  const parts = [
    `${headline(status)}\n`,
    ...(exports.length === 0 ? [] : [exportTable(exports, rates)]),
    ...(unserved.length === 0 ? [] : [unserved.map(unservedLine).join("")]),
    ...(interfaces.length === 0 ? [] : [interfaceTable(interfaces, rates)]),
    ...(hasClients ? exports.map((one, index) => exportDetails(one, rates, index)) : []),
  ];
  return parts.join("\n");
}

function unservedLine({ name, problem }: UnservedStatus): string {
  return paint("red", `${name} is not served: ${printable(problem)}`) + "\n";
}

function headline(status: ServiceStatus): string {
  const { version, pid, uptimeSeconds, workers, engine, configFile, exports, unserved } = status;
  const total = exports.length + unserved.length;
  const wrong = unserved.length +
    exports.filter(({ condition }) => condition !== "serving").length;
  const facts = [
    `dblade ${version}`,
    `pid ${pid}`,
    `up ${formatDuration(uptimeSeconds)}`,
    `${workers} worker${workers === 1 ? "" : "s"}`,
    `engine ${engine}`,
    printable(configFile),
    `${total} export${total === 1 ? "" : "s"}` +
    (wrong === 0 ? "" : `, ${wrong} not serving`),
  ];
  return facts.join(", ");
}

function exportTable(exports: readonly ExportStatus[], rates: StatusRates): string {
  const rows = exports.map((one, index) => exportRow(one, rates.exports[index]?.perSecond ?? {}));
  const [heading = "", ...lines] = table([EXPORT_HEADING, ...rows]).trimEnd().split("\n");
  const coloured = lines.map((line, index) => {
    const condition = exports[index]?.condition;
    const colour = condition === undefined ? undefined : COLOURS[condition];
    return colour === undefined ? line : paint(colour, line);
  });
  const isAnyAdded = exports.some(({ isFromFile }) => !isFromFile);
  const note = `${ADDED_MARK} added while the service ran: its file does not name it`;
  const conflicts = exports.flatMap(conflictLines);
  return [heading, ...coloured, ...(isAnyAdded ? [note] : []), ...conflicts, ""].join("\n");
}

/** Why it is not served on an interface where it should be. */
function conflictLines({ name, conflicts }: ExportStatus): readonly string[] {
  const reason = "another target answers for that address there";
  return conflicts.map((one) =>
    paint("red", `${name} is silent on "${printable(one)}": ${reason}`)
  );
}

function exportRow(one: ExportStatus, perSecond: Rates): readonly string[] {
  return [
    one.name + (one.isFromFile ? "" : ADDED_MARK),
    formatSize(one.sectors * SECTOR_SIZE),
    [one.readOnly ? "ro" : "rw", one.way, ...(one.sync ? ["sync"] : [])].join(","),
    `${one.worker}`,
    `${one.initiators.length}`,
    ...transferCells(perSecond),
    latencyCell(one.readLatency),
    latencyCell(one.writeLatency),
    `${one.queueDepth}`,
    `${sumOf(one.counts, ERRORS)}`,
    one.condition,
    one.interfaces.join(",") || UNKNOWN,
    printable(one.path),
  ];
}

/** READS/s, WRITES/s, READ, WRITTEN. */
function transferCells(perSecond: Rates): readonly string[] {
  return [
    countCell(perSecond["reads"]),
    countCell(perSecond["writes"]),
    bytesCell(perSecond["readBytes"]),
    bytesCell(perSecond["writtenBytes"]),
  ];
}

function interfaceTable(interfaces: readonly InterfaceStatus[], rates: StatusRates): string {
  const rows = interfaces.map((one, index) => {
    const perSecond = rates.interfaces[index]?.perSecond ?? {};
    return [
      printable(one.name),
      one.mac,
      `${one.mtu}`,
      `${one.sectorCount}`,
      one.up ? "up" : "down",
      `${one.worker}`,
      countCell(perSecond["received"]),
      countCell(perSecond["sent"]),
      bytesCell(perSecond["receivedBytes"]),
      bytesCell(perSecond["sentBytes"]),
      `${sumOf(one.counts, DROPS)}`,
    ];
  });
  return table([INTERFACE_HEADING, ...rows]);
}

function exportDetails(one: ExportStatus, rates: StatusRates, index: number): string {
  const { configString, masks, reservations, accept, deny, initiators } = one;
  const facts = [
    paint("bold", `${one.name}, ${printable(one.path)}`),
    `config string  "${printable(configString)}"`,
    `masks          ${masks.join(", ") || "none: all are answered"}`,
    `reserved for   ${reservations.join(", ") || "nobody"}`,
    `accept         ${accept === null ? "all" : accept.join(", ") || "nobody"}`,
    `deny           ${deny.join(", ") || "nobody"}`,
  ];
  const clients = initiators.length === 0
    ? "no client was heard yet\n"
    : clientTable(initiators, rates.exports[index]?.initiators ?? []);
  return `${facts.join("\n")}\n${clients}`;
}

function clientTable(
  initiators: readonly InitiatorStatus[],
  rates: readonly InitiatorRates[],
): string {
  const rows = initiators.map((one, index) => {
    const perSecond = rates[index]?.perSecond ?? {};
    const [reads = "", writes = "", ...bytes] = transferCells(perSecond);
    const others = countCell(perSecond["others"]);
    const seconds = one.lastSeenSecondsAgo;
    const seen = seconds < 1 ? "now" : `${formatDuration(seconds)} ago`;
    return [one.mac, printable(one.interface), reads, writes, others, ...bytes, seen];
  });
  return table([CLIENT_HEADING, ...rows]);
}

function countCell(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN;
  return perSecond === 0 || perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

function bytesCell(perSecond: number | undefined): string {
  return perSecond === undefined ? UNKNOWN : formatRate(perSecond);
}

function latencyCell({ count, p50Us, p99Us }: LatencyStatus): string {
  if (count === 0) return UNKNOWN;
  return `${formatMicroseconds(p50Us)}/${formatMicroseconds(p99Us)}`;
}

function sumOf(counts: Rates, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}
