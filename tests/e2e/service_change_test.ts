/**
 * A service is changed while it runs, through its control socket: exports, sizes and who is served.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { DiskError, RefusedError } from "../../lib/client/target_error.ts";
import { TimeoutError } from "../../lib/error.ts";
import { AoeError, Frame } from "../../lib/wire/frame.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { pattern } from "./image.ts";
import { e2e } from "./requires.ts";
import { HASTY, nameOf, ServiceLan } from "./service_lan.ts";
import { eventually, pause, ServiceFolder, ServiceProcess } from "./service_process.ts";
import { permittedCommand, runCommand, socketPermissions } from "./target_process.ts";
import { assertSilence } from "./two_clients.ts";

const SECTORS = 2048;
/** Exports that the file names. */
const SLOTS = [0, 1, 2];
const WINDOW = 8;

/** A service and two clients of it, each with a MAC of its own. */
class Rig implements AsyncDisposable {
  /** Advertisements that the other client heard. */
  readonly heard: string[] = [];
  readonly one: Initiator;
  /** The first client, which soon gives up. */
  readonly hastyOne: Initiator;
  readonly other: Initiator;
  readonly folder: ServiceFolder;
  readonly service: ServiceProcess;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    { lan, folder, service }: { lan: ServiceLan; folder: ServiceFolder; service: ServiceProcess },
    stack: AsyncDisposableStack,
  ) {
    this.folder = folder;
    this.service = service;
    this.#stack = stack;
    this.one = lan.client();
    this.hastyOne = lan.client("eth0", HASTY);
    this.other = lan.hasty();
    this.other.link.unasked = (bytes) => {
      const frame = new Frame(new DataView(bytes.buffer));
      if (frame.tag === 0) this.heard.push(nameOf(frame));
    };
  }

  static async open(): Promise<Rig> {
    await using stack = new AsyncDisposableStack();
    const lan = stack.use(await ServiceLan.make(1));
    const folder = stack.use(new ServiceFolder());
    for (const slot of SLOTS) folder.image(`d${slot}.img`, SECTORS * 512);
    const rest = { lan, folder };
    writeFile(folder, {});
    const service = stack.use(await ServiceProcess.start(lan.host, folder));
    return new Rig({ ...rest, service }, stack.move());
  }

  /** The MAC of a client as text. */
  mac(client: Initiator): string {
    return formatMac(client.link.mac);
  }

  /** Runs a command of dblade's on the service. */
  async run(...words: readonly string[]): Promise<string> {
    const { socket } = this.folder;
    const args = [...words, "--control-socket", socket];
    const line = permittedCommand(args, socketPermissions(socket));
    const { code, stdout, stderr } = await runCommand(line);
    assertEquals(code, 0, stderr);
    return stdout;
  }

  /** Waits for an advertisement, by listening as often as somebody may ask for another export. */
  async assertHeard(name: string): Promise<void> {
    const isHeard = await eventually(async () => {
      await this.other.find(0, 0);
      return this.heard.includes(name);
    });
    assert(isHeard, `${name} was not advertised`);
    this.heard.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The file; `keys` are of e0.1. */
function writeFile(folder: ServiceFolder, keys: Record<string, unknown>, acls = {}): void {
  const exports = SLOTS.map((slot) => {
    return { shelf: 0, slot, path: `${folder.path}/d${slot}.img`, ...(slot === 1 ? keys : {}) };
  });
  folder.write({ server: { workers: 2 }, acls, exports });
}

async function isWritable(client: Initiator, device: Device): Promise<boolean> {
  try {
    await client.write(device, 0, new Uint8Array(512));
    return true;
  } catch (error) {
    if (error instanceof DiskError) return false;
    throw error;
  }
}

e2e("exports are added, changed and removed while others are served", [], async () => {
  await using rig = await Rig.open();
  const { one, other, service, folder } = rig;
  const path = folder.image("new.img", SECTORS * 512);
  await rig.run("add", "e0.5", path);
  await rig.assertHeard("e0.5");
  const added = await service.export("e0.5");
  assertEquals([added.isFromFile, added.condition, added.sectors], [false, "serving", SECTORS]);
  const device = await one.find(0, 5);
  assert(await isWritable(one, device));
  await rig.run("set", "e0.5", "read-only=true", "buffers=9");
  assertEquals((await one.find(0, 5)).bufferCount, 9);
  assertEquals(await isWritable(one, device), false);
  const kept = await service.control.reload();
  assertEquals([kept.removed, kept.changed], [[], []], "what was added stays");
  await rig.run("remove", "e0.5");
  await assertSilence([other.find(0, 5), other.read(device, 0, 1)]);

  await service.control.set("e0.2", { "read-only": true });
  assertEquals(await isWritable(one, await one.find(0, 2)), false);
  await service.control.remove("e0.1");
  await assertSilence([other.find(0, 1)]);
  const { added: back, changed } = await service.control.reload();
  assertEquals([back, changed], [["e0.1"], ["e0.2"]], "the file holds again");
  assert(await isWritable(one, await one.find(0, 2)));
  assert(await isWritable(one, await one.find(0, 1)));
  await service.stop();
});

e2e("a file that grew is advertised, by itself or at once", [], async () => {
  await using rig = await Rig.open();
  const { one, service, folder } = rig;
  const device = await one.find(0, 1);
  await Deno.truncate(`${folder.path}/d1.img`, 2 * SECTORS * 512);
  await rig.run("announce", "e0.1");
  assertEquals((await one.identify(device)).sectors, 2 * SECTORS);
  await rig.assertHeard("e0.1");
  await one.write(device, 2 * SECTORS - 1, pattern(512, 5));
  assertEquals(await one.read(device, 2 * SECTORS - 1, 1), pattern(512, 5));

  await Deno.truncate(`${folder.path}/d2.img`, 3 * SECTORS * 512);
  await rig.assertHeard("e0.2");
  assertEquals((await one.identify(await one.find(0, 2))).sectors, 3 * SECTORS);
  assertEquals((await service.export("e0.2")).sectors, 3 * SECTORS);
  assertEquals(await service.control.announce(undefined), SLOTS.length);
  await rig.assertHeard("e0.0");
  await service.stop();
});

e2e("an administrator says whom an export serves", [], async () => {
  await using rig = await Rig.open();
  const { one, other, service } = rig;
  const device = await one.find(0, 1);
  const read = (client: Initiator) => client.read(device, 0, 1);
  await rig.run("acl", "e0.1", "mask", "add", rig.mac(one));
  await assertSilence([read(other), other.find(0, 1)]);
  assertEquals((await read(one)).length, 512);
  assertEquals(await one.mask(device), [one.link.mac]);
  await rig.run("acl", "e0.1", "mask", "clear");
  assertEquals((await read(other)).length, 512);

  await rig.run("acl", "e0.1", "reserve", "add", rig.mac(one));
  const refused = await assertRejects(() => read(other), RefusedError);
  assertEquals(refused.code, AoeError.RESERVED);
  assertEquals((await service.export("e0.1")).reservations, [rig.mac(one)]);
  assertEquals((await read(one)).length, 512);
  await service.control.access("e0.1", "reserve", "clear", []);
  assertEquals((await read(other)).length, 512);
  await service.stop();
});

/** Keeps writing what changes; ends when it is refused. */
async function writeOn(client: Initiator, device: Device, lane: number): Promise<number> {
  for (let count = 0;; count++) {
    try {
      await client.write(device, lane, pattern(512, lane * 7919 + count));
    } catch (error) {
      if (error instanceof RefusedError && error.code === AoeError.RESERVED) return count;
      throw error;
    }
  }
}

e2e("nobody who was shut out writes once that is acknowledged", [], async () => {
  await using rig = await Rig.open();
  const { one, other, service, folder } = rig;
  const device = await one.find(0, 1);
  for (let turn = 0; turn < 5; turn++) {
    const lanes = Array.from({ length: WINDOW }, (_, lane) => writeOn(one, device, lane));
    await pause(200);
    await service.control.access("e0.1", "reserve", "set", [rig.mac(other)]);
    const then = Deno.readFileSync(`${folder.path}/d1.img`);
    const counts = await Promise.all(lanes);
    await pause(50);
    assertEquals(Deno.readFileSync(`${folder.path}/d1.img`), then);
    assert(Math.min(...counts) > 0, `${counts}`);
    await service.control.access("e0.1", "reserve", "clear", []);
  }
  await service.stop();
});

e2e("a reload changes who is served, by names of lists", [], async () => {
  await using rig = await Rig.open();
  const { one, other, service, folder } = rig;
  const device = await one.find(0, 1);
  const serves = async () => {
    const ends = await Promise.allSettled([rig.hastyOne, other].map((client) => {
      return client.read(device, 0, 1);
    }));
    return ends.map((end) => {
      if (end.status === "rejected") assert(end.reason instanceof TimeoutError, `${end.reason}`);
      return end.status === "fulfilled";
    });
  };
  const acls = { a: [rig.mac(one)], b: ["a"], c: [rig.mac(other)], all2: ["b", "c"] };
  const become = async (keys: Record<string, unknown>) => {
    writeFile(folder, keys, acls);
    assertEquals((await service.control.reload()).changed, ["e0.1"]);
    return await serves();
  };
  assertEquals(await become({ accept: ["b"] }), [true, false]);
  assertEquals(await become({ accept: ["all2"] }), [true, true]);
  assertEquals(await become({ accept: ["all2"], deny: ["b"] }), [false, true]);
  assertEquals(await become({ deny: ["c"] }), [true, false]);
  assertEquals((await service.export("e0.1")).deny, [rig.mac(other)]);
  assertEquals(await become({}), [true, true]);
  await service.stop();
});
