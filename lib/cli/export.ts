/**
 * `dblade SHELF SLOT INTERFACE[,INTERFACE...] FILE`: exports one file until SIGINT or SIGTERM.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { configureLog } from "../log.ts";
import { serve } from "../server/serve.ts";
import { closeDebugger } from "./debugger.ts";
import { printLog, printStart } from "./output.ts";

/**
 * Serves the export; returns when a signal asked for the end and the request in hand is done.
 * SIGUSR1 and SIGUSR2 write the counters to the log.
 */
export async function runExport(config: ExportConfig): Promise<void> {
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
