/**
 * What every engine must do, whatever way it goes: one suite for all of them. The sockets are real,
 * the disk is memory that can be told to fail.
 *
 * @module
 */
import type { Verdict } from "../lib/target/request.ts";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { setImmediate } from "node:timers";
import { Initiator } from "../lib/client/initiator.ts";
import { DiskError } from "../lib/client/target_error.ts";
import type { Backing, Engine, EngineOptions } from "../lib/engine/engine.ts";
import type { PortRequest } from "../lib/engine/open.ts";
import { TimeoutError } from "../lib/error.ts";
import { Target } from "../lib/target/target.ts";
import { EMPTY_STATE } from "../lib/server/state_text.ts";
import type { PortAddress } from "../lib/target/request.ts";
import { Frame } from "../lib/wire/frame.ts";
import { pattern } from "./e2e/image.ts";
import { Mapping } from "../ffi/mapping.ts";
import { inNamespace, Wire } from "./e2e/namespace.ts";
import { e2e } from "./e2e/requires.ts";

/** Address of the target under test. */
export const SHELF = 7;
/** Address of the target under test. */
export const SLOT = 3;
const SECTORS = 2048;
const EIO = 5;

/** Opens the engine under test with its interfaces. */
export type OpenEngine = (options: EngineOptions, ports: readonly PortRequest[]) => Engine;

/** How tests run engines: a frame is waited for at once, and by few. */
export const QUIET: EngineOptions = { bufferCount: 16, busyPollUs: 0 };

/** Serves a target of `disk` on all interfaces of the engine. */
export function serveOn(engine: Engine, disk: Backing, durable = false): Target {
  const target = makeTarget([], durable);
  target.disk.trim = "zeros";
  const served = { target, backing: disk };
  engine.add(served);
  for (const port of engine.ports) engine.attach(served, port);
  engine.poll(0); // frames that come from now on are for it
  return target;
}

/** A disk in memory that notes what was done to it and fails where it is told to. */
export class MemoryDisk implements Backing {
  readonly descriptor: number = -1;
  readonly writeDescriptor: number = -1;
  readonly syncsWrites: boolean = false;
  readonly way: Backing["way"] = "memory";
  readonly trimsAtOnce = true;
  readonly alignment: number = 512;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly done: string[] = [];
  failing = "";

  constructor(sectors = SECTORS, bytes = new Uint8Array(sectors * 512)) {
    this.bytes = bytes;
  }

  #act(name: string, run: () => void): number {
    this.done.push(name);
    if (this.failing === name) return -EIO;
    run();
    return 0;
  }

  read(pointer: Deno.PointerObject, size: number, offset: number): number {
    return this.#act("read", () => {
      const memory = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, size));
      memory.set(this.bytes.subarray(offset, offset + size));
    });
  }

  write(pointer: Deno.PointerObject, size: number, offset: number): number {
    return this.#act("write", () => {
      this.bytes.set(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, size)), offset);
    });
  }

  trim(offset: number, length: number): number {
    return this.#act("trim", () => this.bytes.fill(0, offset, offset + length));
  }

  sync(): number {
    return this.#act("sync", () => {});
  }

  save(): number {
    return this.#act("save", () => {});
  }

  lend(_offset: number, _length: number): number {
    return 0;
  }

  stopLending(): void {
    assert(false, "nothing was lent");
  }

  rest(): void {
    // nothing to give back
  }

  readNow(): number {
    assert(false, "what is in memory is read by read()");
  }

  tell(_what: Verdict, _size: number, _offset: number, _result: number): void {
    // errors reach the client
  }
}

/** One whose bytes are sent from where they are. */
export class LendingDisk extends MemoryDisk {
  readonly #memory: Mapping;

  constructor() {
    const memory = Mapping.open(SECTORS * 512); // for as long as the test lasts
    super(SECTORS, new Uint8Array(memory.buffer));
    this.#memory = memory;
  }

  override lend(offset: number): number {
    if (this.failing === "read") return 0;
    this.done.push("read");
    return this.#memory.address + offset;
  }
}

/** The target of such a disk. */
export function makeTarget(
  ports: readonly PortAddress[],
  durable = false,
  slot = SLOT,
  { shelf = SHELF, alignment = 512 } = {},
): Target {
  return new Target({
    shelf,
    slot,
    sectors: SECTORS,
    disk: {
      identity: {
        serial: "s",
        firmware: "f",
        model: "m",
        physicalSize: 512,
        physicalOffset: 0,
      },
      offset: 0,
      readOnly: false,
      durable,
      alignment,
    },
    facts: { bufferCount: 16, firmwareVersion: 0x4001 },
    state: EMPTY_STATE,
    ports,
  });
}

/** An engine at work on the loopback interface of a namespace of its own, and a client of it. */
export class Bench implements AsyncDisposable {
  readonly disk: MemoryDisk;
  readonly initiator: Initiator;
  readonly #wire: Wire;
  readonly #resources = new DisposableStack();
  #running = true;
  readonly #loop: Promise<void>;

