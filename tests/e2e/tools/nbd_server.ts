/**
 * `dblade nbd` as a process of its own, and targets for it.
 *
 * @module
 */
import { Image } from "../image.ts";
import { command, Wire } from "../namespace.ts";
import { permittedCommand, socketPermissions, TargetProcess } from "../target_process.ts";

/** Targets that disks are served from. */
export const TARGETS = ["dblade", "vblade"] as const;
/** One of them. */
export type TargetName = (typeof TARGETS)[number];

/** The command line of `dblade nbd`. */
export function nbdCommand(args: readonly string[], permissions: readonly string[]): string[] {
  return permittedCommand(["nbd", ...args], permissions);
}

/** Exports an image as e0.0. */
export function startTarget(wire: Wire, name: TargetName, path: string, ...args: string[]) {
  const line = [...args, "0", "0", "eth0", path];
  return name === "dblade"
    ? TargetProcess.start(wire.target, ...line)
    // It prints through a buffer, which a pipe keeps from being seen.
    : TargetProcess.startCommand(wire.target, ["stdbuf", "-oL", "vblade", ...line]);
}

/** A target with an image, and `dblade nbd` that serves it. */
export class NbdSetup implements AsyncDisposable {
  /** Both hosts. */
  readonly wire: Wire;
  /** What the target exports. */
  readonly image: Image;
  /** `dblade nbd`. */
  readonly server: TargetProcess;
  /** How clients call it. */
  readonly uri: string;
  /** The present target; a test may replace it. */
  target: TargetProcess;

  private constructor(wire: Wire, image: Image, target: TargetProcess, server: TargetProcess) {
    this.wire = wire;
    this.image = image;
    this.target = target;
    this.server = server;
    this.uri = `nbd+unix:///?socket=${NbdSetup.socket(image)}`;
  }

  /** Path of the socket. */
  static socket(image: Image): string {
    return `${image.folder}/nbd.sock`;
  }

  /** Starts all; `args` are options of `dblade nbd`. */
  static async start(
    name: TargetName,
    size: number,
    options: { args?: readonly string[]; targetArgs?: string[]; mtu?: number } = {},
  ): Promise<NbdSetup> {
    await using stack = new AsyncDisposableStack();
    const wire = stack.use(await Wire.open(options.mtu));
    const image = stack.use(new Image(size));
    const target = stack.use(
      await startTarget(wire, name, image.path, ...options.targetArgs ?? []),
    );
    const socket = NbdSetup.socket(image);
    const args = ["e0.0", "--listen", `unix:${socket}`, ...options.args ?? []];
    const line = nbdCommand(args, socketPermissions(socket));
    const server = await TargetProcess.startCommand(wire.initiator, line);
    stack.move();
    return new NbdSetup(wire, image, target, server);
  }

  /** Runs a client; returns what it printed, and throws what it complained. */
  run(...words: readonly string[]): Promise<string> {
    return command(...words);
  }

  /** Runs commands of qemu-io. */
  io(...commands: readonly string[]): Promise<string> {
    const words = commands.flatMap((one) => ["-c", one]);
    return command("qemu-io", "-f", "raw", ...words, this.uri);
  }

  /** Ends all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.target[Symbol.asyncDispose]();
    this.image[Symbol.dispose]();
    await this.wire[Symbol.asyncDispose]();
  }
}
