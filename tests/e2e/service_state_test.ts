/**
 * What a service stores for its clients: a folder that is full, and a file that cannot be read.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { DiskError } from "../../lib/client/target_error.ts";
import { ServiceError } from "../../lib/control/service.ts";
import { TimeoutError } from "../../lib/error.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { ServiceFolder, ServiceProcess } from "./service_process.ts";
import { type Ended, permittedCommand, runCommand, socketPermissions } from "./target_process.ts";

const IMAGE_SIZE = 2 ** 20;
const MAC = "02:00:5e:10:00:05";
const SLOTS = [0, 1, 2];

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Three exports whose state is kept. */
function makeFolder(): ServiceFolder {
  const folder = new ServiceFolder();
  const exports = SLOTS.map((slot) => {
    return { shelf: 0, slot, path: folder.image(`d${slot}.img`, IMAGE_SIZE) };
  });
  folder.write({ server: { workers: 2, "state-dir": folder.state }, exports });
  return folder;
}

async function assertServes(client: Initiator, device: Device, mark: number): Promise<void> {
  const data = new Uint8Array(1024).fill(mark);
  await client.write(device, 6, data);
  assertEquals(await client.read(device, 6, 2), data);
}

/** A small file system in memory. */
class SmallDisk implements AsyncDisposable {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  static async open(path: string): Promise<SmallDisk> {
    await command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path);
    return new SmallDisk(path);
  }

  /** Leaves no room. */
  fill(): void {
    using file = Deno.openSync(`${this.#path}/filler`, { write: true, create: true });
    try {
      for (;;) file.writeSync(new Uint8Array(4096));
    } catch {
      // there is no room left
    }
  }

  /** Leaves room again. */
  free(): void {
    Deno.removeSync(`${this.#path}/filler`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await command("umount", this.#path);
  }
}

e2e("what cannot be stored is not acknowledged, and all else goes on", ["mount"], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder();
  await using disk = await SmallDisk.open(folder.state);
  await using service = await ServiceProcess.start(lan.host, folder);
  const [client, hasty] = [lan.client(), lan.hasty()];
  const devices = await Promise.all(SLOTS.map((slot) => client.find(0, slot)));
  const [first, second] = devices;
  if (first === undefined || second === undefined) throw new Error("an export is missing");
  await client.config(first, ConfigCommand.SET, bytes("before"));
  disk.fill();
  const again = () => hasty.config(first, ConfigCommand.FORCE, bytes("after"));
  await assertRejects(again, TimeoutError);
  await assertRejects(() => hasty.reserve(second, [hasty.link.mac]), TimeoutError);
  const edit = () => service.control.access("e0.1", "mask", "add", [MAC]);
  await assertRejects(edit, ServiceError, "was not made");
  assertEquals(await client.config(first, ConfigCommand.READ), bytes("before"));
  for (const [slot, device] of devices.entries()) await assertServes(client, device, 1 + slot);
  const { masks, reservations, condition, counts } = await service.export("e0.1");
  assertEquals([masks, reservations, condition], [[], [], "serving"]);
  assert((counts["notStored"] ?? 0) > 0);
  disk.free();
  await client.config(first, ConfigCommand.FORCE, bytes("after"));
  assertEquals(await edit(), [MAC]);
  assertEquals((await service.control.showState("e0.0")).configString, "after");
  await service.stop();
});

async function askProgram(folder: ServiceFolder, ...words: readonly string[]): Promise<Ended> {
  const args = [...words, "--control-socket", folder.socket];
  return await runCommand(permittedCommand(args, socketPermissions(folder.socket)));
}

e2e("a state that cannot be read lets nobody write until somebody decides", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder();
  const spoilt = `{"version": 1, "config": "x", "masks": [`;
  Deno.writeTextFileSync(`${folder.state}/e0.1.json`, spoilt);
  const [client, hasty] = [lan.client(), lan.hasty()];
  for (let start = 0; start < 2; start++) {
    await using service = await ServiceProcess.start(lan.host, folder);
    assertEquals((await service.export("e0.1")).condition, "undecided");
    assertEquals((await service.export("e0.0")).condition, "serving");
    const device = await client.find(0, 1);
    assertEquals(await client.read(device, 6, 2), new Uint8Array(1024));
    await assertRejects(() => client.write(device, 6, new Uint8Array(512)), DiskError);
    await assertRejects(() => hasty.reserve(device, [hasty.link.mac]), TimeoutError);
    await assertServes(client, await client.find(0, 0), 1);
    const edit = () => service.control.access("e0.1", "mask", "add", [MAC]);
    await assertRejects(edit, ServiceError, "state show e0.1");
    const shown = await askProgram(folder, "state", "show", "e0.1");
    assertEquals(shown.code, 0, shown.stderr);
    assertStringIncludes(shown.stdout, "e0.1.json.unreadable");
    assertStringIncludes(shown.stdout, spoilt);
    // Neither a reload nor another way of serving decides.
    await service.control.set("e0.1", { "read-only": true });
    await service.control.reload();
    assertEquals((await service.export("e0.1")).condition, "undecided");
    await service.stop();
  }
  {
    await using service = await ServiceProcess.start(lan.host, folder);
    const cleared = await askProgram(folder, "state", "clear", "e0.1", "--yes");
    assertEquals(cleared.code, 0, cleared.stderr);
    await assertServes(client, await client.find(0, 1), 7);
    assertEquals((await service.export("e0.1")).condition, "serving");
    await service.stop();
  }
  await using service = await ServiceProcess.start(lan.host, folder);
  assertEquals((await service.export("e0.1")).condition, "serving");
  await assertServes(client, await client.find(0, 1), 8);
  assertEquals(Deno.readTextFileSync(`${folder.state}/e0.1.json.cleared`), spoilt);
  await service.stop();
});
