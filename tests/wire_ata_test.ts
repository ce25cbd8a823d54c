/**
 * Command 0: the ATA header.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  AFLAG_EXTENDED,
  AFLAG_WRITE,
  ATA_HEADER_SIZE,
  AtaFrame,
  SECTOR_SIZE,
} from "../lib/wire/ata.ts";
import { assertWritten, staleView, type Written } from "./stale_memory.ts";

const COMMON = "02005e1000ff 02fc00aa0001 88a2 10 00 0102 03 00 8a1b2c3d";

Deno.test("AtaFrame has the sizes of AoEr11", () => {
  assertEquals([ATA_HEADER_SIZE, SECTOR_SIZE], [36, 512]);
});

Deno.test("AtaFrame reads the fields of a write", () => {
  const ata = new AtaFrame(staleView(64, `${COMMON} 41 07 02 34 060504030201 0000`));
  assertEquals(ata.aflags, AFLAG_WRITE | AFLAG_EXTENDED);
  assertEquals(ata.feature, 7);
  assertEquals(ata.count, 2);
  assertEquals(ata.opcode, 0x34);
  assertEquals(ata.lba, 0x010203040506);
  assertEquals(ata.tag, 0x8a1b2c3d);
});

const SETTERS: readonly [name: string, set: (ata: AtaFrame) => void, written: Written][] = [
  ["aflags", (ata) => ata.aflags = 0x53, [24, "53"]],
  ["feature", (ata) => ata.feature = 0xfe, [25, "fe"]],
  ["count", (ata) => ata.count = 255, [26, "ff"]],
  ["opcode", (ata) => ata.opcode = 0xec, [27, "ec"]],
  ["lba", (ata) => ata.lba = 0x010203040506, [28, "060504030201"]],
];
for (const [name, set, written] of SETTERS) {
  Deno.test(`AtaFrame.${name} writes its bytes and no other`, () => {
    const view = staleView(64);
    set(new AtaFrame(view));
    assertWritten(view, written);
  });
}

for (
  const [lba, bytes] of [
    [0, "000000000000"],
    [1, "010000000000"],
    [2 ** 28 - 1, "ffffff0f0000"],
    [2 ** 28, "000000100000"],
    [2 ** 31, "000000800000"],
    [2 ** 32 - 1, "ffffffff0000"],
    [2 ** 32, "000000000100"],
    [2 ** 47, "000000000080"],
    [2 ** 48 - 1, "ffffffffffff"],
  ] as const
) {
  Deno.test(`AtaFrame.lba is little-endian and whole for ${lba}`, () => {
    const view = staleView(64);
    new AtaFrame(view).lba = lba;
    assertWritten(view, [28, bytes]);
    assertEquals(new AtaFrame(view).lba, lba);
  });
}

Deno.test("AtaFrame.fits() wants 36 bytes", () => {
  const ata = new AtaFrame(staleView(64));
  assertEquals([24, 35, 36, 548].map((size) => ata.fits(size)), [false, false, true, true]);
});

Deno.test("AtaFrame.finish() writes error, count, status and reserved, not flags and LBA", () => {
  const view = staleView(64);
  new AtaFrame(view).finish(0x41, 0x10, 0);
  assertWritten(view, [25, "10 00 41"], [34, "0000"]);
});

Deno.test("AtaFrame.hasRegistersOf() looks at flags, feature, count, code and LBA alone", () => {
  const registers = "41 07 02 34 060504030201";
  const ata = new AtaFrame(staleView(64, `${COMMON} ${registers} 0000`));
  const other = "02005e1000fe 02fc00aa0002 88a2 18 01 0103 04 00 8a1b2c3e";
  assertEquals(ata.hasRegistersOf(new AtaFrame(staleView(64, `${other} ${registers} 0101`))), true);
  for (let at = 24; at < 34; at++) {
    const view = staleView(64, `${COMMON} ${registers} 0000`);
    view.setUint8(at, view.getUint8(at) ^ 1);
    assertEquals(ata.hasRegistersOf(new AtaFrame(view)), false, `byte ${at}`);
  }
});

Deno.test("AtaFrame.hasDataOf() looks at each byte of the data, and no further", () => {
  const ata = new AtaFrame(staleView(36 + 516, ""));
  for (let at = 0; at < 36 + 516; at++) {
    const view = staleView(36 + 516, "");
    view.setUint8(at, 0);
    const isData = at >= 36 && at < 36 + 512;
    assertEquals(ata.hasDataOf(new AtaFrame(view), 512), !isData, `byte ${at}`);
  }
});
