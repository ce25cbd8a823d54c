/**
 * The ring engine goes through the suites of all engines, with the kernel's help on the disk and
 * without.
 *
 * @module
 */
import { openRing } from "../lib/engine/open.ts";
import { assertEquals } from "@std/assert";
import { pattern } from "./e2e/image.ts";
import { e2e } from "./e2e/requires.ts";
import { Bench, engineCases, LendingDisk, type OpenEngine, SHELF, SLOT } from "./engine_case.ts";
import { engineManyCases } from "./engine_many_case.ts";
import { enginePortsCases } from "./engine_ports_case.ts";

const WITHOUT = { uring: undefined, missing: [] };
const openWhole: OpenEngine = (options, ports) => openRing(options, ports).engine;
const CASES: readonly [name: string, open: OpenEngine][] = [
  ["ring", openWhole],
  ["ring without io_uring", (options, ports) => openRing(options, ports, () => WITHOUT).engine],
];

for (
  const [name, open] of CASES
) {
  engineCases(name, open);
  engineCases(`${name}, lent data`, open, () => new LendingDisk());
  enginePortsCases(name, open);
  engineManyCases(name, open);
}

/** Tells what was lent from what was read. */
class TellingDisk extends LendingDisk {
  override lend(offset: number): number {
    this.done.push("lend");
    return super.lend(offset);
  }
}

e2e("ring: an answer that goes to two is not lent", [], async () => {
  await using bench = await Bench.open(openWhole, new TellingDisk(), true);
  const { disk, initiator } = bench;
  const device = await initiator.find(SHELF, SLOT);
  const data = pattern(1024, 1);
  // Both reads wait for the durable write, and the second one is the same as the first.
  const write = initiator.write(device, 2, data);
  const reads = [initiator.read(device, 2, 2), initiator.read(device, 2, 2)];
  assertEquals(await Promise.all(reads), [data, data]);
  await write;
  assertEquals(disk.done, ["write", "sync", "read"]);
  assertEquals(await initiator.read(device, 2, 2), data);
  assertEquals(disk.done.slice(3), ["lend", "read"]);
});
