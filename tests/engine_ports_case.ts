/**
 * What every engine must do with several interfaces: each has its own replies, and none waits for
 * another one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { InterfaceQuery } from "../ffi/net_interface.ts";
import { PacketSocket } from "../ffi/packet_socket.ts";
import { Opcode } from "../lib/ata/command.ts";
import type { Engine } from "../lib/engine/engine.ts";
import type { ServedPort } from "../lib/engine/port.ts";
import { FRAME_SIZE_MAX, type Slot, Slots } from "../lib/engine/slots.ts";
import { requestFilter, responseFilter } from "../lib/wire/filter.ts";
import { ETHER_TYPE } from "../lib/wire/frame.ts";
import { ataRequest } from "../lib/wire/requests.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { makeTarget, MemoryDisk, type Prepare, SHELF, SLOT } from "./engine_case.ts";

const NAMES = ["eth0", "eth1"] as const;
type Name = (typeof NAMES)[number];

/** A client's end of one wire: it sends reads of one sector and hears replies. */
class ClientEnd implements Disposable {
  readonly #socket: PacketSocket;
  readonly #slots = Slots.open(1);
  readonly #mac: number;

  constructor(name: string) {
    using query = InterfaceQuery.open();
    const { index = 0, mac = 0 } = query.ask(name) ?? {};
    this.#mac = mac;
    this.#socket = PacketSocket.open({
      name,
      index,
      etherType: ETHER_TYPE,
      filter: responseFilter(index),
      receiveBufferSize: 2 ** 20,
    });
  }

  get #slot(): Slot {
    return this.#slots.at(0);
  }

  /** Asks for sector `lba`; it is the tag, too. */
  ask(port: ServedPort, lba: number): void {
    const route = { source: this.#mac, destination: port.mac, shelf: SHELF, slot: SLOT };
    const bytes = ataRequest(route, { opcode: Opcode.READ_EXT, lba, count: 1 });
    const { frame } = this.#slot.request;
    frame.bytes.set(bytes);
    frame.tag = lba;
    assertEquals(this.#socket.send(this.#slot.frame, bytes.length), 0);
  }

  /** Tags of the replies that are there. */
  heard(): number[] {
    const tags: number[] = [];
    while (this.#socket.receive(this.#slot.frame, FRAME_SIZE_MAX) > 0) {
      tags.push(this.#slot.request.frame.tag);
    }
    return tags;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#slots[Symbol.dispose]();
  }
}

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

  ask(name: Name, lba: number): void {
    this.client(name).ask(this.port(name), lba);
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
    assertEquals(bench.client("eth0").heard().sort(), [0, 2, 4, 6]);
    assertEquals(bench.client("eth1").heard().sort(), [1, 3, 5, 7]);
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
    assertEquals(bench.client("eth0").heard(), [9]);
    assertEquals(inNamespace(bench.wire.target, () => bench.port("eth1").refresh()), ["gone"]);
    bench.ask("eth0", 10);
    bench.work();
    assertEquals(bench.client("eth0").heard(), [10]);
    await bench.wire.plug(1500, "eth1");
    const changes = inNamespace(bench.wire.target, () => bench.port("eth1").refresh());
    assertEquals(changes, ["up", "mtu"]);
    using client = inNamespace(bench.wire.initiator, () => new ClientEnd("eth1"));
    client.ask(bench.port("eth1"), 11);
    bench.ask("eth0", 12);
    bench.work();
    assertEquals([client.heard(), bench.client("eth0").heard()], [[11], [12]]);
  });
}
