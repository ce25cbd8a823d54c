/**
 * Several workers are one service to its clients: each export is answered for by one of them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { SHELF_ANY, SLOT_ANY } from "../../lib/wire/frame.ts";
import { e2e } from "./requires.ts";
import { askOnce, ServiceLan } from "./service_lan.ts";
import { LANE_SECTORS, ServiceLoad } from "./service_load.ts";
import { pause, ServiceFolder, ServiceProcess } from "./service_process.ts";

const IMAGE_SIZE = 2 ** 20;
/** Slots of shelf 0, on both interfaces; and of shelf 1, on eth1. */
const BOTH = [0, 1, 2, 3, 4];
const SECOND = [0, 1, 2];

e2e("each export is served by one of two workers, and answers once", [], async () => {
  await using lan = await ServiceLan.make(2);
  using folder = new ServiceFolder();
  const path = (name: string) => folder.image(`${name}.img`, IMAGE_SIZE);
  const exports = [
    ...BOTH.map((slot) => ({ shelf: 0, slot, path: path(`a${slot}`) })),
    ...SECOND.map((slot) => ({ shelf: 1, slot, path: path(`b${slot}`), interfaces: ["eth1"] })),
  ];
  folder.write({ server: { workers: 2 }, exports });
  await using service = await ServiceProcess.start(lan.host, folder);
  const status = await service.control.status();
  const perWorker = [1, 2].map((number) =>
    status.exports.filter(({ worker }) => worker === number).length
  );
  assertEquals([status.workers, ...perWorker], [2, 4, 4]);

  const [first, second] = [lan.end("eth0"), lan.end("eth1")];
  const all = BOTH.map((slot) => `e0.${slot}`);
  const others = SECOND.map((slot) => `e1.${slot}`);
  assertEquals(await askOnce(first, SHELF_ANY, SLOT_ANY, all.length), all);
  assertEquals(await askOnce(second, SHELF_ANY, SLOT_ANY, 8), [...all, ...others]);
  assertEquals(await askOnce(first, 0, SLOT_ANY, all.length), all);
  assertEquals(await askOnce(second, SHELF_ANY, 1, 2), ["e0.1", "e1.1"]);
  assertEquals(await askOnce(first, 1, SLOT_ANY, 0), []);
  for (const slot of BOTH) {
    for (const end of [first, second]) assertEquals(await askOnce(end, 0, slot, 1), [`e0.${slot}`]);
  }

  const load = new ServiceLoad();
  for (const [index, client] of [lan.client("eth0"), lan.client("eth1")].entries()) {
    for (const slot of BOTH) load.add(client, await client.find(0, slot), index * LANE_SECTORS);
  }
  await pause(1000);
  await load.stop();
  assertEquals(load.faults, []);
  const { exports: after } = await service.control.status();
  for (const { name, counts, worker } of after.filter(({ shelf }) => shelf === 0)) {
    // The last one to be counted is the one that was answered.
    assertEquals((counts["reads"] ?? 0) > 0 && (counts["writes"] ?? 0) > 0, true, `${name}`);
    assertEquals(counts["duplicates"], 0, `${name} of worker ${worker}`);
  }
  await service.stop();
});
