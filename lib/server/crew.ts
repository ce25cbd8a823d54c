/**
 * The workers of a service and who of them serves what.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { type FileFacts, LOCAL_SYSTEM } from "../config/system.ts";
import { ServiceError, type UnservedStatus } from "../control/service.ts";
import { assert } from "../assert.ts";
import { SystemError } from "../error.ts";
import { formatAddress } from "../wire/address.ts";
import type { Changes } from "./changes.ts";
import type { Addition, AddReport } from "./data_path.ts";
import { Departures } from "./departures.ts";
import { Placement } from "./placement.ts";
import type { WorkerStatus } from "./status.ts";
import type { WorkerLink } from "./worker_link.ts";

/** What became of changes, for people. */
export interface Outcome {
  /** What could not be done. */
  readonly problems: readonly string[];
  /** What should be looked at. */
  readonly warnings: readonly string[];
}

/** What the crew needs of each worker. */
export type CrewWorker = Pick<WorkerLink, "call" | "stop">;

const NOTHING: AddReport = { problems: new Map(), warnings: [] };

/** What should be served and is not, for people. */
export function notServed({ name, problem }: UnservedStatus): string {
  return `${name} is not served: ${problem}`;
}

/** See above. */
export class Crew {
  /** What is served, by address. */
  readonly configs: Map<string, ExportConfig> = new Map();
  /** What should be served and cannot be, by address. */
  readonly unserved: Map<string, UnservedStatus> = new Map();
  readonly #workers: readonly CrewWorker[];
  readonly #placement: Placement;
  readonly #departures: Departures;
  /** Files whose sync failed, and the export that had each: whatever serves it refuses writes. */
  readonly #faulted = new Map<string, string>();

  /** Workers that serve nothing yet. */
  constructor(workers: readonly CrewWorker[], departures: Departures = new Departures()) {
    this.#workers = workers;
    this.#departures = departures;
    this.#placement = new Placement(workers.length);
  }

  /** The worker of an export; throws where none serves it. */
  of(name: string): CrewWorker {
    const index = this.#placement.of(name);
    // One that leaves has a worker still.
    if (index !== undefined && this.configs.has(name)) return this.#at(index);
    throw new ServiceError(`${name} is not served, because it could not be opened; see the log`);
  }

  #at(index: number): CrewWorker {
    const worker = this.#workers[index];
    assert(worker !== undefined, `there is no worker ${index}`);
    return worker;
  }

  /** Carries changes out; returns what could not be done, and what should be looked at. */
  async carryOut(changes: Changes): Promise<Outcome> {
    const replaced = changes.replaced.map(formatAddress);
    // A file may move from one export to another: who has it lets go first.
    const names = [...changes.removed, ...replaced];
    const haveLeft = await Promise.all(names.map((name) => this.#remove(name)));
    const problems = names.filter((_, at) => haveLeft[at] !== true)
      .map((name) => `${name} is served no more, but its last requests still run`);
    problems.push(...await this.#adopt(changes.adopted));
    const additions = [...changes.replaced, ...changes.added];
    this.#departures.keepOnly(new Set(additions.map(formatAddress)));
    const { problems: refused, warnings } = await this.#add(additions);
    return { problems: [...problems, ...refused], warnings };
  }

  /** False where its last requests still run. */
  async #remove(name: string): Promise<boolean> {
    const { masks: givenMasks = [] } = this.configs.get(name) ?? {};
    const index = this.#placement.of(name);
    this.configs.delete(name);
    this.unserved.delete(name);
    if (index === undefined) return true;
    const ended = this.#at(index).call("remove", name).then(({ state, faultedFile }) => {
      this.#placement.remove(name);
      if (faultedFile !== undefined) this.#faulted.set(faultedFile, name);
      return { state, givenMasks };
    });
    return await this.#departures.add(name, ended);
  }

  async #adopt(configs: readonly ExportConfig[]): Promise<readonly string[]> {
    const problems: string[] = [];
    await Promise.all(configs.map(async (config) => {
      const name = formatAddress(config);
      try {
        this.configs.set(name, config); // it holds, whatever still runs
        await this.of(name).call("adopt", name, config);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        problems.push(error.message);
      }
    }));
    return problems;
  }

  async #add(configs: readonly ExportConfig[]): Promise<Outcome> {
    const problems: string[] = [];
    const shares: Addition[][] = this.#workers.map(() => []);
    const areFree = await Promise.all(
      configs.map((one) => this.#departures.end(formatAddress(one))),
    );
    for (const [at, config] of configs.entries()) {
      const name = formatAddress(config);
      if (areFree[at] !== true) {
        problems.push(this.#noteUnserved(config, "requests of what had its address still run"));
        continue;
      }
      const carried = this.#departures.leftBy(name);
      // To look at each of a thousand files takes part of the start.
      const isFaulted = this.#faulted.size > 0 &&
        this.#faulted.has(factsOf(config)?.identity ?? "");
      shares[this.#placement.place(name, deviceOf(config))]?.push({ config, carried, isFaulted });
      this.unserved.delete(name);
      this.configs.set(name, config);
    }
    const refused = await Promise.all(shares.map(async (share, index) => {
      return share.length === 0 ? NOTHING : await this.#at(index).call("add", share);
    }));
    for (const [name, problem] of refused.flatMap(({ problems }) => [...problems])) {
      this.#placement.remove(name);
      const config = this.configs.get(name);
      if (config !== undefined) problems.push(this.#noteUnserved(config, problem));
    }
    for (const name of this.configs.keys()) this.#departures.forget(name);
    return { problems, warnings: refused.flatMap(({ warnings }) => [...warnings]) };
  }

  /** The next change tries it again. Returns that for people. */
  #noteUnserved(config: ExportConfig, reason: string): string {
    const name = formatAddress(config);
    // What is an option of a command line is a key of the file.
    const problem = reason.replaceAll(/--(read-only|shared|force)/g, "$1 = true");
    this.configs.delete(name);
    const unserved = { name, path: config.path, problem };
    this.unserved.set(name, unserved);
    return notServed(unserved);
  }

  /** An administrator let the export go: what serves its file next begins anew. */
  forgive(name: string): void {
    for (const [file, by] of this.#faulted) if (by === name) this.#faulted.delete(file);
  }

  /** Tells of exports whose path leads to another file by now. */
  async findStale(): Promise<readonly string[]> {
    return (await Promise.all(this.#workers.map((worker) => worker.call("findStale")))).flat();
  }

  /** Looks at the sizes of exports and advertises them; returns how many are served. */
  async announce(names: readonly string[]): Promise<number> {
    const served = names.filter((name) => this.configs.has(name));
    await Promise.all(this.#workers.map(async (worker, index) => {
      const own = served.filter((name) => this.#placement.of(name) === index);
      if (own.length > 0) await worker.call("announce", own);
    }));
    return served.length;
  }

  /** How each worker stands. */
  async status(): Promise<readonly WorkerStatus[]> {
    return await Promise.all(this.#workers.map((worker) => worker.call("status")));
  }

  /** Writes all counters to the log. */
  async report(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.call("report")));
  }

  /** Lets all workers end. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

/** The block device that an export has: a thread has all of its parts, or none. */
function deviceOf(config: ExportConfig): string | undefined {
  const facts = config.readOnly ? undefined : factsOf(config);
  return facts?.kind === "block device" ? facts.identity : undefined;
}

/** What its path leads to, where that can be told. */
function factsOf({ path }: ExportConfig): FileFacts | undefined {
  try {
    return LOCAL_SYSTEM.file(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined; // the worker tells what is wrong
  }
}
