/**
 * A service of many exports in a process of its own, and a client that asks all of them.
 *
 * @module
 */
import { Opcode } from "../../lib/ata/command.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { SHELF_ANY, SLOT_ANY } from "../../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../../lib/wire/mac.ts";
import { ataRequest, configRequest } from "../../lib/wire/requests.ts";
import { TemporaryFolder } from "../temporary.ts";
import { ClientEnd } from "./client_end.ts";
import { inNamespace, type Wire } from "./namespace.ts";
import { permittedCommand } from "./target_process.ts";

/** So many have addresses on one shelf. */
const SLOTS = 250;
/** Requests under way at a time. */
const WINDOW = 64;
/** What was not answered in this time is asked again, in ms. */
const PATIENCE_MS = 100;

/** Where the export of that number is. */
export function addressAt(index: number): { readonly shelf: number; readonly slot: number } {
  return { shelf: 1 + Math.floor(index / SLOTS), slot: index % SLOTS };
}

/** The number of the export that is there. */
function numberOf({ shelf, slot }: { readonly shelf: number; readonly slot: number }): number {
  return (shelf - 1) * SLOTS + slot;
}

/** A folder with images, a file that names them, and the command that serves them. */
export class ManyExports implements Disposable {
  /** The file that names them. */
  readonly configPath: string;
  readonly #folder: TemporaryFolder;
  readonly #server: string;

  /** `server` is what the file's table [server] says besides its socket. */
  constructor(count: number, server = "", parent?: string) {
    this.#folder = new TemporaryFolder(parent);
    this.#server = server;
    this.configPath = `${this.#folder.path}/dblade.toml`;
    this.write(count);
  }

  /** The folder. */
  get folder(): string {
    return this.#folder.path;
  }

  /** The control socket. */
  get socket(): string {
    return `${this.#folder.path}/sock`;
  }

  /** From now on the file names so many; `more` are keys of the last one. */
  write(count: number, more = ""): void {
    const tables = Array.from({ length: count }, (_, index) => {
      const { shelf, slot } = addressAt(index);
      const name = `e${shelf}.${slot}.img`;
      this.#folder.file(name, 2 ** 20);
      return `[[export]]\nshelf = ${shelf}\nslot = ${slot}\npath = "${this.folder}/${name}"\n`;
    });
    const server = `[server]\ncontrol-socket = "${this.socket}"\n${this.#server}\n`;
    const defaults = `[defaults]\ninterfaces = ["eth0"]\n`;
    Deno.writeTextFileSync(this.configPath, [server, defaults, ...tables, more].join("\n"));
  }

  /** The command line of `dblade COMMAND ...` for this service. */
  command(...words: readonly string[]): string[] {
    const permissions = ["--allow-net", "--allow-read", "--allow-write"];
    return permittedCommand(words, permissions);
  }

  /** Removes all. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** A client on the other end of the wire. */
export class ManyClient implements Disposable {
  readonly #end: ClientEnd;

  /** Asks by eth0. */
  constructor(wire: Wire) {
    this.#end = inNamespace(wire.initiator, () => new ClientEnd("eth0"));
  }

  /** Asks by one broadcast; returns the numbers of those that answer within `waitMs`. */
  async discover(waitMs: number): Promise<ReadonlySet<number>> {
    const tag = 1 + Math.floor(Math.random() * 2 ** 31);
    const route = { source: this.#end.mac, destination: BROADCAST_MAC };
    const everybody = { ...route, shelf: SHELF_ANY, slot: SLOT_ANY };
    this.#end.send(configRequest(everybody, ConfigCommand.READ), tag);
    const found = new Set<number>();
    for (const endMs = performance.now() + waitMs; performance.now() < endMs; await pause(5)) {
      const answers = this.#end.heard((frame) => ({ tag: frame.tag, number: numberOf(frame) }));
      for (const answer of answers) if (answer.tag === tag) found.add(answer.number);
    }
    return found;
  }

  /** Reads the first sector of the exports until each has answered; throws after `patienceMs`. */
  async readAll(numbers: readonly number[], patienceMs: number): Promise<void> {
    const endMs = performance.now() + patienceMs;
    const waiting = new Map<number, number>(); // when each was asked
    const left = numbers.slice();
    while (left.length > 0 || waiting.size > 0) {
      const nowMs = performance.now();
      if (nowMs > endMs) throw new Error(`${left.length + waiting.size} exports do not answer`);
      while (waiting.size < WINDOW && left.length > 0) this.#ask(left.pop() ?? 0, waiting);
      for (const [number, askedMs] of waiting) {
        if (nowMs - askedMs > PATIENCE_MS) this.#ask(number, waiting);
      }
      const answers = this.#end.heard((frame) => ({ number: numberOf(frame), tag: frame.tag }));
      for (const { number, tag } of answers) if (tag === number + 1) waiting.delete(number);
      if (answers.length === 0) await pause(1);
    }
  }

  #ask(number: number, waiting: Map<number, number>): void {
    const route = { source: this.#end.mac, destination: BROADCAST_MAC, ...addressAt(number) };
    this.#end.send(ataRequest(route, { opcode: Opcode.READ_EXT, lba: 0, count: 1 }), number + 1);
    waiting.set(number, performance.now());
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#end[Symbol.dispose]();
  }
}

function pause(durationMs: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