  private constructor(wire: Wire, open: OpenEngine, disk: MemoryDisk, durable: boolean) {
    this.#wire = wire;
    this.disk = disk;
    const [engine, initiator] = inNamespace(wire.target, () => [
      this.#resources.use(open(QUIET, [{ name: "lo" }])),
      this.#resources.use(Initiator.open("lo", { waitMs: 100, patienceMs: 3000 })),
    ]);
    this.initiator = initiator;
    serveOn(engine, this.disk, durable);
    this.#loop = this.#run(engine);
  }

  static async open(open: OpenEngine, disk: MemoryDisk, durable = false): Promise<Bench> {
    return new Bench(await Wire.open(), open, disk, durable);
  }

  /** The client shares the thread: the engine may not block it. */
  async #run(engine: Engine): Promise<void> {
    while (this.#running) {
      engine.poll(0);
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false;
    await this.#loop;
    this.#resources.dispose();
    await this.#wire[Symbol.asyncDispose]();
  }
}

/** Tells it from a late reply to a request that was sent twice. */
function isAdvertisement({ buffer }: Uint8Array<ArrayBuffer>): boolean {
  return new Frame(new DataView(buffer)).tag === 0;
}

function newMemoryDisk(): MemoryDisk {
  return new MemoryDisk();
}

/** Registers the suite for one engine. */
export function engineCases(name: string, open: OpenEngine, makeDisk = newMemoryDisk): void {
  dataCases(name, open, makeDisk);
  changeCases(name, open, makeDisk);
}

function dataCases(name: string, open: OpenEngine, makeDisk: () => MemoryDisk): void {
  e2e(`${name}: what is written is read, at every size of a frame`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    for (const count of [1, 2, 17, 127, 300]) {
      const data = pattern(count * 512, count);
      await bench.initiator.write(device, 5, data);
      assertEquals(await bench.initiator.read(device, 5, count), data);
    }
    assertEquals(bench.disk.bytes.subarray(0, 5 * 512), new Uint8Array(5 * 512));
  });

  e2e(`${name}: a read that comes before a write returns what was there before`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    for (let round = 0; round < 20; round++) {
      const [before, after] = [pattern(1024, round), pattern(1024, round + 1)];
      bench.disk.bytes.set(before, 1024);
      const both = [bench.initiator.read(device, 2, 2), bench.initiator.write(device, 2, after)];
      const [found] = await Promise.all(both);
      assertEquals(found, before, `round ${round}`);
      assertEquals(bench.disk.bytes.slice(1024, 2048), after);
    }
  });

  e2e(`${name}: a durable write is synced before its reply`, [], async () => {
    await using bench = await Bench.open(open, makeDisk(), true);
    const device = await bench.initiator.find(SHELF, SLOT);
    await bench.initiator.write(device, 0, pattern(512, 1));
    assertEquals(bench.disk.done, ["write", "sync"]);
    await bench.initiator.trim(device, 0, 8);
    assertEquals(bench.disk.done, ["write", "sync", "trim", "sync"]);
  });

  e2e(`${name}: errors of the disk reach the client as ATA outcomes`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    const outcome = async (failing: string, run: () => Promise<unknown>): Promise<string> => {
      bench.disk.failing = failing;
      const { status, error } = await assertRejects(run, DiskError);
      return `${status.toString(16)} ${error.toString(16)}`;
    };
    const { initiator } = bench;
    assertEquals(await outcome("read", () => initiator.read(device, 0, 1)), "41 40");
    const data = pattern(512, 1);
    assertEquals(await outcome("write", () => initiator.write(device, 0, data)), "41 4");
    assertEquals(await outcome("trim", () => initiator.trim(device, 0, 1)), "41 4");
    assertEquals(await outcome("sync", () => initiator.flush(device)), "61 4");
    assertEquals(await outcome("", () => initiator.write(device, 0, data)), "61 4");
    assertEquals(bench.disk.done, ["read", "write", "trim", "sync"]);
    assertEquals((await initiator.read(device, 0, 1)).length, 512);
  });

  e2e(`${name}: a verify reads and returns nothing`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    const data = await bench.initiator.ata(device, { opcode: 0x42, lba: 0, count: 255 });
    assertEquals(data, new Uint8Array(24)); // padding to 60 bytes
    assertEquals(bench.disk.done, ["read"]);
  });
}

function changeCases(name: string, open: OpenEngine, makeDisk: () => MemoryDisk): void {
  e2e(`${name}: a change that cannot be stored is not acknowledged`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    const string = new TextEncoder().encode("here");
    bench.disk.failing = "save";
    await assertRejects(() => bench.initiator.config(device, 3, string), TimeoutError);
    bench.disk.failing = "";
    assertEquals(await bench.initiator.config(device, 3, string), string);
  });

  e2e(`${name}: a change of the config string is advertised`, [], async () => {
    await using bench = await Bench.open(open, makeDisk());
    const device = await bench.initiator.find(SHELF, SLOT);
    const unasked: number[] = [];
    bench.initiator.link.unasked = (frame) => {
      if (isAdvertisement(frame)) unasked.push(frame[36] ?? 0);
    };
    await bench.initiator.config(device, 3, new TextEncoder().encode("here!"));
    await bench.initiator.identify(device);
    assertEquals(unasked, ["!".charCodeAt(0)]);
  });
}
