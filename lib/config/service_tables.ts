/**
 * The tables `[server]` and `[interfaces.NAME]`.
 *
 * @module
 */
import {
  BUSY_POLL_DEFAULT_US,
  CONTROL_SOCKET_DEFAULT,
  type InterfaceConfig,
  type ServiceConfig,
} from "../config.ts";
import { ENGINES } from "../engine/open.ts";
import { SystemError } from "../error.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import type { FileReport } from "./file_report.ts";
import { isPattern } from "../glob.ts";
import { type AbsentInterfaces, nameTrouble } from "./interface_names.ts";
import { KeyReader, reportUnknown } from "./key_reader.ts";
import { INTERFACE_KEYS, SERVER_KEYS } from "./keys.ts";
import { describeValue, isTable, type Report } from "./mistakes.ts";
import { type ConfigSystem, refusalOf } from "./system.ts";
import { joinName } from "./toml_names.ts";

/** What `[server]` says. */
export type ServerConfig = Omit<ServiceConfig, "interfaceSettings" | "exports">;

/** Reads `[server]`. */
export function readServer(
  values: Readonly<Record<string, unknown>>,
  report: Report,
  system: ConfigSystem | undefined,
): ServerConfig {
  reportUnknown(SERVER_KEYS, values, report);
  const reader = new KeyReader(SERVER_KEYS, values, report);
  const server = {
    stateFolder: reader.path("state-dir"),
    controlSocket: reader.path("control-socket") ?? CONTROL_SOCKET_DEFAULT,
    workers: reader.integer("workers") ?? 1,
    engine: reader.word("engine", ENGINES) ?? "auto",
    busyPollUs: reader.integer("busy-poll") ?? BUSY_POLL_DEFAULT_US,
    logLevel: reader.word("log", LOG_LEVELS) ?? "info",
    logFormat: reader.word("log-format", LOG_FORMATS) ?? "text",
    user: reader.text("user"),
  };
  checkServer(server, report, system);
  return server;
}

function checkServer(
  { stateFolder, user }: ServerConfig,
  report: Report,
  system: ConfigSystem | undefined,
): void {
  const trouble = user === undefined ? undefined : system?.userTrouble(user);
  if (trouble !== undefined) {
    report("user", trouble, "leave it out, or name another one (useradd makes one)");
  }
  if (stateFolder === undefined) return;
  try {
    system?.checkFolder(stateFolder);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const problem = `${JSON.stringify(stateFolder)} cannot be used: ${refusalOf(error)}`;
    report("state-dir", problem, "name a folder that is there and can be written to");
  }
}

/** Reads `[interfaces.NAME]` of each name. */
export function readInterfaceTables(
  values: Readonly<Record<string, unknown>>,
  found: FileReport,
  absent: AbsentInterfaces,
): ReadonlyMap<string, InterfaceConfig> {
  const settings = new Map<string, InterfaceConfig>();
  const report = found.at("");
  for (const [name, table] of Object.entries(values)) {
    const path = joinName("interfaces", name);
    const trouble = isPattern(name)
      ? `${JSON.stringify(name)} is a pattern, and here one interface is named`
      : nameTrouble(name);
    if (trouble !== undefined) report(path, trouble, "write one as `ip link` shows it");
    if (!isTable(table)) {
      const remedy = "write [interfaces.NAME], and below it keys such as mtu";
      report(path, `is ${describeValue(table)}`, remedy);
      continue;
    }
    reportUnknown(INTERFACE_KEYS, table, found.at(path));
    const reader = new KeyReader(INTERFACE_KEYS, table, found.at(path));
    settings.set(name, {
      mtuMax: reader.integer("mtu"),
      receiveSlots: reader.integer("ring-slots"),
    });
    absent.tell([name], path, found.warnAt(""));
  }
  return settings;
}
