/**
 * Targets to copy from and to, and runs of the program with something on its standard input.
 *
 * @module
 */
import { type Ended, programCommand, TargetProcess } from "../target_process.ts";
import type { Wire } from "../namespace.ts";

/** The targets that every command has to work with. */
export const TARGETS = ["dblade", "vblade"] as const;
/** One of them. */
export type TargetKind = typeof TARGETS[number];

/** Starts a target as e0.SLOT. */
export function startTarget(
  wire: Wire,
  kind: TargetKind,
  path: string,
  slot: number = 0,
): Promise<TargetProcess> {
  const place = ["0", `${slot}`, "eth0", path];
  return kind === "vblade"
    ? TargetProcess.startCommand(wire.target, ["vblade", "-b", "64", ...place])
    : TargetProcess.start(wire.target, ...place);
}

/** A run of the program on the initiator's host. */
export class Run {
  readonly process: Deno.ChildProcess;
  readonly #output: Promise<Deno.CommandOutput>;

  /** Starts it; `input` goes to its standard input. */
  constructor(wire: Wire, args: readonly string[], input?: Uint8Array<ArrayBuffer>) {
    const [program = "", ...words] = [
      ...["ip", "netns", "exec", wire.initiator],
      ...programCommand(args),
    ];
    const stdin = input === undefined ? "null" : "piped";
    this.process = new Deno.Command(program, {
      args: words,
      stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#output = this.process.output();
    if (input !== undefined) feed(this.process, input);
  }

  /** Waits for its end; `bytes` is what it wrote to standard output. */
  async ended(): Promise<Ended & { bytes: Uint8Array<ArrayBuffer> }> {
    const { code, stdout, stderr } = await this.#output;
    const text = new TextDecoder();
    return { code, bytes: stdout, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }
}

async function feed(process: Deno.ChildProcess, input: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = process.stdin.getWriter();
  try {
    await writer.write(input);
    await writer.close();
  } catch {
    // it ended before it had read all
  }
}

/** Runs the program to its end. */
export function runTool(
  wire: Wire,
  args: readonly string[],
  input?: Uint8Array<ArrayBuffer>,
): ReturnType<Run["ended"]> {
  return new Run(wire, args, input).ended();
}

/** Waits until a file is there and holds `text`. */
export async function waitForText(path: string, text: RegExp): Promise<void> {
  const endMs = performance.now() + 30_000;
  for (;;) {
    try {
      if (text.test(Deno.readTextFileSync(path))) return;
    } catch {
      // not there yet
    }
    if (performance.now() > endMs) throw new Error(`${text} did not come to stand in ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The SHA-256 in hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
