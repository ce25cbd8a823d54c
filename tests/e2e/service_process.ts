/**
 * `dblade serve` as a process of its own, started as a user would, and the folder that it needs.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ControlClient } from "../../lib/control/client.ts";
import type { ExportStatus, ServiceStatus } from "../../lib/control/service.ts";
import { TemporaryFolder } from "../temporary.ts";
import { ENGINE, permittedCommand, TargetProcess } from "./target_process.ts";

/** Longest time that anything may take to come to pass; the machine may be busy. */
const PATIENCE_MS = 20_000;
/** How often it is looked. */
const LOOK_MS = 20;

/** Keys of a table of the service's file. */
export type Keys = Readonly<Record<string, unknown>>;

/** Tables of a service's file. */
export interface FileTables {
  /** Keys of `[server]`, besides socket and engine. */
  readonly server?: Keys;
  /** Keys of `[acls]`. */
  readonly acls?: Keys;
  /** The exports. */
  readonly exports: readonly Keys[];
}

/** A table as TOML; texts, numbers, booleans and lists look there as in JSON. */
function tableText(title: string, keys: Keys): string {
  const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return [title, ...lines, ""].join("\n");
}

/** A folder with a service's file, socket, state and images. */
export class ServiceFolder implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #folder: TemporaryFolder;

  /** Makes it, below `parent` where that is given. */
  constructor(parent?: string) {
    this.#folder = new TemporaryFolder(parent);
    this.path = this.#folder.path;
    Deno.mkdirSync(this.state);
  }

  /** The service's file. */
  get file(): string {
    return `${this.path}/dblade.toml`;
  }

  /** Its control socket. */
  get socket(): string {
    return `${this.path}/dblade.sock`;
  }

  /** A folder for states, which the file has to name. */
  get state(): string {
    return `${this.path}/state`;
  }

  /** Makes an image of `size` zero bytes. Returns its path. */
  image(name: string, size: number): string {
    return this.#folder.file(name, size);
  }

  /** Writes the service's file. */
  write({ server = {}, acls = {}, exports }: FileTables): void {
    const text = [
      tableText("[server]", { "control-socket": this.socket, engine: ENGINE, ...server }),
      tableText("[acls]", acls),
      ...exports.map((keys) => tableText("[[export]]", keys)),
    ].join("\n");
    // As an editor does: a reload must never see half of it.
    Deno.writeTextFileSync(`${this.file}.new`, text);
    Deno.renameSync(`${this.file}.new`, this.file);
  }

  /** Removes it with all in it. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** The command line of a service by the folder's file. */
export function serviceCommand(folder: ServiceFolder, namespace: string): readonly string[] {
  const permissions = ["--allow-read", "--allow-write", "--allow-net"];
  const words = permittedCommand(["serve", "-c", folder.file], permissions);
  return ["ip", "netns", "exec", namespace, ...words];
}

/** A service that runs. */
export class ServiceProcess implements AsyncDisposable {
  /** Its process. */
  readonly process: TargetProcess;
  /** A connection to its control socket. */
  readonly control: ControlClient;

  readonly #socket: string;

  private constructor(process: TargetProcess, control: ControlClient, socket: string) {
    this.process = process;
    this.control = control;
    this.#socket = socket;
  }

  /** Starts one in `namespace` by the folder's file; returns when it has said that it serves. */
  static start(namespace: string, folder: ServiceFolder): Promise<ServiceProcess> {
    return ServiceProcess.run(serviceCommand(folder, namespace), folder);
  }

  /** The same by a whole command line. */
  static async run(command: readonly string[], folder: ServiceFolder): Promise<ServiceProcess> {
    const process = await TargetProcess.run(command);
    try {
      const { socket } = folder;
      return new ServiceProcess(process, await ControlClient.connect(socket), socket);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One more connection, for what goes on beside the first one. */
  connect(): Promise<ControlClient> {
    return ControlClient.connect(this.#socket);
  }

  /** How an export stands; throws where there is none. */
  async export(name: string): Promise<ExportStatus> {
    const { exports } = await this.control.status();
    const found = exports.find((one) => one.name === name);
    if (found === undefined) throw new Error(`There is no ${name}: ${this.process.stderr}`);
    return found;
  }

  /** Waits until the status is as `check` wants it; returns it. */
  async until(
    what: string,
    check: (status: ServiceStatus) => boolean,
  ): Promise<ServiceStatus> {
    let status = await this.control.status();
    const isSo = await eventually(async () => {
      status = await this.control.status();
      return check(status);
    });
    if (isSo) return status;
    const shown = JSON.stringify(status, undefined, 1);
    throw new Error(`${what} did not come to pass: ${shown}\n${this.process.stderr}`);
  }

  /** Ends it by SIGTERM, which must be in order. */
  async stop(): Promise<void> {
    this.process.kill("SIGTERM");
    const { code } = await this.process.ended();
    assertEquals(code, 0, this.process.stderr);
  }

  /** Ends it at once, should it still run. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.control[Symbol.dispose]();
    await this.process[Symbol.asyncDispose]();
  }
}

/** Waits until `check` holds; false: it did not in time. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  patienceMs: number = PATIENCE_MS,
): Promise<boolean> {
  const endMs = performance.now() + patienceMs;
  while (!await check()) {
    if (performance.now() > endMs) return false;
    await pause(LOOK_MS);
  }
  return true;
}

/** Waits. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
