/**
 * A service from start to stop: its workers, its exports and its control socket.
 *
 * @module
 */
import { raiseFileLimit } from "../../ffi/file_limit.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { BUFFERS_DEFAULT, type ExportConfig, type ServiceConfig } from "../config.ts";
import type { GoodFile } from "../config/read.ts";
import { ControlServer } from "../control/server.ts";
import { log } from "../log.ts";
import { Crew } from "./crew.ts";
import { candidates, isWanted } from "./interfaces.ts";
import { RunningService, type ServiceParts } from "./service.ts";
import { WorkerLink } from "./worker_link.ts";

/** How a service is started. */
export interface StartOptions {
  /** Path of its file. */
  readonly path: string;
  /** What the file says. */
  readonly file: GoodFile;
  /** See {@linkcode ServiceParts}. */
  readonly read: ServiceParts["read"];
  /** Called when a worker ended by an error: its exports are served no more. */
  readonly failed: (error: string) => void;
}

/** A service that runs. */
export interface Started {
  /** What can be asked of it. */
  readonly service: RunningService;
  /** The line to show. */
  readonly line: string;
  /** Ends it. */
  stop(): Promise<void>;
}

/** Starts the workers, listens for who asks, and serves. Throws where nothing can be served. */
export async function startService({ path, file, read, failed }: StartOptions): Promise<Started> {
  const { config } = file;
  raiseFileLimit();
  const crew = await startCrew(config, failed);
  const service = new RunningService({ path, file, read, crew });
  let control: ControlServer;
  try {
    // Before anything is served: of two services by one file the second one must not begin.
    control = await ControlServer.open(config.controlSocket, service);
  } catch (error) {
    await crew.stop();
    throw error;
  }
  const { added } = await service.begin();
  const count = config.exports.length;
  const failures = added.length === count ? "" : ` of ${count}`;
  const what = count === 1 ? "export" : "exports";
  return {
    service,
    line: `pid ${Deno.pid}: ${added.length}${failures} ${what} from "${path}", control socket ` +
      `"${config.controlSocket}"`,
    stop: async () => {
      await control.stop();
      await service.report();
      await service.stop();
      log.info("The service ends");
    },
  };
}

async function startCrew(config: ServiceConfig, failed: (error: string) => void): Promise<Crew> {
  const { engine, busyPollUs, stateFolder, interfaceSettings, logLevel, logFormat } = config;
  const plain = { engine, busyPollUs, stateFolder, interfaceSettings, logLevel, logFormat };
  const buffers = config.exports.map((one) => one.buffers);
  const options = {
    config: plain,
    bufferCount: Math.max(BUFFERS_DEFAULT, ...buffers),
    interfaces: presentInterfaces(config.exports),
  };
  const workers = Array.from(
    { length: config.workers },
    (_, index) => new WorkerLink({ ...options, worker: index + 1 }, failed),
  );
  const started = await Promise.all(workers.map((worker) => worker.started));
  for (const line of started[0]?.missing ?? []) log.warn(line);
  return new Crew(workers);
}

/** Those that exports are to be served on and that are there now. */
function presentInterfaces(exports: readonly ExportConfig[]): readonly string[] {
  using query = InterfaceQuery.open();
  const lists = exports.map(({ interfaces }) => interfaces);
  return [...candidates(lists)].filter((name) => {
    const state = query.ask(name);
    return state !== undefined && lists.some((list) => isWanted(list, name, state));
  });
}
