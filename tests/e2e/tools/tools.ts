/**
 * A client with two interfaces, and on the wires a disk of vblade's (e0.0, eth0) and one of
 * dblade's (e0.1, eth0 and eth1): what the commands that look at disks are tried on.
 *
 * @module
 */
import { Image } from "../image.ts";
import { Wire } from "../namespace.ts";
import { assertComplaint } from "../refusal.ts";
import { type Ended, programCommand, runProgram, TargetProcess } from "../target_process.ts";

/** Size of vblade's disk in bytes. */
export const VBLADE_SIZE = 3 * 2 ** 20;
/** Size of dblade's disk in bytes. */
export const DBLADE_SIZE = 5 * 2 ** 20;

/** The two hosts and the targets. */
export class ToolRig implements AsyncDisposable {
  /** The hosts. */
  readonly wire: Wire;
  /** vblade. */
  readonly vblade: TargetProcess;
  /** dblade. */
  readonly dblade: TargetProcess;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    wire: Wire,
    vblade: TargetProcess,
    dblade: TargetProcess,
  ) {
    this.#stack = stack;
    this.wire = wire;
    this.vblade = vblade;
    this.dblade = dblade;
  }

  /** Starts all of it. */
  static async open(): Promise<ToolRig> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open());
    await wire.plug(1500, "eth1");
    const images = [VBLADE_SIZE, DBLADE_SIZE].map((size) => stack.use(new Image(size)).path);
    const [one = "", other = ""] = images;
    const vblade = stack.use(await startVblade(wire, "eth0", one));
    const dblade = stack.use(
      await TargetProcess.start(wire.target, "0", "1", "eth0,eth1", other),
    );
    return new ToolRig(stack.move(), wire, vblade, dblade);
  }

  /** Runs a command on the client's host. */
  run(...args: readonly string[]): Promise<Ended> {
    return runProgram(args, { namespace: this.wire.initiator });
  }

  /** Starts a command there, with pipes to its standard output and error. */
  start(...args: readonly string[]): Deno.ChildProcess {
    return this.#spawn(args, "null");
  }

  #spawn(args: readonly string[], stdin: "null" | "piped"): Deno.ChildProcess {
    const line = ["netns", "exec", this.wire.initiator, ...programCommand(args)];
    return new Deno.Command("ip", { args: line, stdin, stdout: "piped", stderr: "piped" }).spawn();
  }

  /** Runs a command there with bytes on its standard input. */
  async feed(bytes: Uint8Array<ArrayBuffer>, ...args: readonly string[]): Promise<Ended> {
    const process = this.#spawn(args, "piped");
    const writer = process.stdin.getWriter();
    await writer.write(bytes).catch(() => {}); // it may read less
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await process.output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  /** Ends all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Starts vblade for e0.0 on an interface of the target's host. */
export function startVblade(wire: Wire, device: string, path: string): Promise<TargetProcess> {
  return TargetProcess.startCommand(wire.target, ["vblade", "0", "0", device, path]);
}

/** A command line that must be refused: the exit status, and parts of the message. */
export type WrongLine = readonly [line: string, code: number, ...says: readonly string[]];

/** Tries command lines that must be refused; two quotes are an empty argument. */
export async function assertWrong(
  test: Deno.TestContext,
  rig: ToolRig,
  lines: readonly WrongLine[],
): Promise<void> {
  for (const [line, code, ...says] of lines) {
    await test.step(line.slice(0, 60), async () => {
      const ended = await rig.run(...line.split(" ").map((word) => word === '""' ? "" : word));
      assertComplaint(ended, code, says);
    });
  }
}
