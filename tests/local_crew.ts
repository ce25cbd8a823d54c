/**
 * A crew whose workers run where the test does, and serve on no interface.
 *
 * @module
 */
import { assert } from "@std/assert";
import { BUFFERS_DEFAULT, type ExportConfig } from "../lib/config.ts";
import { PlainEngine } from "../lib/engine/plain.ts";
import { Crew, type CrewWorker } from "../lib/server/crew.ts";
import { DataPath } from "../lib/server/data_path.ts";
import { Departures } from "../lib/server/departures.ts";
import { Operations } from "../lib/server/operations.ts";
import type { ServedExport } from "../lib/server/served_export.ts";
import type { ResultOf } from "../lib/server/worker_link.ts";
import type { OperationName } from "../lib/server/worker_messages.ts";
import { TemporaryFolder } from "./temporary.ts";

/** How long a change of the crew waits for requests that still run. */
export const PATIENCE_MS = 50;

/** See above. */
export class LocalCrew implements Disposable {
  readonly crew: Crew;
  readonly folder: TemporaryFolder;
  readonly paths: readonly DataPath[];
  readonly #stack = new DisposableStack();

  constructor(workers: number = 2, stateFolder?: string) {
    this.folder = this.#stack.use(new TemporaryFolder());
    this.paths = Array.from({ length: workers }, () => this.#stack.use(openPath(stateFolder)));
    const links = this.paths.map((path, index) => localWorker(new Operations(path, index + 1)));
    this.crew = new Crew(links, new Departures(PATIENCE_MS));
  }

  /** An export of e0.`slot`, which serves a file of its own where `change` says nothing else. */
  config(slot: number, change: Partial<ExportConfig> = {}): ExportConfig {
    const path = change.path ?? this.folder.file(`d${slot}.img`, 4096);
    return { ...DEFAULTS, slot, ...change, path };
  }

  /** The export of that name, where one is served. */
  served(name: string): ServedExport | undefined {
    return this.paths.map((path) => path.exports.get(name)).find((one) => one !== undefined);
  }

  [Symbol.dispose](): void {
    this.#stack[Symbol.dispose]();
  }
}

/** An export of e0.0, where only its file is said. */
export const DEFAULTS: Omit<ExportConfig, "path"> = {
  shelf: 0,
  slot: 0,
  interfaces: ["no-such-one"],
  offsetSectors: 0,
  lengthSectors: undefined,
  readOnly: false,
  direct: false,
  sync: false,
  buffers: BUFFERS_DEFAULT,
  accept: undefined,
  deny: [],
  broadcast: false,
  masks: undefined,
  serial: undefined,
  model: undefined,
  shared: false,
  force: false,
};

function openPath(stateFolder: string | undefined): DataPath {
  return new DataPath({
    engine: new PlainEngine({ bufferCount: BUFFERS_DEFAULT, busyPollUs: 0 }),
    config: {
      engine: "plain",
      busyPollUs: 0,
      stateFolder,
      interfaceSettings: new Map(),
    },
    isStrict: false,
  });
}

/** What a thread would be asked, and would answer. */
function localWorker(operations: Operations): CrewWorker {
  return {
    call<N extends OperationName>(
      operation: N,
      ...args: Parameters<Operations[N]>
    ): Promise<ResultOf<N>> {
      const method: unknown = operations[operation];
      assert(typeof method === "function");
      return Promise.try(() => method.apply(operations, args));
    },
    stop: () => Promise.resolve(),
  };
}
