/**
 * `dblade SHELF SLOT INTERFACE[,INTERFACE...] FILE`: exports one file until SIGINT or SIGTERM.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { configureLog } from "../log.ts";
import { serve } from "../server/serve.ts";
import { printLog, printStart } from "./output.ts";

/** Serves the export; returns when a signal asked for the end and the request in hand is done. */
export async function runExport(config: ExportConfig): Promise<void> {
  configureLog(config.logLevel, config.logFormat, printLog);
  const stop = { requested: false };
  const end = (): void => {
    stop.requested = true;
  };
  Deno.addSignalListener("SIGINT", end);
  Deno.addSignalListener("SIGTERM", end);
  try {
    await serve(config, stop, printStart);
  } finally {
    Deno.removeSignalListener("SIGINT", end);
    Deno.removeSignalListener("SIGTERM", end);
  }
}
