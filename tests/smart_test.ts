/**
 * SMART: the signature, the sub-commands, the data.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { hasSignature, isServed, writeSmart } from "../lib/ata/smart.ts";
import { assertWritten, staleView, zeros } from "./stale_memory.ts";

for (
  const [lba, has] of [
    [0xc24f00, true],
    [0xc24fff, true],
    [0xffff_ffc2_4f01, true],
    [0x4fc200, false],
    [0xc24e00, false],
    [0xc34f00, false],
    [0xc24f, false],
    [0xc24f0000, false],
    [0, false],
  ] as const
) {
  Deno.test(`hasSignature() says ${has} of the LBA 0x${lba.toString(16)}`, () => {
    assertEquals(hasSignature(lba), has);
  });
}

Deno.test("isServed() takes D0, D4, D8, D9 and DA of all 256 sub-commands", () => {
  const served = Array.from({ length: 256 }, (_, command) => command).filter(isServed);
  assertEquals(served, [0xd0, 0xd4, 0xd8, 0xd9, 0xda]);
});

Deno.test("writeSmart() writes data with a checksum in byte 511 for READ DATA", () => {
  const view = staleView(36 + 512 + 8);
  writeSmart(view, 36, 0xd0);
  // 0x10 and the checksum 0xf0 sum up to 0x100.
  assertWritten(view, [36, "1000" + zeros(509) + "f0"]);
});

for (const command of [0xd4, 0xd8, 0xd9, 0xda]) {
  Deno.test(`writeSmart() writes zeros for 0x${command.toString(16)}`, () => {
    const view = staleView(36 + 512 + 8);
    writeSmart(view, 36, command);
    assertWritten(view, [36, zeros(512)]);
  });
}
