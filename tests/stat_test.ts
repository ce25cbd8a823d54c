/**
 * Lines as aoe-stat prints them, and the figures of round trips.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { statLine } from "../lib/cli/commands/stat.ts";
import { groupPaths } from "../lib/client/same_disk.ts";
import type { DiskPath } from "../lib/client/disk_path.ts";
import { roundTripFigures } from "../lib/client/round_trips.ts";

/** A path with a stub of an initiator: none of this sends. */
function pathOf(on: string, sectors: number | undefined, frameSectors: number, slot = 0): DiskPath {
  const names = { serial: "s", firmware: "f", model: "m", data: new Uint8Array(512) };
  const stub: unknown = { frameSectors: () => frameSectors };
  return {
    interface: on,
    // Only the number of sectors in a frame is asked for.
    initiator: stub as DiskPath["initiator"],
    device: {
      shelf: 0,
      slot,
      mac: 1,
      bufferCount: 16,
      firmware: 0,
      sectorCount: 2,
      config: new Uint8Array(0),
    },
    identification: sectors === undefined ? undefined : { sectors, ...names },
    trouble: undefined,
  };
}

for (
  const [paths, line] of [
    // As in man aoe-stat, with the columns of the script where the driver tells the payload.
    [
      [pathOf("eth0", 203125, 17, 3)],
      "      e0.3         0.104GB       eth0 8704  up            \n",
    ],
    [
      [pathOf("eth0", 8589934592, 2, 4)],
      "      e0.4      4398.046GB       eth0 1024  up            \n",
    ],
    [
      [pathOf("eth0", 1, 17), pathOf("eth1", 1, 2)],
      "      e0.0         0.000GB  eth0,eth1 1024  up            \n",
    ],
    [
      [pathOf("eth0", undefined, 2)],
      "      e0.0            (NA)       eth0 1024  down          \n",
    ],
    [
      [pathOf("eth0", undefined, 2), pathOf("eth0", 2000000, 2)],
      "      e0.0         1.024GB       eth0 1024  up            \n",
    ],
  ] as const
) {
  Deno.test(`statLine() prints ${line.trim()}`, () => {
    assertEquals(statLine({ name: `e0.${paths[0].device.slot}`, paths }), line);
  });
}

Deno.test("groupPaths() puts the paths to one disk together, and different disks apart", () => {
  const paths = [
    pathOf("eth0", 8, 2),
    pathOf("eth1", 8, 2),
    pathOf("eth0", 9, 2),
    pathOf("eth0", 8, 2, 1),
  ];
  const told = groupPaths(paths).map((group) => [group[0]?.device.slot, group.length]);
  assertEquals(told, [[0, 2], [0, 1], [1, 1]]);
});

Deno.test("roundTripFigures() counts the share that took no longer", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assertEquals(roundTripFigures(hundred), {
    minMs: 1,
    avgMs: 50.5,
    p50Ms: 50,
    p99Ms: 99,
    maxMs: 100,
  });
  assertEquals(roundTripFigures([3]), { minMs: 3, avgMs: 3, p50Ms: 3, p99Ms: 3, maxMs: 3 });
  assertEquals(roundTripFigures([2, 10])?.p50Ms, 2);
  assertEquals(roundTripFigures([]), undefined);
});
