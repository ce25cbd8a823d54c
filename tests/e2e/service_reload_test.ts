/**
 * A service reads its file again and again while clients work: nobody who is not concerned loses a
 * frame, and the others get what the file says.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Initiator } from "../../lib/client/initiator.ts";
import { DiskError } from "../../lib/client/target_error.ts";
import { ServiceError } from "../../lib/control/service.ts";
import { TimeoutError } from "../../lib/error.ts";
import { Frame } from "../../lib/wire/frame.ts";
import { e2e } from "./requires.ts";
import { nameOf, ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import {
  eventually,
  type FileTables,
  type Keys,
  pause,
  ServiceFolder,
  ServiceProcess,
} from "./service_process.ts";
import { permittedCommand, runCommand, socketPermissions } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
const NAMES = ["eth0", "eth1", "eth2"];
/** A reply that takes longer is late; not each of several reloads may have one. */
const LATE_MS = 100;
/** Changes of the file, there and back. */
const CHANGES = 3;
/** Who is no client here. */
const STRANGER = "02:00:5e:10:00:77";
/** What each image begins with, where it is not all zeros. */
const MARKS: Readonly<Record<string, number>> = { "d3.img": 3, "other.img": 33 };

/** The twenty exports: on all interfaces, on one, and by patterns. */
function firstExports(folder: ServiceFolder): readonly Keys[] {
  return Array.from({ length: 20 }, (_, slot) => {
    const path = `${folder.path}/d${slot}.img`;
    const on = slot < 8 ? {} : { interfaces: [["eth0"], ["eth[12]"], ["eth*"]][(slot - 8) >> 2] };
    return { shelf: 0, slot, path, ...on };
  });
}

/** What becomes of some of them, and one more. */
function changedExports(folder: ServiceFolder): readonly Keys[] {
  const changes: Readonly<Record<number, Keys>> = {
    3: { path: `${folder.path}/other.img` },
    4: { "read-only": true },
    5: { accept: ["strangers"] },
    6: { buffers: 16 },
    7: { interfaces: ["eth1"] },
  };
  const kept = firstExports(folder).filter(({ slot }) => slot !== 2);
  const changed = kept.map((keys) => ({ ...keys, ...changes[Number(keys["slot"])] }));
  return [...changed, { shelf: 0, slot: 20, path: `${folder.path}/d20.img` }];
}

/** Exports that clients work on all the time, and where; of e0.6 only `buffers` changes. */
const UNTOUCHED: ReadonlyMap<number, readonly string[]> = new Map([
  [0, NAMES],
  [1, ["eth0", "eth2"]],
  [6, ["eth0"]],
  [8, ["eth0"]],
  [9, ["eth0"]],
  [12, ["eth1", "eth2"]],
  [13, ["eth2"]],
  [16, NAMES],
  [19, ["eth1"]],
]);

/** A service under load. */
class Rig implements AsyncDisposable {
  readonly clients: readonly Initiator[];
  readonly hasty: readonly Initiator[];
  readonly load: ServiceLoad = new ServiceLoad();
  /** Advertisements that were heard on each interface. */
  readonly heard: readonly Set<string>[] = NAMES.map(() => new Set());
  readonly folder: ServiceFolder;
  readonly service: ServiceProcess;
  readonly #workers: number;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    parts: { lan: ServiceLan; folder: ServiceFolder; service: ServiceProcess; workers: number },
    stack: AsyncDisposableStack,
  ) {
    const { lan, folder, service, workers } = parts;
    this.folder = folder;
    this.service = service;
    this.#workers = workers;
    this.#stack = stack;
    this.clients = NAMES.map((name) => lan.client(name));
    this.hasty = NAMES.map((_, index) => lan.hasty(index));
    this.hasty.forEach(({ link }, index) => {
      link.unasked = (bytes) => {
        const frame = new Frame(new DataView(bytes.buffer));
        if (frame.tag === 0) this.heard[index]?.add(nameOf(frame));
      };
    });
  }

  static async open(workers: number): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const lan = stack.use(await ServiceLan.make(NAMES.length));
    const folder = stack.use(new ServiceFolder());
    for (const name of [...Array.from({ length: 21 }, (_, slot) => `d${slot}.img`), "other.img"]) {
      const path = folder.image(name, IMAGE_SIZE);
      using file = Deno.openSync(path, { write: true });
      file.writeSync(new Uint8Array(512).fill(MARKS[name] ?? 0));
    }
    folder.write({ server: { workers }, exports: firstExports(folder) });
    const service = stack.use(await ServiceProcess.start(lan.host, folder));
    const rig = new Rig({ lan, folder, service, workers }, stack.move());
    await rig.#begin();
    return rig;
  }

  /** Lets all clients begin. */
  async #begin(): Promise<void> {
    for (const [slot, names] of UNTOUCHED) {
      for (const name of names) {
        const index = NAMES.indexOf(name);
        const client = this.clients[index];
        if (client === undefined) throw new Error(name);
        this.load.add(client, await client.find(0, slot), (1 + index) * LANE_SECTORS);
      }
    }
  }

  /** Writes the file. */
  write(exports: readonly Keys[], more: Partial<FileTables> = {}): void {
    const server = { workers: this.#workers };
    this.folder.write({ server, acls: { strangers: [STRANGER] }, exports, ...more });
  }

  /** Lets it be read, each time in another way. */
  async reload(turn: number): Promise<void> {
    if (turn % 3 === 0) {
      const { problems } = await this.service.control.reload();
      assertEquals(problems, []);
    } else if (turn % 3 === 1) {
      const { process } = this.service;
      const count = () => process.stderr.split("The file was read again").length;
      const before = count();
      process.kill("SIGHUP");
      assert(await eventually(() => count() > before), process.stderr);
    } else {
      const { socket } = this.folder;
      const words = ["reload", "--control-socket", socket];
      const { code, stderr } = await runCommand(permittedCommand(words, socketPermissions(socket)));
      assertEquals(code, 0, stderr);
    }
  }

  /** Whether an export answers a client. */
  async answers(slot: number, index: number): Promise<boolean> {
    try {
      await this.hasty[index]?.find(0, slot);
      return true;
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    }
  }

  /** Reads the first byte of an export and tries to write it back; whether that was taken. */
  async firstByte(slot: number): Promise<[byte: number | undefined, isWritten: boolean]> {
    const client = this.clients[1];
    if (client === undefined) throw new Error("there is no client");
    const device = await client.find(0, slot);
    const data = await client.read(device, 0, 1);
    const isWritten = await client.write(device, 0, data).then(() => true, (error) => {
      assert(error instanceof DiskError, `${error}`);
      return false;
    });
    return [data[0], isWritten];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.load.end();
    await this.#stack.disposeAsync();
  }
}

