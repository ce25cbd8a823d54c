/**
 * A target that is measured: a process on CPU 0, in its own namespace.
 *
 * @module
 */
import { programCommand } from "../e2e/target_process.ts";
import { cpuTicks, TICKS_PER_SECOND } from "../e2e/usage.ts";
import { TemporaryFolder } from "../temporary.ts";
import { type Collections, collectionsIn } from "./collections.ts";
import type { EngineName } from "./options.ts";
import { serviceCommand, watchScript } from "./service_target.ts";

const CPU = "0";
/** Longest wait for the first look at a status. */
const READY_MS = 20_000;
/** Where vblade and ours serve. */
export const PLACE = ["0", "0", "eth0"];

/** What a process has used, and where it is in what it prints. */
interface Mark {
  readonly cpuSeconds: number;
  readonly printed: number;
}

/** What a target used during a load. */
export interface Usage {
  /** CPU time of all its threads, in seconds, as fine as the kernel's ticks: 10 ms. */
  readonly cpuSeconds: number;
  /** Undefined where it does not tell. */
  readonly collections: Collections | undefined;
}

/** How a target is started. */
interface Start {
  readonly engine: EngineName;
  readonly flags: readonly string[];
  readonly image: string;
  readonly folder: string;
}

/** The command line of an engine; ours tells its garbage collections on standard output. */
function commandOf({ engine, flags, image, folder }: Start): readonly string[] {
  const args = [...flags, ...PLACE, image];
  if (engine === "vblade") return ["vblade", ...args];
  const words = engine === "service"
    ? serviceCommand(flags, image, folder)
    : programCommand(["--engine", engine, ...args]);
  return words[1] === "run" ? words.toSpliced(2, 0, "--v8-flags=--trace-gc") : words;
}

/** A vblade, or ours with one of its engines or as a service. */
export class BenchTarget implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  /** Who looks at its status meanwhile, on the same processor. */
  readonly #watcher: Deno.ChildProcess | undefined;
  readonly #output = new TemporaryFolder("/dev/shm");
  readonly #tellsCollections: boolean;

  /** Starts one; it may take a moment until it answers. */
  constructor(
    namespace: string,
    engine: EngineName,
    flags: readonly string[],
    image: string,
  ) {
    const folder = this.#output.path;
    const words = commandOf({ engine, flags, image, folder });
    this.#tellsCollections = words.includes("--v8-flags=--trace-gc");
    // To files: a pipe would need a reader, who takes time of one of the two CPUs.
    const script = 'folder=$1; shift; exec "$@" > "$folder/stdout" 2> "$folder/stderr"';
    const run = (...args: string[]): Deno.ChildProcess =>
      new Deno.Command("ip", {
        args: ["netns", "exec", namespace, "taskset", "-c", CPU, ...args],
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
    this.#process = run("sh", "-c", script, "sh", folder, ...words);
    this.#watcher = engine === "service" ? run("sh", "-c", watchScript(folder)) : undefined;
  }

  /** Waits until whoever looks at its status does so: to start takes part of a processor. */
  async ready(): Promise<void> {
    const endMs = performance.now() + READY_MS;
    while (this.#watcher !== undefined && this.#read("watched") === "") {
      if (performance.now() > endMs) throw new Error("nobody could look at its status");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What it complained. */
  get complaints(): string {
    return this.#read("stderr").trim();
  }

  /** What it has used so far. */
  mark(): Mark {
    return {
      cpuSeconds: cpuTicks(this.#process.pid) / TICKS_PER_SECOND,
      printed: this.#read("stdout").length,
    };
  }

  /** What it has used since then. */
  since({ cpuSeconds, printed }: Mark): Usage {
    const text = this.#read("stdout").slice(printed);
    return {
      cpuSeconds: this.mark().cpuSeconds - cpuSeconds,
      collections: this.#tellsCollections ? collectionsIn(text) : undefined,
    };
  }

  #read(name: string): string {
    try {
      return Deno.readTextFileSync(`${this.#output.path}/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return ""; // it has not got so far
      throw error;
    }
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of [this.#watcher, this.#process]) {
      try {
        process?.kill("SIGTERM");
      } catch {
        // it has ended by itself
      }
      await process?.status;
    }
    this.#output[Symbol.dispose]();
  }
}
