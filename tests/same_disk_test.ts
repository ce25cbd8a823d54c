/**
 * Disks that describe themselves alike are told apart by what they hold, but only where that is
 * certain.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { DiskPath } from "../lib/client/disk_path.ts";
import { pathsByDisk } from "../lib/client/same_disk.ts";

type Read = (lba: number) => Promise<Uint8Array>;

/** Large enough that a look at it takes sectors from all over. */
const SECTORS = 1 << 20;

function pathOf(mac: number, read: Read, device: Partial<DiskPath["device"]> = {}): DiskPath {
  const stub: unknown = { read: (_: unknown, lba: number) => read(lba) };
  const names = { serial: "s", firmware: "f", model: "m", data: new Uint8Array(512) };
  return {
    interface: `eth${mac}`,
    // Nothing but reading is asked of it.
    initiator: stub as DiskPath["initiator"],
    device: {
      shelf: 0,
      slot: 0,
      mac,
      bufferCount: 16,
      firmware: 0,
      sectorCount: 2,
      config: new Uint8Array(0),
      ...device,
    },
    identification: { sectors: SECTORS, ...names },
    trouble: undefined,
  };
}

/** A disk of zeros but for the sectors that are given. */
function holds(sectors: Readonly<Record<number, number>> = {}): Read {
  return (lba) => Promise.resolve(new Uint8Array(512).fill(sectors[lba] ?? 0));
}

/** A disk where every look at sector 0 finds something else. */
function busy(): Read {
  let count = 0;
  return (lba) => Promise.resolve(new Uint8Array(512).fill(lba === 0 ? ++count : 0));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const fails: Read = () => Promise.reject(new Error("refused"));
const isSilent: Read = () => new Promise(() => {});

for (
  const [name, paths, expected] of [
    ["one disk", [pathOf(1, holds()), pathOf(2, holds())], [[1, 2]]],
    ["another first sector", [pathOf(1, holds()), pathOf(2, holds({ 0: 1 }))], [[1], [2]]],
    [
      "another last sector",
      [pathOf(1, holds()), pathOf(2, holds({ [SECTORS - 1]: 1 })), pathOf(3, holds())],
      [[1, 3], [2]],
    ],
    ["a sector that changes", [pathOf(1, busy()), pathOf(2, holds())], [[1, 2]]],
    ["one MAC, which is one target", [pathOf(1, holds()), pathOf(1, holds({ 0: 1 }))], [[1, 1]]],
    ["a disk that cannot be read", [pathOf(1, holds()), pathOf(2, fails)], [[1, 2]]],
    ["a disk that is silent", [pathOf(1, holds({ 0: 1 })), pathOf(2, isSilent)], [[1, 2]]],
    ["another firmware", [pathOf(1, holds()), pathOf(2, holds(), { firmware: 1 })], [[1], [2]]],
    [
      "another config string",
      [pathOf(1, holds(), { config: bytes("a") }), pathOf(2, holds(), { config: bytes("b") })],
      [[1], [2]],
    ],
    [
      "a config string on one side",
      [pathOf(1, holds(), { config: bytes("a") }), pathOf(2, holds())],
      [[1, 2]],
    ],
    ["other addresses", [pathOf(1, holds()), pathOf(2, holds(), { slot: 1 })], [[1], [2]]],
  ] as const
) {
  Deno.test(`pathsByDisk() judges ${name}`, async () => {
    const disks = await pathsByDisk(paths, 50);
    const macs: readonly (readonly number[])[] = disks.map((some) =>
      some.map(({ device }) => device.mac)
    );
    assertEquals<readonly (readonly number[])[]>(macs, expected);
  });
}
