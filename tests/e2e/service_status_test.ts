/**
 * The status of a service says what happens: counters, rates, latencies and clients.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../../lib/ata/command.ts";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import type { StatusRates } from "../../lib/control/rates.ts";
import type { LatencyStatus, ServiceStatus } from "../../lib/control/service.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { e2e } from "./requires.ts";
import { ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import { pause, ServiceFolder, ServiceProcess } from "./service_process.ts";
import { permittedCommand, runCommand, socketPermissions } from "./target_process.ts";

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

e2e("the time that nobody asked is no part of a latency", [], async () => {
  await using lan = await ServiceLan.make(1);
  using folder = makeFolder();
  await using service = await ServiceProcess.start(lan.host, folder);
  const client = lan.client();
  const device = await client.find(0, 0);
  for (let count = 0; count < 5; count++) {
    await pause(500);
    await client.read(device, 0, 1);
  }
  const { readLatency } = await service.export("e0.0");
  assertEquals(readLatency.count, 5);
  assert(readLatency.p50Us < 200_000, `${readLatency.p50Us} us`);
  await service.stop();
});
