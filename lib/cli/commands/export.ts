/**
 * `dblade export SHELF SLOT INTERFACE[,INTERFACE...] FILE`: exports one file until SIGINT or
 * SIGTERM.
 *
 * @module
 */
import {
  BUFFERS_DEFAULT,
  BUFFERS_MAX,
  BUFFERS_MIN,
  BUSY_POLL_DEFAULT_US,
  BUSY_POLL_MAX_US,
  SECTORS_MAX,
  SHELF_MAX,
  type SingleConfig,
  SLOT_MAX,
} from "../../config.ts";
import { ENGINES } from "../../engine/open.ts";
import { configureLog, LOG_FORMATS, LOG_LEVELS } from "../../log.ts";
import { serve } from "../../server/serve.ts";
import { formatMac, isGroupMac, parseMac } from "../../wire/mac.ts";
import { MASKS_MAX } from "../../wire/mask.ts";
import { closeDebugger } from "../debugger.ts";
import { Exit } from "../exit.ts";
import { printLog, printStart } from "../output.ts";
import { usage } from "../usage.ts";
import { type CommandValues, parseInteger, parseInterfaces } from "../values.ts";

/** Serves the export that the command line asks for. */
export async function run(values: CommandValues): Promise<number> {
  await runExport(singleConfig(values));
  return Exit.DONE;
}

/** The configuration that the command line asks for; throws UsageError. */
export function singleConfig(values: CommandValues): SingleConfig {
  return {
    buffers: values.integer("buffers", BUFFERS_MIN, BUFFERS_MAX) ?? BUFFERS_DEFAULT,
    direct: values.has("direct"),
    sync: values.has("sync"),
    readOnly: values.has("read-only"),
    masks: parseMasks(values.text("mask")),
    offsetSectors: values.integer("offset", 0, SECTORS_MAX) ?? 0,
    lengthSectors: values.integer("length", 1, SECTORS_MAX),
    engine: values.choice("engine", ENGINES) ?? "auto",
    busyPollUs: values.integer("busy-poll", 0, BUSY_POLL_MAX_US) ?? BUSY_POLL_DEFAULT_US,
    stateFolder: values.text("state"),
    shared: values.has("shared"),
    force: values.has("force"),
    logLevel: values.choice("log-level", LOG_LEVELS) ?? "info",
    logFormat: values.choice("log-format", LOG_FORMATS) ?? "text",
    shelf: parseInteger(values.operand("SHELF"), "SHELF", 0, SHELF_MAX),
    slot: parseInteger(values.operand("SLOT"), "SLOT", 0, SLOT_MAX),
    interfaces: parseInterfaces(values.operand("INTERFACE")),
    path: values.operand("FILE"),
    interfaceSettings: new Map(),
    accept: undefined,
    deny: [],
    broadcast: false,
    serial: undefined,
    model: undefined,
  };
}

/**
 * Serves the export; returns when a signal asked for the end and the request in hand is done.
 * SIGUSR1 and SIGUSR2 write the counters to the log.
 */
async function runExport(config: SingleConfig): Promise<void> {
  configureLog(config.logLevel, config.logFormat, printLog);
  const wishes = { stop: false, report: false };
  const stop = (): void => {
    wishes.stop = true;
  };
  const report = (): void => {
    wishes.report = true;
  };
  const reportAlone = (): void => {
    report();
    closeDebugger();
  };
  const listeners = [
    ["SIGINT", stop],
    ["SIGTERM", stop],
    ["SIGUSR1", reportAlone],
    ["SIGUSR2", report],
  ] as const;
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  try {
    await serve(config, wishes, printStart);
  } finally {
    for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  }
}

function parseMasks(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (text === "all") return [];
  const masks = text.split(",").map((part) => {
    if (part === "all") throw usage(`--mask has "all" beside others; "all" stands alone`);
    const mac = parseMac(part);
    if (mac === undefined) {
      throw usage(`--mask has "${part}"; a MAC address looks like 02:00:5e:10:00:ff, or say "all"`);
    }
    if (isGroupMac(mac)) {
      throw usage(`--mask has ${formatMac(mac)}, a group address; name single stations`);
    }
    return mac;
  });
  const distinct = [...new Set(masks)];
  if (distinct.length > MASKS_MAX) {
    throw usage(`--mask has ${distinct.length} MAC addresses; ${MASKS_MAX} are the most`);
  }
  return distinct;
}
