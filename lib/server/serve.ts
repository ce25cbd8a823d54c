/**
 * One export from start to stop: opens what it needs, makes sure that it is alone, serves until it
 * is told to end.
 *
 * @module
 */
import { EINVAL, ENODEV } from "../../ffi/errno.ts";
import { releaseCode } from "../../ffi/program_code.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import type { SingleConfig } from "../config.ts";
import { openEngine } from "../engine/open.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { DataPath } from "./data_path.ts";
import { describe } from "./describe.ts";
import { reportCounts } from "./report.ts";
import { runLoop, type Wishes } from "./serve_loop.ts";

/**
 * Serves one export until `wishes` says to stop.
 *
 * @param config what to export
 * @param wishes looked at after each batch of frames
 * @param started called once the export is on the wire, with the line to show
 */
export async function serve(
  config: SingleConfig,
  wishes: Wishes,
  started: (line: string) => void,
): Promise<void> {
  refuseSwapped(config);
  const { buffers, busyPollUs, interfaces } = config;
  const { engine, missing } = openEngine(
    config.engine,
    { bufferCount: buffers, busyPollUs },
    interfaces.map((name) => ({ name, ...config.interfaceSettings.get(name) })),
  );
  using path = new DataPath({ engine, config, isStrict: true });
  refuseAliases(engine.ports);
  path.add([{ config }]);
  const [served] = path.exports.values();
  if (served === undefined) return;
  served.claimState();
  const mode = config.readOnly ? "O_RDONLY" : "O_RDWR";
  started(`pid ${Deno.pid}: ${served.name}, ${served.target.disk.sectors} sectors ${mode}`);
  describe(served, engine.name);
  for (const line of missing) log.warn(line);
  releaseCode();
  const report = (): void => reportCounts(served.name, served.target, engine.ports);
  await runLoop(path, { wishes, report });
  log.info(`${served.name} ends`);
  report();
}

/** An interface in the place of the file is the likeliest mistake of a command line. */
function refuseSwapped({ interfaces, path }: SingleConfig): void {
  using query = InterfaceQuery.open();
  const names = interfaces.join(",");
  if (query.ask(path) === undefined || query.ask(names) !== undefined) return;
  throw new SystemError(
    `Cannot export "${path}" on "${names}": "${path}" is an interface and "${names}" is none; ` +
      "the interface comes before the file",
    "ioctl",
    ENODEV,
  );
}

/** Two names of one interface would be two claims of one address on it. */
function refuseAliases(ports: readonly ServedPort[]): void {
  for (const [at, port] of ports.entries()) {
    const same = ports.slice(0, at).find(({ index }) => index === port.index);
    if (same === undefined) continue;
    throw new SystemError(
      `Cannot export on "${port.name}": it is the same interface as "${same.name}"; name it once`,
      "ioctl",
      EINVAL,
    );
  }
}
