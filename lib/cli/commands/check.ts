/**
 * `dblade check`: what is wrong with the file of a service, all of it, before it is served.
 *
 * @module
 */
import type { ExportConfig } from "../../config.ts";
import { CONFIG_FILE_DEFAULT, loadServiceConfig } from "../../config/load.ts";
import { formatMistake, type Mistake } from "../../config/mistakes.ts";
import type { BadFile, GoodFile } from "../../config/read.ts";
import { formatAddress } from "../../wire/address.ts";
import { SECTOR_SIZE } from "../../wire/ata.ts";
import { formatMac } from "../../wire/mac.ts";
import { Exit } from "../exit.ts";
import { print, printError } from "../output.ts";
import { formatSize, table } from "../text.ts";
import type { CommandValues } from "../values.ts";

/** Reads the file and tells what it says, or what is wrong with it. */
export function run(values: CommandValues): Promise<number> {
  const path = values.text("config") ?? CONFIG_FILE_DEFAULT;
  const file = loadServiceConfig(path);
  if (values.has("json")) print(JSON.stringify(toJson(path, file), undefined, 2) + "\n");
  for (const warning of file.warnings) printError(`warning: ${formatMistake(warning)}\n`);
  if (file.mistakes !== undefined) {
    printError(file.mistakes.map((mistake) => `${formatMistake(mistake)}\n`).join(""));
    return Promise.resolve(Exit.USAGE);
  }
  if (!values.has("json")) printSummary(path, file);
  return Promise.resolve(Exit.DONE);
}

function printSummary(path: string, { config }: GoodFile): void {
  const { exports, workers } = config;
  const counted = (count: number, what: string): string =>
    `${count} ${what}${count === 1 ? "" : "s"}`;
  print(`${path}: ${counted(exports.length, "export")}, ${counted(workers, "worker")}\n`);
  if (exports.length === 0) return;
  const heading = ["DISK", "MODE", "PART", "INTERFACES", "ACCESS", "PATH"];
  print(table([heading, ...exports.map(rowOf)]));
}

function rowOf(config: ExportConfig): readonly string[] {
  const { accept, deny, masks, interfaces, readOnly, direct, sync } = config;
  const limits = [
    ...(accept === undefined ? [] : [`${accept.length} accepted`]),
    ...(deny.length === 0 ? [] : [`${deny.length} denied`]),
    ...(masks === undefined || masks.length === 0 ? [] : [`${masks.length} in the mask`]),
  ];
  return [
    formatAddress(config),
    [readOnly ? "ro" : "rw", ...(direct ? ["direct"] : []), ...(sync ? ["sync"] : [])].join(","),
    partOf(config),
    interfaces.length === 0 ? "all" : interfaces.join(","),
    limits.length === 0 ? "all" : limits.join(", "),
    config.path,
  ];
}

/** `1 GiB at sector 2048`. */
function partOf({ offsetSectors, lengthSectors }: ExportConfig): string {
  const size = lengthSectors === undefined ? undefined : formatSize(lengthSectors * SECTOR_SIZE);
  if (offsetSectors === 0) return size ?? "whole";
  return `${size ?? "all"} at sector ${offsetSectors}`;
}

function toJson(path: string, file: GoodFile | BadFile): unknown {
  return {
    file: path,
    mistakes: (file.mistakes ?? []).map(placeOf),
    warnings: file.warnings.map(placeOf),
    exports: file.mistakes === undefined ? file.config.exports.map(exportToJson) : [],
  };
}

function placeOf({ line, key, problem, remedy }: Mistake): unknown {
  return { line, key, problem, remedy };
}

function exportToJson(config: ExportConfig): unknown {
  return {
    disk: formatAddress(config),
    shelf: config.shelf,
    slot: config.slot,
    path: config.path,
    offsetSectors: config.offsetSectors,
    lengthSectors: config.lengthSectors ?? null,
    interfaces: config.interfaces,
    readOnly: config.readOnly,
    direct: config.direct,
    sync: config.sync,
    buffers: config.buffers,
    accept: config.accept?.map(formatMac) ?? null,
    deny: config.deny.map(formatMac),
    broadcast: config.broadcast,
    mask: config.masks?.map(formatMac) ?? null,
    serial: config.serial ?? null,
    model: config.model ?? null,
    shared: config.shared,
    force: config.force,
  };
}
