/**
 * The load generator, load.c: made by gcc when it is needed, and run on CPU 1 unless it
 * may run anywhere.
 *
 * @module
 */
import { command } from "../e2e/namespace.ts";
import { TemporaryFolder } from "../temporary.ts";
import type { Load } from "./suites.ts";

const SOURCE = new URL("load.c", import.meta.url).pathname;
const CPU = "1";

/** What the generator tells of a load. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly done: number;
  readonly retransmitted: number;
  /** Requests that were answered by an error or with too little. */
  readonly bad: number;
  /** Requests that had no answer in the end. */
  readonly unanswered: number;
  /** Sectors that an `rv` found to hold something else than what the `wv` wrote. */
  readonly wrongSectors: number;
}

/** Where and for how long a load runs. */
export interface Scope {
  /** Namespace of the initiator, whose eth0 leads to the disk. */
  readonly namespace: string;
  /** Lower half of the disk's address, whose upper half is 0. */
  readonly slot?: number;
  /** Whether it may run on any CPU. */
  readonly isFree?: boolean;
  /** Sectors a request. */
  readonly sectors: number;
  readonly seconds: number;
  /** Sectors of the disk that are touched. */
  readonly span: number;
  /** Tells the data of one `wv` from that of another. */
  readonly seed: number;
}

/** The generator's program, in a folder of its own. */
export class LoadGenerator implements Disposable {
  readonly #folder = new TemporaryFolder();

  /** Compiles it; throws with what the compiler complains. */
  static async build(): Promise<LoadGenerator> {
    const generator = new LoadGenerator();
    try {
      await command("gcc", "-O2", "-Wall", "-Wextra", "-o", generator.#path, SOURCE);
      return generator;
    } catch (error) {
      generator[Symbol.dispose]();
      throw error;
    }
  }

  get #path(): string {
    return `${this.#folder.path}/load`;
  }

  /** Runs a load; a `wv` writes the whole span once, however long that takes. */
  async run(load: Load, scope: Scope): Promise<Figures> {
    const seconds = load.op === "wv" ? 0 : scope.seconds;
    const numbers = [load.window, scope.sectors, seconds, scope.span, scope.seed];
    const { namespace, slot = 0, isFree = false } = scope;
    const text = await command(
      ...["ip", "netns", "exec", namespace],
      ...(isFree ? [] : ["taskset", "-c", CPU]),
      ...[this.#path, "eth0", "0", `${slot}`, load.op, load.order, ...numbers.map(String)],
    );
    return JSON.parse(text);
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
