/**
 * The status of a service tells how each export is: what keeps it from serving, and what it lacks.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { DiskError } from "../../lib/client/target_error.ts";
import { needLoopDevices } from "../temporary.ts";
import { FILE_SYSTEM_PROGRAMS, FileSystem } from "./file_system.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { ServiceFolder, ServiceProcess } from "./service_process.ts";
import { ENGINE, TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;

/** The images of two exports. */
function makeFolder(): ServiceFolder {
  const folder = new ServiceFolder();
  for (const slot of [0, 1]) folder.image(`d${slot}.img`, MIB);
  return folder;
}

e2e("the status tells what waits, and what another target has", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = makeFolder();
  const other = folder.image("other.img", MIB);
  await using rival = await TargetProcess.start(lan.wire.initiator, "0", "1", "eth0", other);
  const images = [0, 1].map((slot) => `${folder.path}/d${slot}.img`);
  const exports = images.map((path, slot) => ({ shelf: 0, slot, path, interfaces: [`eth0`] }));
  folder.write({ exports });
  await using service = await ServiceProcess.start(lan.host, folder);
  await service.until(
    "a conflict",
    ({ exports }) => `${exports.map(({ condition }) => condition)}` === "serving,conflict",
  );
  const client = lan.client("eth0");
  // The rival is on the client's very host and hears nothing of it; the service is silent.
  assertEquals(await client.findAll(0, 1, 300), []);
  rival.kill("SIGTERM");
  await rival.ended();
  // An interface that comes up is asked on anew.
  await lan.ip("link set eth0 down");
  await service.until("no link", ({ exports }) => exports[0]?.condition === "waiting");
  await lan.ip("link set eth0 up");
  await service.until(
    "no conflict",
    ({ exports }) => exports.every(({ condition }) => condition === "serving"),
  );
  assertEquals((await client.find(0, 1)).slot, 1);
  await service.stop();
});

async function leaves(): Promise<void> {
  await using lan = await ServiceLan.make(1);
  await using slow = await FileSystem.open(16 * MIB);
  using folder = makeFolder();
  const path = `${slow.path}/slow.img`;
  Deno.writeFileSync(path, new Uint8Array(4 * MIB));
  await command("sync", "-f", path);
  const exports = [
    { shelf: 0, slot: 0, path: `${folder.path}/d0.img` },
    { shelf: 0, slot: 1, path, sync: true },
  ];
  folder.write({ exports });
  await using service = await ServiceProcess.start(lan.host, folder);
  const client = lan.client();
  const [device, second] = [await client.find(0, 0), await client.find(0, 1)];
  const ends: Promise<unknown>[] = [];
  const begin = (work: Promise<unknown>): void => {
    work.catch(() => {}); // it is waited for below, unless something else fails first
    ends.push(work);
  };
  await slow.frozen(async () => {
    begin(client.write(second, 0, new Uint8Array(1024).fill(7)));
    await service.until("a request under way", ({ exports }) => exports[1]?.queueDepth === 1);
    const again = await service.connect();
    begin(again.remove("e0.1").finally(() => again[Symbol.dispose]()));
    await service.until("leaving", ({ exports }) => exports[1]?.condition === "leaving");
    await client.write(device, 0, new Uint8Array(512));
  });
  await Promise.all(ends);
  assertEquals((await service.control.status()).exports.map(({ name }) => name), ["e0.0"]);
  assertEquals(Deno.readFileSync(path)[1023], 7);
  await service.stop();
}

// The plain engine waits for each write, so that no request is left to wait for.
if (ENGINE !== "plain") {
  const name = "the status tells that a removed export still has requests";
  e2e(name, FILE_SYSTEM_PROGRAMS, leaves, needLoopDevices);
}

/** A file system whose disk has no room for what is written to it: syncs fail. */
class FailingDisk implements AsyncDisposable {
  readonly path: string;
  readonly #under: string;

  private constructor(folder: ServiceFolder) {
    this.path = `${folder.path}/mounted`;
    this.#under = `${folder.path}/memory`;
  }

  static async open(folder: ServiceFolder): Promise<FailingDisk> {
    const disk = new FailingDisk(folder);
    const file = `${disk.#under}/ext4.img`;
    for (const path of [disk.path, disk.#under]) Deno.mkdirSync(path);
    await command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.#under);
    await command("truncate", "-s", "64M", file);
    await command("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", file);
    await command("mount", "-o", "loop", file, disk.path);
    return disk;
  }

  /** An image in it, of which nothing has a place yet. */
  image(): string {
    const path = `${this.path}/image`;
    Deno.writeFileSync(path, new Uint8Array(0));
    Deno.truncateSync(path, 32 * MIB);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await command("umount", this.path);
    // The kernel lets go of the file behind a loop device a little after its last user.
    const endMs = performance.now() + 20_000;
    for (;;) {
      try {
        await command("umount", this.#under);
        return;
      } catch (error) {
        if (performance.now() > endMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

e2e("the status tells that a sync failed", FILE_SYSTEM_PROGRAMS, async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder();
  await using failing = await FailingDisk.open(folder);
  const exports = [
    { shelf: 0, slot: 0, path: `${folder.path}/d0.img` },
    { shelf: 0, slot: 1, path: failing.image() },
  ];
  folder.write({ exports });
  await using service = await ServiceProcess.start(lan.host, folder);
  const client = lan.client();
  const device = await client.find(0, 1);
  for (let lba = 0; lba < 24 * MIB / 512; lba += 128) {
    await client.write(device, lba, new Uint8Array(128 * 512).fill(1 + lba));
  }
  await assertRejects(() => client.flush(device), DiskError);
  const { condition, counts } = await service.export("e0.1");
  assertEquals([condition, (counts["syncErrors"] ?? 0) > 0], ["faulted", true]);
  await assertRejects(() => client.write(device, 0, new Uint8Array(512)), DiskError);
  assertEquals((await client.read(device, 0, 1)).length, 512);
  assertEquals((await service.export("e0.0")).condition, "serving");
  const first = await client.find(0, 0);
  await client.write(first, 0, new Uint8Array(512));
  await client.flush(first);
  await service.stop();
}, needLoopDevices);
