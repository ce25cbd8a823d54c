/**
 * The status of a service says what happens: counters, rates, latencies, clients and conditions.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Opcode } from "../../lib/ata/command.ts";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { DiskError } from "../../lib/client/target_error.ts";
import type { StatusRates } from "../../lib/control/rates.ts";
import type { LatencyStatus, ServiceStatus } from "../../lib/control/service.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { FILE_SYSTEM_PROGRAMS, FileSystem } from "./file_system.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import { pause, ServiceFolder, ServiceProcess } from "./service_process.ts";
import {
  permittedCommand,
  programCommand,
  runCommand,
  socketPermissions,
  TargetProcess,
} from "./target_process.ts";

const MIB = 2 ** 20;
const [READS, WRITES] = [30, 20];
/** Sectors of a frame. */
const COUNT = 2;

async function statusJson(
  folder: ServiceFolder,
): Promise<ServiceStatus & { readonly rates: StatusRates }> {
  const words = ["status", "--json", "--control-socket", folder.socket];
  const line = permittedCommand(words, socketPermissions(folder.socket));
  const { code, stdout, stderr } = await runCommand(line);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

function assertPlausible(latency: LatencyStatus, count: number): void {
  const { p50Us, p90Us, p99Us, maxUs } = latency;
  assertEquals(latency.count, count);
  const rising = [0, p50Us, p90Us, p99Us, 20_000_000];
  assertEquals(rising, rising.toSorted((one, other) => one - other), JSON.stringify(latency));
  assert(p50Us > 1 && maxUs >= p50Us, JSON.stringify(latency));
}

/** Two exports on two interfaces. */
function makeFolder(): ServiceFolder {
  const folder = new ServiceFolder();
  const exports = [0, 1].map((slot) => {
    return { shelf: 0, slot, path: folder.image(`d${slot}.img`, MIB) };
  });
  folder.write({ server: { workers: 2 }, exports });
  return folder;
}

async function readAndWrite(client: Initiator, device: Device): Promise<void> {
  for (let count = 0; count < READS; count++) {
    await client.ata(device, { opcode: Opcode.READ_EXT, lba: count, count: COUNT });
  }
  const data = new Uint8Array(COUNT * 512);
  for (let count = 0; count < WRITES; count++) {
    await client.ata(device, { opcode: Opcode.WRITE_EXT, lba: count, count: COUNT, data });
  }
}

e2e("the status counts what clients do, and tells them apart", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = makeFolder();
  await using service = await ServiceProcess.start(lan.host, folder);
  const clients = [lan.client("eth0"), lan.client("eth1")];
  for (const client of clients) await readAndWrite(client, await client.find(0, 0));
  const { exports, rates, interfaces } = await statusJson(folder);
  const [first, second] = exports;
  assert(first !== undefined && second !== undefined);
  const { reads, writes, readBytes, writtenBytes } = first.counts;
  const frames = [READS, WRITES].map((count) => count * COUNT * 512);
  const [readSize = 0, writtenSize = 0] = frames;
  assertEquals([reads, writes], [2 * READS, 2 * WRITES]);
  assertEquals([readBytes, writtenBytes], [2 * readSize, 2 * writtenSize]);
  assertEquals([second.counts["reads"], second.readLatency.count], [0, 0]);
  assertPlausible(first.readLatency, 2 * READS);
  assertPlausible(first.writeLatency, 2 * WRITES);
  const seen = first.initiators.map((one) => [one.mac, one.interface, one.reads, one.writes]);
  const expected = clients.toReversed().map(({ link }) => {
    return [formatMac(link.mac), link.name, READS, WRITES];
  });
  assertEquals(seen, expected, "the last heard first");
  for (const one of first.initiators) {
    assertEquals([one.readBytes, one.writtenBytes], [readSize, writtenSize]);
    assert(one.lastSeenSecondsAgo >= 0 && one.lastSeenSecondsAgo < 20, JSON.stringify(one));
  }
  assertEquals(rates.exports[0]?.perSecond["reads"], 0, "nobody asks just now");
  const ports = interfaces.map(({ name, worker, up, mtu, sectorCount }) => {
    return [name, worker, up, mtu, sectorCount].join(" ");
  });
  const facts = "true 1500 2";
  assertEquals(ports, [`eth0 1 ${facts}`, `eth0 2 ${facts}`, `eth1 1 ${facts}`, `eth1 2 ${facts}`]);
  await service.stop();
});

e2e("the status has rates under load", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = makeFolder();
  await using service = await ServiceProcess.start(lan.host, folder);
  const load = new ServiceLoad();
  const client = lan.client("eth1");
  load.add(client, await client.find(0, 1), LANE_SECTORS);
  await pause(200);
  const { rates, exports } = await statusJson(folder);
  await load.stop();
  assertEquals(load.faults, []);
  const [first, second] = rates.exports;
  assert(rates.seconds > 0.3, `${rates.seconds} s`);
  assertEquals([first?.perSecond["reads"], first?.perSecond["writes"]], [0, 0]);
  const { reads = 0, readBytes = 0, writes = 0 } = second?.perSecond ?? {};
  assert(reads > 10 && writes > 10, JSON.stringify(second));
  const perRead = readBytes / reads;
  assert(perRead > 900 && perRead < 1200, `${perRead} bytes a read`);
  assertEquals(second?.initiators.map(({ mac }) => mac), [formatMac(client.link.mac)]);
  assert((second?.initiators[0]?.perSecond["reads"] ?? 0) > 10);
  const port = rates.interfaces.find(({ name, worker }) =>
    name === "eth1" && worker === exports[1]?.worker
  );
  assert((port?.perSecond["received"] ?? 0) > 20 && (port?.perSecond["sent"] ?? 0) > 20);
  await service.stop();
});

e2e("the status tells what waits, and what another target has", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = makeFolder();
  const other = folder.image("other.img", MIB);
  const command = programCommand(["0", "1", "eth0", other]);
  const rival = await TargetProcess.startCommand(lan.wire.initiator, command);
  await using _rival = rival;
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

e2e("the status tells that a removed export still has requests", FILE_SYSTEM_PROGRAMS, async () => {
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
  await slow.frozen(async () => {
    ends.push(client.write(second, 0, new Uint8Array(1024).fill(7)));
    await service.until("a request under way", ({ exports }) => exports[1]?.queueDepth === 1);
    const again = await service.connect();
    ends.push(again.remove("e0.1").finally(() => again[Symbol.dispose]()));
    await service.until("leaving", ({ exports }) => exports[1]?.condition === "leaving");
    await client.write(device, 0, new Uint8Array(512));
  });
  await Promise.all(ends);
  assertEquals((await service.control.status()).exports.map(({ name }) => name), ["e0.0"]);
  assertEquals(Deno.readFileSync(path)[1023], 7);
  await service.stop();
});

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
    await command("umount", this.#under);
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
});
