/**
 * The workers of a service and who of them serves what.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { ServiceError, type UnservedStatus } from "../control/service.ts";
import { assert } from "../assert.ts";
import type { TargetState } from "../target/settings.ts";
import type { Changes } from "./changes.ts";
import { addressOf } from "./claim.ts";
import type { Addition } from "./data_path.ts";
import { Placement } from "./placement.ts";
import type { WorkerStatus } from "./status.ts";
import type { WorkerLink } from "./worker_link.ts";

/** See above. */
export class Crew {
  /** What is served, by address. */
  readonly configs: Map<string, ExportConfig> = new Map();
  /** What should be served and cannot be, by address. */
  readonly unserved: Map<string, UnservedStatus> = new Map();
  readonly #workers: readonly WorkerLink[];
  readonly #placement: Placement;

  /** Workers that serve nothing yet. */
  constructor(workers: readonly WorkerLink[]) {
    this.#workers = workers;
    this.#placement = new Placement(workers.length);
  }

  /** The worker of an export; throws where none serves it. */
  of(name: string): WorkerLink {
    const index = this.#placement.of(name);
    if (index !== undefined) return this.#at(index);
    throw new ServiceError(`${name} is not served, because it could not be opened; see the log`);
  }

  #at(index: number): WorkerLink {
    const worker = this.#workers[index];
    assert(worker !== undefined, `there is no worker ${index}`);
    return worker;
  }

  /** Carries changes out; returns what could not be done. */
  async carryOut(changes: Changes): Promise<readonly string[]> {
    const replaced = changes.replaced.map(addressOf);
    // A file may move from one export to another: who has it lets go first.
    const states = new Map<string, TargetState>();
    await Promise.all([...changes.removed, ...replaced].map(async (name) => {
      const state = await this.#remove(name);
      if (state !== undefined) states.set(name, state);
    }));
    const problems = await this.#adopt(changes.adopted);
    const additions = [...changes.replaced, ...changes.added].map((config) => ({
      config,
      carried: states.get(addressOf(config)),
    }));
    return [...problems, ...await this.#add(additions)];
  }

  async #remove(name: string): Promise<TargetState | undefined> {
    this.configs.delete(name);
    this.unserved.delete(name);
    if (this.#placement.of(name) === undefined) return undefined;
    const state = await this.of(name).call("remove", name);
    this.#placement.remove(name);
    return state;
  }

  async #adopt(configs: readonly ExportConfig[]): Promise<readonly string[]> {
    const problems: string[] = [];
    await Promise.all(configs.map(async (config) => {
      const name = addressOf(config);
      try {
        await this.of(name).call("adopt", name, config);
        this.configs.set(name, config);
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        problems.push(error.message);
      }
    }));
    return problems;
  }

  async #add(additions: readonly Addition[]): Promise<readonly string[]> {
    const shares: Addition[][] = this.#workers.map(() => []);
    for (const addition of additions) {
      const name = addressOf(addition.config);
      shares[this.#placement.place(name)]?.push(addition);
      this.unserved.delete(name);
      this.configs.set(name, addition.config);
    }
    const refused = await Promise.all(shares.map(async (share, index) => {
      return share.length === 0 ? new Map() : await this.#at(index).call("add", share);
    }));
    const problems: string[] = [];
    for (const [name, problem] of refused.flatMap((map) => [...map])) {
      this.#placement.remove(name);
      const path = this.configs.get(name)?.path ?? "";
      this.configs.delete(name); // the next reload tries it again
      this.unserved.set(name, { name, path, problem });
      problems.push(`${name} is not served: ${problem}`);
    }
    return problems;
  }

  /** Looks at the sizes of exports and advertises them; returns how many are served. */
  async announce(names: readonly string[]): Promise<number> {
    const served = names.filter((name) => this.#placement.of(name) !== undefined);
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