/** Checks what clients see of the exports that change, with the one file or the other. */
async function assertServed(rig: Rig, isChanged: boolean): Promise<void> {
  const on = (slot: number) => Promise.all(NAMES.map((_, index) => rig.answers(slot, index)));
  const [all, none] = [[true, true, true], [false, false, false]];
  assertEquals(await on(2), isChanged ? none : all, "e0.2");
  assertEquals(await on(20), isChanged ? all : none, "e0.20");
  assertEquals(await on(5), isChanged ? none : all, "e0.5");
  assertEquals(await on(7), isChanged ? [false, true, false] : all, "e0.7");
  assertEquals(await rig.firstByte(3), isChanged ? [33, true] : [3, true], "e0.3");
  assertEquals(await rig.firstByte(4), [0, !isChanged], "e0.4");
  const { bufferCount } = await rig.clients[0]?.find(0, 6) ?? {};
  assertEquals(bufferCount, isChanged ? 16 : 128, "e0.6");
  const added = isChanged ? "e0.20" : "e0.2";
  const heardNot = NAMES.filter((_, index) => rig.heard[index]?.has(added) !== true);
  assertEquals(heardNot, [], `${added} was not advertised`);
  for (const heard of rig.heard) heard.clear();
}

/** A file with mistakes, or none, changes nothing and says why. */
async function assertBadFile(rig: Rig): Promise<void> {
  const { control, process } = rig.service;
  rig.write(firstExports(rig.folder), { acls: { strangers: ["mistyped"] } });
  const bad = await assertRejects(() => control.reload(), ServiceError, "mistyped");
  assertStringIncludes(bad.message, rig.folder.file);
  process.kill("SIGHUP");
  await process.logged("Nothing was changed");
  Deno.removeSync(rig.folder.file);
  await assertRejects(() => control.reload(), ServiceError, "Cannot read");
  process.kill("SIGHUP");
  await process.logged("Cannot read");
}

/** The slowest reply of each of several times, in ms: while the file was read, and while not. */
interface Slowest {
  readonly reloading: number[];
  readonly quiet: number[];
}

/** Lets the file be read under load, and measures as long without that. */
async function timedReload(rig: Rig, way: number, slowest: Slowest): Promise<void> {
  rig.load.takeSlowest();
  const startMs = performance.now();
  await rig.reload(way);
  slowest.reloading.push(rig.load.takeSlowest());
  await pause(performance.now() - startMs);
  slowest.quiet.push(rig.load.takeSlowest());
}

/** Changes the file there and back, again and again. */
async function changeFile(rig: Rig): Promise<Slowest> {
  const slowest: Slowest = { reloading: [], quiet: [] };
  for (let change = 0; change < CHANGES; change++) {
    rig.write(changedExports(rig.folder));
    await timedReload(rig, change, slowest);
    await assertServed(rig, true);
    if (change === 0) await assertBadFile(rig);
    if (change === 0) await assertServedStill(rig);
    rig.write(firstExports(rig.folder));
    await timedReload(rig, change + 1, slowest);
    await assertServed(rig, false);
  }
  return slowest;
}

/** The middle one of them. */
function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? NaN;
}

/** What was removed is still silent, and what was added still answers. */
async function assertServedStill(rig: Rig): Promise<void> {
  assertEquals([await rig.answers(2, 0), await rig.answers(20, 0)], [false, true]);
}

for (const workers of [1, 2]) {
  e2e(
    `reloads of ${workers} worker(s) cost clients nothing that are not concerned`,
    [],
    async () => {
      await using rig = await Rig.open(workers);
      const { reloading, quiet } = await changeFile(rig);
      await rig.load.stop();
      assertEquals(rig.load.faults, []);
      assertEquals(rig.clients.map(({ link }) => link.retransmitCount), [0, 0, 0]);
      // A machine that is busy with other things holds replies up with no reload, too.
      const limitMs = Math.max(LATE_MS, 2 * median(quiet));
      assert(median(reloading) <= limitMs, `slowest, in ms: ${reloading}; without: ${quiet}`);
      assert(rig.load.countMin > 100, `a client had only ${rig.load.countMin} replies`);
      await rig.service.stop();
    },
  );
}
