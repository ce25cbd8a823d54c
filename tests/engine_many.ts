/**
 * An engine with many exports on two interfaces, and a client's end of each. What is sent and heard
 * are single frames, so that nothing is asked for again.
 *
 * @module
 */
import { assert } from "@std/assert";
import { Opcode } from "../lib/ata/command.ts";
import type { Backing, Engine, Export } from "../lib/engine/engine.ts";
import type { ServedPort } from "../lib/engine/port.ts";
import { ConfigCommand } from "../lib/wire/config.ts";
import { SHELF_ANY, SLOT_ANY } from "../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../lib/wire/mac.ts";
import { ataRequest, configRequest, type Route } from "../lib/wire/requests.ts";
import { ClientEnd } from "./e2e/client_end.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { makeTarget, type OpenEngine, QUIET } from "./engine_case.ts";

/** The interfaces. */
export const NAMES = ["eth0", "eth1"] as const;
/** One of {@linkcode NAMES}. */
export type Name = (typeof NAMES)[number];

/** So many have addresses on one shelf. */
const SLOTS = 250;

/** A reply, or what came unasked. */
export interface Heard {
  /** Which export it comes from. */
  readonly number: number;
  /** 0: nobody asked. */
  readonly tag: number;
  /** The status register of an ATA reply. */
  readonly status: number;
  /** What is behind the ATA header. */
  readonly data: Uint8Array;
}

/** How an export is served. */
export interface ServeOptions {
  /** Where. */
  readonly on?: readonly Name[];
  /** Whether its writes are durable. */
  readonly durable?: boolean;
}

/** See above. */
export class ManyBench implements AsyncDisposable {
  readonly wire: Wire;
  readonly engine: Engine;
  readonly #clients: ReadonlyMap<string, ClientEnd>;
  readonly #resources = new DisposableStack();

  private constructor(wire: Wire, open: OpenEngine) {
    this.wire = wire;
    const names = NAMES.map((name) => ({ name }));
    this.engine = inNamespace(wire.target, () => this.#resources.use(open(QUIET, names)));
    this.#clients = inNamespace(
      wire.initiator,
      () => new Map(NAMES.map((name) => [name, this.#resources.use(new ClientEnd(name))])),
    );
  }

  static async open(open: OpenEngine): Promise<ManyBench> {
    const wire = await Wire.open();
    await wire.plug(1500, "eth1");
    return new ManyBench(wire, open);
  }

  port(name: Name): ServedPort {
    const port = this.engine.ports.find((candidate) => candidate.name === name);
    assert(port !== undefined, `there is no port ${name}`);
    return port;
  }

  /** Serves export `number`, with frames that come from now on. */
  serve(number: number, backing: Backing, options: ServeOptions = {}): Export {
    const { on = NAMES, durable = false } = options;
    const slot = number % SLOTS;
    const shelf = Math.floor(number / SLOTS);
    const { alignment } = backing;
    const target = makeTarget([], durable, slot, { shelf, alignment });
    const served = { target, backing };
    this.engine.add(served);
    for (const name of on) this.engine.attach(served, this.port(name));
    return served;
  }

  /** Lets filters follow what is served. */
  settle(): void {
    inNamespace(this.wire.target, () => this.engine.poll(0));
  }

  #client(name: Name): ClientEnd {
    const client = this.#clients.get(name);
    assert(client !== undefined);
    return client;
  }

  /** Asks export `number` for one sector; `lba` is the tag, too, where none is given. */
  read(name: Name, number: number, lba: number, tag = lba): void {
    const request = { opcode: Opcode.READ_EXT, lba, count: 1 };
    this.#client(name).send(ataRequest(this.#route(name, number), request), tag);
  }

  /** Asks it to write whole sectors. */
  write(name: Name, number: number, lba: number, data: Uint8Array, tag = lba): void {
    const request = { opcode: Opcode.WRITE_EXT, lba, count: data.length / 512, data };
    this.#client(name).send(ataRequest(this.#route(name, number), request), tag);
  }

  /** Asks all exports who is there. */
  askAll(name: Name, tag: number): void {
    const route = { ...this.#route(name, 0), shelf: SHELF_ANY, slot: SLOT_ANY };
    this.#client(name).send(configRequest(route, ConfigCommand.READ), tag);
  }

  /** Asks all exports for a sector, which all of them ignore. */
  bother(name: Name, tag: number): void {
    const route = { ...this.#route(name, 0), shelf: SHELF_ANY, slot: SLOT_ANY };
    const request = { opcode: Opcode.READ_EXT, lba: 0, count: 1 };
    this.#client(name).send(ataRequest(route, request), tag);
  }

  #route(name: Name, number: number): Route {
    return {
      source: this.#client(name).mac,
      destination: BROADCAST_MAC,
      shelf: Math.floor(number / SLOTS),
      slot: number % SLOTS,
    };
  }

  /** Lets the engine work until nothing is left to do; returns what the client heard meanwhile. */
  work(name: Name = "eth0"): readonly Heard[] {
    const heard: Heard[] = [];
    for (let quiet = 0; quiet < 3;) {
      const count = inNamespace(this.wire.target, () => this.engine.poll(10));
      const more = this.heard(name);
      heard.push(...more);
      quiet = count + more.length > 0 ? 0 : quiet + 1;
    }
    return heard;
  }

  /** What the client has heard since it was last asked. */
  heard(name: Name = "eth0"): readonly Heard[] {
    return this.#client(name).heard(({ bytes, shelf, slot, tag }) => ({
      number: shelf * SLOTS + slot,
      tag,
      status: bytes[27] ?? 0,
      data: bytes.slice(36, 36 + 512),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resources.dispose();
    await this.wire[Symbol.asyncDispose]();
  }
}

/** The tags of what was heard, or the exports it came from, in order of size. */
export function sorted(heard: readonly Heard[], key: "tag" | "number" = "tag"): readonly number[] {
  return heard.map((one) => one[key]).toSorted((one, other) => one - other);
}
