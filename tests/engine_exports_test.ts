/**
 * Many exports in one engine: each is found, and disks that hang keep the others from nothing.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Backing, Engine } from "../lib/engine/engine.ts";
import { openRing } from "../lib/engine/open.ts";
import { PlainEngine } from "../lib/engine/plain.ts";
import { Opcode } from "../lib/ata/command.ts";
import { ConfigCommand } from "../lib/wire/config.ts";
import { BROADCAST_MAC } from "../lib/wire/mac.ts";
import { ataRequest, configRequest } from "../lib/wire/requests.ts";
import { ClientEnd } from "./e2e/client_end.ts";
import { command, inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";
import { makeTarget, MemoryDisk, QUIET } from "./engine_case.ts";
import { TemporaryFolder } from "./temporary.ts";

const EAGAIN = 11;
/** What net.core.optmem_max was before Linux 6.8. */
const OLD_OPTMEM = 20480;
/** More than an engine has requests for, of each disk. */
const WINDOW = 1200;
/** So many frames a port holds at a time. */
const BURST = 200;

/** Two hosts, an engine on the one and a client on the other. */
class Bench implements AsyncDisposable {
  readonly wire: Wire;
  readonly engine: Engine;
  readonly client: ClientEnd;
  readonly #stack = new DisposableStack();

  private constructor(wire: Wire, open: () => Engine) {
    this.wire = wire;
    this.engine = inNamespace(wire.target, () => this.#stack.use(open()));
    inNamespace(wire.target, () => this.engine.openPort("eth0"));
    this.client = inNamespace(wire.initiator, () => this.#stack.use(new ClientEnd("eth0")));
  }

  static async open(open: () => Engine): Promise<Bench> {
    return new Bench(await Wire.open(), open);
  }

  /** Serves a disk under an address. */
  serve(shelf: number, slot: number, backing: Backing): void {
    const served = { target: makeTarget([], false, slot, { shelf }), backing };
    this.engine.add(served);
    for (const port of this.engine.ports) this.engine.attach(served, port);
  }

  /** Lets the engine work until nothing is left that it can do. */
  work(): void {
    for (let quiet = 0; quiet < 3;) quiet = this.engine.poll(5) > 0 ? 0 : quiet + 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stack.dispose();
    await this.wire[Symbol.asyncDispose]();
  }
}

/** A disk of which nothing is in memory, and that never answers. */
class HungDisk extends MemoryDisk implements Disposable {
  override readonly way = "cache";
  override readonly descriptor: number;
  readonly #folder = new TemporaryFolder();

  constructor() {
    super();
    // A pipe that nobody writes to.
    this.descriptor = openFile(this.#folder.fifo("hung"));
  }

  override readNow(): number {
    return -EAGAIN;
  }

  [Symbol.dispose](): void {
    libc.symbols.close(this.descriptor);
    this.#folder[Symbol.dispose]();
  }
}

const O_RDWR = 2;
const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
});

function openFile(path: string): number {
  const fd = libc.symbols.open(new TextEncoder().encode(`${path}\0`), O_RDWR, 0);
  assert(fd >= 0);
  return fd;
}

const ENGINES: readonly [name: string, open: () => Engine][] = [
  ["plain", () => new PlainEngine(QUIET)],
  ["ring", () => openRing(QUIET, []).engine],
];

for (const [name, open] of ENGINES) {
  e2e(`${name}: scattered exports are found where filters must be small`, ["ip"], async () => {
    await using bench = await Bench.open(open);
    const setting = `net.core.optmem_max=${OLD_OPTMEM}`;
    await command("ip", "netns", "exec", bench.wire.target, "sysctl", "-q", "-w", setting);
    const addresses = Array.from({ length: 500 }, (_, at) => [at * 3, at * 7 % 255] as const);
    for (const [shelf, slot] of addresses) bench.serve(shelf, slot, new MemoryDisk(1));
    bench.work();
    const source = bench.client.mac;
    const heard = new Set<number>();
    for (const [at, [shelf, slot]] of addresses.entries()) {
      const route = { source, destination: BROADCAST_MAC, shelf, slot };
      bench.client.send(configRequest(route, ConfigCommand.READ), at + 1);
      if (at % 50 < 49) continue;
      bench.work();
      for (const shelfHeard of bench.client.heard((frame) => frame.shelf)) heard.add(shelfHeard);
    }
    assertEquals(heard.size, addresses.length);
    assert(bench.engine.ports.every(({ troubled }) => !troubled));
  });
}

e2e("ring: disks that hang leave requests for the others", [], async () => {
  using stack = new DisposableStack();
  await using bench = await Bench.open(() => openRing(QUIET, []).engine);
  for (const slot of [0, 1, 2]) bench.serve(0, slot, stack.use(new HungDisk()));
  bench.serve(0, 3, new MemoryDisk());
  bench.work();
  const source = bench.client.mac;
  const [port] = bench.engine.ports;
  const read = (slot: number, lba: number, tag: number): void => {
    const route = { source, destination: port?.mac ?? 0, shelf: 0, slot };
    bench.client.send(ataRequest(route, { opcode: Opcode.READ_EXT, lba, count: 1 }), tag);
  };
  for (const slot of [0, 1, 2]) {
    for (let lba = 0; lba < WINDOW; lba++) {
      read(slot, lba, 1);
      if (lba % BURST === BURST - 1) bench.work();
    }
  }
  bench.work();
  assertEquals(bench.client.heard(({ tag }) => tag), []);
  for (let lba = 0; lba < 32; lba++) read(3, lba, 100 + lba);
  bench.work();
  assertEquals(bench.client.heard(({ tag }) => tag).length, 32);
});
