/**
 * What every engine must do with several interfaces: each has its own replies, and none waits for
 * another one.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../lib/ata/command.ts";
import type { Engine } from "../lib/engine/engine.ts";
import type { PortChange, ServedPort } from "../lib/engine/port.ts";
import { ataRequest } from "../lib/wire/requests.ts";
import { ClientEnd } from "./e2e/client_end.ts";
import { pattern } from "./e2e/image.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { slowDown, slowLinkTest } from "./packet_ring_case.ts";
import { MemoryDisk, type OpenEngine, QUIET, serveOn, SHELF, SLOT } from "./engine_case.ts";

const NAMES = ["eth0", "eth1"] as const;
type Name = (typeof NAMES)[number];

/** An engine on two interfaces, and a client's end of each. */
class Bench implements AsyncDisposable {
  readonly wire: Wire;
  readonly disk = new MemoryDisk();
  readonly engine: Engine;
  readonly #clients: ReadonlyMap<Name, ClientEnd>;
  readonly #resources = new DisposableStack();

  private constructor(wire: Wire, open: OpenEngine) {
    this.wire = wire;
    const names = NAMES.map((name) => ({ name }));
    this.engine = inNamespace(wire.target, () => this.#resources.use(open(QUIET, names)));
    serveOn(this.engine, this.disk);
    this.#clients = inNamespace(
      wire.initiator,
      () => new Map(NAMES.map((name) => [name, this.#resources.use(new ClientEnd(name))])),
    );
  }

  static async open(open: OpenEngine): Promise<Bench> {
    const wire = await Wire.open();
    await wire.plug(9000, "eth1");
    return new Bench(wire, open);
  }

  port(name: Name): ServedPort {
    const port = this.engine.ports.find((candidate) => candidate.name === name);
    assert(port !== undefined);
    return port;
  }

  client(name: Name): ClientEnd {
    const client = this.#clients.get(name);
    assert(client !== undefined);
    return client;
  }

  /** Asks for `count` sectors from `lba` on, which is the tag, too. */
  ask(name: Name, lba: number, client = this.client(name), count = 1): void {
    const { mac } = this.port(name);
    const route = { source: client.mac, destination: mac, shelf: SHELF, slot: SLOT };
    client.send(ataRequest(route, { opcode: Opcode.READ_EXT, lba, count }), lba);
  }

  /** Looks at an interface as the server does. */
  refresh(name: Name): readonly PortChange[] {
    return inNamespace(this.wire.target, () => this.port(name).refresh());
  }

  /** Tags of the replies that are there. */
  heard(name: Name, client = this.client(name)): number[] {
    return client.heard(({ tag }) => tag);
  }

  /** Lets the engine work until nothing is left to do. */
  work(): void {
    // It may open sockets.
    inNamespace(this.wire.target, () => {
      for (let quiet = 0; quiet < 3;) quiet = this.engine.poll(10) > 0 ? 0 : quiet + 1;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resources.dispose();
    await this.wire[Symbol.asyncDispose]();
  }
}

/** Registers the suite for one engine. */
export function enginePortsCases(name: string, open: OpenEngine): void {
  sharingCases(name, open);
  changeCases(name, open);
}

/** Interfaces beside each other. */
function sharingCases(name: string, open: OpenEngine): void {
  e2e(`${name}: each reply leaves by the interface of its request`, [], async () => {
    await using bench = await Bench.open(open);
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
    await using bench = await Bench.open(open);
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

  slowLinkTest(`${name}: an interface without room loses replies, and waits for none`, async () => {
    await using bench = await Bench.open(open);
    // Three replies are sent at once; for the fourth the link takes seconds, and no more fit.
    await slowDown(bench.wire.target, "eth1", "1kbit", 600);
    for (let lba = 0; lba < 16; lba++) bench.ask("eth1", lba);
    bench.ask("eth0", 20);
    const startMs = performance.now();
    bench.work();
    const tookMs = performance.now() - startMs;
    assert(tookMs < 2000, `it took ${tookMs} ms`);
    assertEquals(bench.heard("eth0"), [20]);
    const { received, sent, sentBytes, sendErrors, noRoom } = bench.port("eth1").counts;
    assertEquals([received, sent + noRoom, sendErrors], [16, 16, 0]);
    assert(noRoom > 10, `${noRoom} found no room`);
    assertEquals(sentBytes, sent * (36 + 512));
  });

  slowLinkTest(`${name}: a frame that comes later ends the wait`, async () => {
    await using bench = await Bench.open(open);
    await slowDown(bench.wire.initiator, "eth1", "100kbit");
    // What is sent before takes the link 240 ms.
    for (let lba = 0; lba < 2; lba++) bench.client("eth1").send(new Uint8Array(1514).fill(0xff));
    bench.ask("eth1", 5);
    const startMs = performance.now();
    let served = 0;
    while (served === 0 && performance.now() - startMs < 20_000) served = bench.engine.poll(20_000);
    const tookMs = performance.now() - startMs;
    assertEquals(served, 1);
    assert(tookMs < 10_000, `it was served after ${tookMs} ms`);
    assertEquals(bench.heard("eth1"), [5]);
  });
}

/** Interfaces that come, go and change. */
function changeCases(name: string, open: OpenEngine): void {
  e2e(`${name}: an interface that is gone leaves the other one serving`, [], async () => {
    await using bench = await Bench.open(open);
    for (let lba = 0; lba < 4; lba++) bench.ask("eth1", lba);
    await bench.wire.ip(bench.wire.target, "link del eth1");
    bench.ask("eth0", 9);
    bench.work();
    assertEquals(bench.heard("eth0"), [9]);
    assertEquals(bench.refresh("eth1"), ["gone"]);
    bench.ask("eth0", 10);
    bench.work();
    assertEquals(bench.heard("eth0"), [10]);
    await bench.wire.plug(1500, "eth1");
    assertEquals(bench.refresh("eth1"), ["up", "mtu"]);
    using client = inNamespace(bench.wire.initiator, () => new ClientEnd("eth1"));
    bench.ask("eth1", 11, client);
    bench.ask("eth0", 12);
    bench.work();
    assertEquals([bench.heard("eth1", client), bench.heard("eth0")], [[11], [12]]);
  });

  e2e(`${name}: what waited while the MTU changed is answered`, [], async () => {
    await using bench = await Bench.open(open);
    const { wire, disk } = bench;
    await wire.ip(wire.initiator, "link set eth0 mtu 9000");
    disk.bytes.set(pattern(disk.bytes.length, 1));
    // Replies of 17 sectors fit the MTU that there will be when these are looked at.
    for (let lba = 0; lba < 100; lba++) {
      bench.ask("eth0", lba, bench.client("eth0"), lba % 2 === 0 ? 17 : 1);
    }
    await wire.ip(wire.target, "link set eth0 mtu 9000");
    assertEquals(bench.refresh("eth0"), ["mtu"]);
    bench.work();
    const heard = bench.client("eth0").heard(({ tag, bytes }) => {
      const size = (tag % 2 === 0 ? 17 : 1) * 512;
      assertEquals(bytes.slice(36, 36 + size), disk.bytes.slice(tag * 512, tag * 512 + size));
      return tag;
    });
    assertEquals(heard.toSorted((a, b) => a - b), Array.from({ length: 100 }, (_, lba) => lba));
    const { troubled, counts } = bench.port("eth0");
    assertEquals([troubled, counts.received, counts.sent, counts.cut], [false, 100, 100, 0]);
    // What comes from now on may be as long as the MTU lets it.
    bench.ask("eth0", 200, bench.client("eth0"), 17);
    bench.work();
    assertEquals([bench.heard("eth0"), bench.port("eth0").troubled], [[200], false]);
  });
}
