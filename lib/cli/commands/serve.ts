/**
 * `dblade serve`: many exports by one process, as a file says, until SIGINT or SIGTERM. SIGHUP
 * reads the file again.
 *
 * @module
 */
import { CONFIG_FILE_DEFAULT, loadServiceConfig } from "../../config/load.ts";
import { formatMistake } from "../../config/mistakes.ts";
import type { GoodFile } from "../../config/read.ts";
import { LOCAL_SYSTEM } from "../../config/system.ts";
import { ServiceError } from "../../control/service.ts";
import { SystemError } from "../../error.ts";
import { configureLog, log } from "../../log.ts";
import { runAs } from "../../server/run_as.ts";
import { makeSocketFolder } from "../../server/socket_folder.ts";
import type { RunningService } from "../../server/service.ts";
import { startService } from "../../server/start_service.ts";
import { closeDebugger } from "../debugger.ts";
import { Exit } from "../exit.ts";
import { printError, printLog, printStart } from "../output.ts";
import type { CommandValues } from "../values.ts";

/** Serves what the file names. */
export async function run(values: CommandValues): Promise<number> {
  const path = values.text("config") ?? CONFIG_FILE_DEFAULT;
  checkServePermissions();
  // A disk that is missing must not keep the others from being served.
  const file = loadServiceConfig(path, { ...LOCAL_SYSTEM, tolerates: () => true });
  if (file.mistakes !== undefined) {
    printError(file.mistakes.map((mistake) => `${formatMistake(mistake)}\n`).join(""));
    return Exit.USAGE;
  }
  const { user, logLevel, logFormat } = file.config;
  makeSocketFolder(file.config.controlSocket, user);
  // Before all else, because it starts the program again.
  if (user !== undefined) runAs(user);
  configureLog(logLevel, logFormat, printLog);
  for (const warning of file.warnings) log.warn(formatMistake(warning));
  return await serve(path, file);
}

/** Asked before, so that Deno neither asks nor ends in the middle. */
function checkServePermissions(): void {
  const missing = (["net", "read", "write"] as const).filter((name) =>
    Deno.permissions.querySync({ name }).state !== "granted"
  );
  if (missing.length === 0) return;
  throw new SystemError(
    "A service reads its program, and opens a socket in the file system; start it with\n  " +
      "deno run --allow-ffi --allow-net --allow-read --allow-write main.ts serve ...",
    "open",
    0,
  );
}

async function serve(path: string, file: GoodFile): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const starting = startService({
    path,
    file,
    read: (tolerates) => loadServiceConfig(path, { ...LOCAL_SYSTEM, tolerates }),
    failed: (error) => {
      printError(`dblade: a worker ended by an error, so the service ends: ${error}\n`);
      end(Exit.SYSTEM);
    },
  });
  const stop = (): void => end(Exit.DONE);
  // Where it does not start, that is told once.
  const whenStarted = (act: (service: RunningService) => void): void => {
    starting.then(({ service }) => act(service), () => {});
  };
  const report = (): void => whenStarted((service) => void service.report());
  // These would end it, and may come while many disks are opened.
  const harmless = [
    ["SIGHUP", () => whenStarted((service) => void reload(service))],
    ["SIGUSR1", () => {
      report();
      closeDebugger();
    }],
    ["SIGUSR2", report],
  ] as const;
  for (const [signal, listener] of harmless) Deno.addSignalListener(signal, listener);
  const started = await starting;
  const listeners = [...harmless, ["SIGINT", stop], ["SIGTERM", stop]] as const;
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  printStart(started.line);
  const status = await ended;
  if (status === Exit.DONE) await started.stop();
  for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  return status;
}

async function reload(service: RunningService): Promise<void> {
  try {
    await service.reload();
  } catch (error) {
    // The file may be gone, or not be readable: nothing of that ends the service.
    if (!(error instanceof ServiceError) && !(error instanceof SystemError)) throw error;
    for (const line of error.message.split("\n")) log.error(line);
  }
}
