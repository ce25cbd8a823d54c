/**
 * The program under test as a process of its own, started as a user would.
 *
 * @module
 */
import { COMMAND_WORDS } from "../../lib/cli/table.ts";
import { EXPORT } from "../../lib/cli/table/export.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The engine that targets run with which name none: what DBLADE_ENGINE says, else the default. */
export const ENGINE = Deno.env.get("DBLADE_ENGINE") ?? "auto";

/**
 * The command line of the program: from the sources, or a compiled one named by DBLADE_PROGRAM;
 * with the engine of DBLADE_ENGINE where `args` name none and no other command than the export.
 */
export function programCommand(args: readonly string[]): string[] {
  const isOther = COMMAND_WORDS.includes(args[0] ?? "") && args[0] !== EXPORT.name;
  const isChosen = ENGINE === "auto" || args.some((word) => word.startsWith("--engine"));
  const words = isChosen || isOther ? args : ["--engine", ENGINE, ...args];
  const compiled = Deno.env.get("DBLADE_PROGRAM");
  if (compiled !== undefined) return [compiled, ...words];
  return [Deno.execPath(), "run", "--allow-ffi", `${ROOT}main.ts`, ...words];
}

/** The same for a command that needs `permissions` of Deno, beside that to call libc. */
export function permittedCommand(
  args: readonly string[],
  permissions: readonly string[],
): string[] {
  const compiled = Deno.env.get("DBLADE_PROGRAM");
  if (compiled !== undefined) return [compiled, ...args];
  return [Deno.execPath(), "run", "--allow-ffi", ...permissions, `${ROOT}main.ts`, ...args];
}

/** Options of `deno run` that give a socket in the file system, with any Deno. */
export function socketPermissions(path: string): readonly string[] {
  return ["--allow-net", `--allow-read=${path}`, `--allow-write=${path}`];
}

/** How a run ended. */
export interface Ended {
  /** Exit status. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it complained. */
  readonly stderr: string;
}

/** Runs the program to its end, in a namespace where one is given. */
export async function runProgram(
  args: readonly string[],
  options: { namespace?: string; prefix?: readonly string[]; cwd?: string } = {},
): Promise<Ended> {
  return await runCommand([...prefixOf(options), ...programCommand(args)], options.cwd);
}

/** Runs a command to its end. */
export async function runCommand(command: readonly string[], cwd: string = ROOT): Promise<Ended> {
  const [program = "", ...words] = command;
  const output = await new Deno.Command(program, { args: words, stdin: "null", cwd }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}

function prefixOf(options: { namespace?: string; prefix?: readonly string[] }): readonly string[] {
  const enter = options.namespace === undefined ? [] : ["ip", "netns", "exec", options.namespace];
  return [...enter, ...(options.prefix ?? [])];
}

/** A target that runs. */
export class TargetProcess implements AsyncDisposable {
  /** Its first line on standard output. */
  readonly line: string;
  readonly #process: Deno.ChildProcess;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  readonly #complaints: Promise<void>;
  #stderr = "";

  private constructor(
    process: Deno.ChildProcess,
    stdout: ReadableStreamDefaultReader<string>,
    line: string,
  ) {
    this.#process = process;
    this.#stdout = stdout;
    this.line = line;
    this.#complaints = this.#collect(process.stderr);
  }

  /** Starts one in `namespace`; returns when it has said that it serves. */
  static start(namespace: string, ...args: readonly string[]): Promise<TargetProcess> {
    return TargetProcess.startCommand(namespace, programCommand(args));
  }

  /** The same for any target that says so on standard output, such as vblade. */
  static startCommand(namespace: string, line: readonly string[]): Promise<TargetProcess> {
    return TargetProcess.run([...prefixOf({ namespace }), ...line]);
  }

  /** Starts one by a whole command line, whose first process becomes the program. */
  static async run(command: readonly string[]): Promise<TargetProcess> {
    const [program = "", ...words] = command;
    const process = new Deno.Command(program, {
      args: words,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      cwd: ROOT,
    }).spawn();
    const stdout = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await stdout.read();
    const target = new TargetProcess(process, stdout, value ?? "");
    if (value === undefined) {
      const { code } = await target.ended();
      throw new Error(`The target ended with ${code}: ${target.stderr}`);
    }
    return target;
  }

  /** What it complained so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Its process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Waits until its log holds `text`. */
  async logged(text: string, patienceMs: number = 30_000): Promise<void> {
    const endMs = performance.now() + patienceMs;
    while (!this.#stderr.includes(text)) {
      if (performance.now() > endMs) throw new Error(`"${text}" is not in the log: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** Waits for its end. */
  async ended(): Promise<Deno.CommandStatus> {
    const status = await this.#process.status;
    await this.#complaints;
    await this.#stdout.cancel();
    return status;
  }

  async #collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#stderr += text;
  }

  /** Ends it, should it still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // it has ended by itself
    }
    await this.ended();
  }
}
