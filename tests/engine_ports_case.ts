/**
 * What every engine must do with several interfaces: each has its own replies, and none waits for
 * another one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../lib/ata/command.ts";
import type { Engine } from "../lib/engine/engine.ts";
import type { ServedPort } from "../lib/engine/port.ts";
import { requestFilter } from "../lib/wire/filter.ts";
import { ataRequest } from "../lib/wire/requests.ts";
import { ClientEnd } from "./e2e/client_end.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { makeTarget, MemoryDisk, type Prepare, SHELF, SLOT } from "./engine_case.ts";

const NAMES = ["eth0", "eth1"] as const;
type Name = (typeof NAMES)[number];

/** An engine on two interfaces, and a client's end of each. */
class Bench implements AsyncDisposable {
  readonly wire: Wire;
  readonly disk = new MemoryDisk();
  readonly engine: Engine;
  readonly #clients: ReadonlyMap<Name, ClientEnd>;
  readonly #ports: readonly ServedPort[];
  readonly #resources = new DisposableStack();

  private constructor(wire: Wire, prepare: Prepare) {
    this.wire = wire;
    const filter = (index: number) => requestFilter(SHELF, SLOT, index);
    const prepared = inNamespace(
      wire.target,
      () => this.#resources.use(prepare({ names: NAMES, filter, bufferCount: 16 })),
    );
    this.#ports = prepared.ports;
    this.#clients = inNamespace(
      wire.initiator,
      () => new Map(NAMES.map((name) => [name, this.#resources.use(new ClientEnd(name))])),
    );
    const target = makeTarget(this.#ports);
    this.engine = this.#resources.use(prepared.start({ target, backing: this.disk }));
  }

  static async open(prepare: Prepare): Promise<Bench> {
    const wire = await Wire.open();
    await wire.plug(9000, "eth1");
    return new Bench(wire, prepare);
  }

  port(name: Name): ServedPort {
    const port = this.#ports.find((candidate) => candidate.name === name);
    assert(port !== undefined);
    return port;
  }

  client(name: Name): ClientEnd {
    const client = this.#clients.get(name);
    assert(client !== undefined);
    return client;
  }

  /** Asks for sector `lba`, which is the tag, too. */
  ask(name: Name, lba: number, client = this.client(name)): void {
    const { mac } = this.port(name);
    const route = { source: client.mac, destination: mac, shelf: SHELF, slot: SLOT };
    client.send(ataRequest(route, { opcode: Opcode.READ_EXT, lba, count: 1 }), lba);
  }

  /** Tags of the replies that are there. */
  heard(name: Name, client = this.client(name)): number[] {
    return client.heard(({ tag }) => tag);
  }

  /** Lets the engine work until nothing is left to do. */
  work(): void {
    for (let quiet = 0; quiet < 3;) quiet = this.engine.poll(10) > 0 ? 0 : quiet + 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resources.dispose();
    await this.wire[Symbol.asyncDispose]();
  }
}

/** Registers the suite for one engine. */
export function enginePortsCases(name: string, prepare: Prepare): void {
  e2e(`${name}: each reply leaves by the interface of its request`, [], async () => {
    await using bench = await Bench.open(prepare);
    for (let lba = 0; lba < 8; lba++) bench.ask(lba % 2 === 0 ? "eth0" : "eth1", lba);
    bench.work();
    assertEquals(bench.heard("eth0").sort(), [0, 2, 4, 6]);
    assertEquals(bench.heard("eth1").sort(), [1, 3, 5, 7]);
    for (const at of NAMES) {
      const { received, sent, sendErrors } = bench.port(at).counts;
      assertEquals([received, sent, sendErrors], [4, 4, 0], at);
    }
  });

  e2e(`${name}: a busy interface does not hold up another one`, [], async () => {
    await using bench = await Bench.open(prepare);
    const { disk } = bench;
    const order: number[] = [];
    const read = disk.read.bind(disk);
    disk.read = (pointer, size, offset) => {
      order.push(offset / 512);
      // it arrives while the other one's frames are being served
      if (order.length === 10) bench.ask("eth0", 1000);
      return read(pointer, size, offset);
    };
    for (let lba = 0; lba < 200; lba++) bench.ask("eth1", lba);
    bench.work();
    assertEquals(order.length, 201);
    const at = order.indexOf(1000);
    assert(at < 60, `it was served after ${at} others`);
    assertEquals(order.filter((lba) => lba < 1000), Array.from({ length: 200 }, (_, lba) => lba));
  });

  e2e(`${name}: an interface that is gone leaves the other one serving`, [], async () => {
    await using bench = await Bench.open(prepare);
    for (let lba = 0; lba < 4; lba++) bench.ask("eth1", lba);
    await bench.wire.ip(bench.wire.target, "link del eth1");
    bench.ask("eth0", 9);
    bench.work();
    assertEquals(bench.heard("eth0"), [9]);
    assertEquals(inNamespace(bench.wire.target, () => bench.port("eth1").refresh()), ["gone"]);
    bench.ask("eth0", 10);
    bench.work();
    assertEquals(bench.heard("eth0"), [10]);
    await bench.wire.plug(1500, "eth1");
    const changes = inNamespace(bench.wire.target, () => bench.port("eth1").refresh());
    assertEquals(changes, ["up", "mtu"]);
    using client = inNamespace(bench.wire.initiator, () => new ClientEnd("eth1"));
    bench.ask("eth1", 11, client);
    bench.ask("eth0", 12);
    bench.work();
    assertEquals([bench.heard("eth1", client), bench.heard("eth0")], [[11], [12]]);
  });
}
