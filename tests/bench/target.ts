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

const CPU = "0";
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

/** The command line of an engine; ours tells its garbage collections on standard output. */
function commandOf(engine: EngineName, args: readonly string[]): readonly string[] {
  if (engine === "vblade") return ["vblade", ...args];
  const words = programCommand(["--engine", engine, ...args]);
  return words[1] === "run" ? words.toSpliced(2, 0, "--v8-flags=--trace-gc") : words;
}

/** A vblade, or ours with one of its engines. */
export class BenchTarget implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #output = new TemporaryFolder("/dev/shm");
  readonly #tellsCollections: boolean;

  /** Starts one; it may take a moment until it answers. */
  constructor(
    namespace: string,
    engine: EngineName,
    flags: readonly string[],
    image: string,
  ) {
    const words = commandOf(engine, [...flags, ...PLACE, image]);
    this.#tellsCollections = words.includes("--v8-flags=--trace-gc");
    // To files: a pipe would need a reader, who takes time of one of the two CPUs.
    const script = 'folder=$1; shift; exec "$@" > "$folder/stdout" 2> "$folder/stderr"';
    this.#process = new Deno.Command("ip", {
      args: [
        ...["netns", "exec", namespace, "taskset", "-c", CPU],
        ...["sh", "-c", script, "sh", this.#output.path, ...words],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
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
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // it has ended by itself
    }
    await this.#process.status;
    this.#output[Symbol.dispose]();
  }
}
