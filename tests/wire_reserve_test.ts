/**
 * Command 3: the reserve header and its MACs.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  RESERVATIONS_MAX,
  RESERVE_HEADER_SIZE,
  ReserveCommand,
  ReserveFrame,
} from "../lib/wire/reserve.ts";
import { assertWritten, staleView, type Written } from "./stale_memory.ts";

const COMMON = "02005e1000ff 02fc00aa0001 88a2 10 00 0102 03 03 8a1b2c3d";

Deno.test("ReserveFrame has the sizes and codes of AoEr11", () => {
  assertEquals([RESERVE_HEADER_SIZE, RESERVATIONS_MAX], [26, 255]);
  assertEquals({ ...ReserveCommand }, { READ: 0, SET: 1, FORCE: 2 });
});

Deno.test("ReserveFrame reads the fields of a set", () => {
  const reserve = new ReserveFrame(
    staleView(64, `${COMMON} 01 02 02005e100001 80fffffffffe`),
  );
  assertEquals(reserve.reserveCommand, ReserveCommand.SET);
  assertEquals(reserve.count, 2);
  assertEquals([reserve.mac(0), reserve.mac(1)], [0x02005e100001, 0x80fffffffffe]);
});

const SETTERS: readonly [name: string, set: (frame: ReserveFrame) => void, written: Written][] = [
  ["reserveCommand", (frame) => frame.reserveCommand = 2, [24, "02"]],
  ["count", (frame) => frame.count = 255, [25, "ff"]],
  ["setMac(0)", (frame) => frame.setMac(0, 0x02005e100001), [26, "02005e100001"]],
  ["setMac(3)", (frame) => frame.setMac(3, 0x80fffffffffe), [44, "80fffffffffe"]],
];
for (const [name, set, written] of SETTERS) {
  Deno.test(`ReserveFrame.${name} writes its bytes and no other`, () => {
    const view = staleView(64);
    set(new ReserveFrame(view));
    assertWritten(view, written);
  });
}

Deno.test("ReserveFrame.fits() wants 26 bytes", () => {
  const reserve = new ReserveFrame(staleView(64));
  assertEquals([24, 25, 26, 60].map((size) => reserve.fits(size)), [false, false, true, true]);
});

for (
  const [count, size, fits] of [
    [0, 26, true],
    [1, 31, false],
    [1, 32, true],
    [5, 60, true],
    [6, 60, false],
    [255, 1555, false],
    [255, 1556, true],
  ] as const
) {
  Deno.test(`ReserveFrame.macsFit() says ${fits} of ${count} in ${size} bytes`, () => {
    const reserve = new ReserveFrame(staleView(64));
    reserve.count = count;
    assertEquals(reserve.macsFit(size), fits);
  });
}

Deno.test("ReserveFrame reaches MAC 254 at the end of its memory", () => {
  const view = staleView(1556);
  const reserve = new ReserveFrame(view);
  reserve.setMac(254, 0x02005e1000ff);
  assertWritten(view, [1550, "02005e1000ff"]);
  assertEquals(reserve.mac(254), 0x02005e1000ff);
});
