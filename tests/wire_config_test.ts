/**
 * Command 1: the config header and its string.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  CONFIG_BYTES_MAX,
  CONFIG_HEADER_SIZE,
  ConfigCommand,
  ConfigFrame,
} from "../lib/wire/config.ts";
import { assertWritten, staleView, type Written } from "./stale_memory.ts";

const COMMON = "02005e1000ff 02fc00aa0001 88a2 10 00 0102 03 01 8a1b2c3d";

Deno.test("ConfigFrame has the sizes and codes of AoEr11", () => {
  assertEquals([CONFIG_HEADER_SIZE, CONFIG_BYTES_MAX], [32, 1024]);
  assertEquals({ ...ConfigCommand }, { READ: 0, TEST: 1, PREFIX: 2, SET: 3, FORCE: 4 });
});

Deno.test("ConfigFrame reads the fields of a reply", () => {
  const config = new ConfigFrame(staleView(64, `${COMMON} 0110 4012 0f 13 0003 616263`));
  assertEquals(config.bufferCount, 0x0110);
  assertEquals(config.firmware, 0x4012);
  assertEquals(config.sectorCount, 15);
  assertEquals(config.configCommand, ConfigCommand.SET);
  assertEquals(config.stringSize, 3);
  assertEquals([0, 1, 2].map((index) => config.stringByte(index)), [0x61, 0x62, 0x63]);
});

Deno.test("ConfigFrame.configCommand leaves the version out, whatever it is", () => {
  for (const [byte, command] of [[0x00, 0], [0x14, 4], [0xf2, 2], [0x0f, 15]] as const) {
    const view = staleView(64);
    view.setUint8(29, byte);
    assertEquals(new ConfigFrame(view).configCommand, command);
  }
});

const SETTERS: readonly [name: string, set: (config: ConfigFrame) => void, written: Written][] = [
  ["bufferCount", (config) => config.bufferCount = 0xfffe, [24, "fffe"]],
  ["firmware", (config) => config.firmware = 0x4012, [26, "4012"]],
  ["sectorCount", (config) => config.sectorCount = 255, [28, "ff"]],
  ["configCommand (with version 1)", (config) => config.configCommand = 4, [29, "14"]],
  ["stringSize", (config) => config.stringSize = 1024, [30, "0400"]],
  [
    "setString()",
    (config) => config.setString(Uint8Array.from([0, 255, 10])),
    [30, "0003 00ff0a"],
  ],
  ["setString() of nothing", (config) => config.setString(new Uint8Array(0)), [30, "0000"]],
];
for (const [name, set, written] of SETTERS) {
  Deno.test(`ConfigFrame.${name} writes its bytes and no other`, () => {
    const view = staleView(64);
    set(new ConfigFrame(view));
    assertWritten(view, written);
  });
}

Deno.test("ConfigFrame.setString() takes the longest string", () => {
  const view = staleView(CONFIG_HEADER_SIZE + CONFIG_BYTES_MAX);
  new ConfigFrame(view).setString(new Uint8Array(CONFIG_BYTES_MAX).fill(0x5a));
  assertWritten(view, [30, "0400" + "5a".repeat(CONFIG_BYTES_MAX)]);
});

Deno.test("ConfigFrame.fits() wants 32 bytes", () => {
  const config = new ConfigFrame(staleView(64));
  assertEquals([24, 31, 32, 60].map((size) => config.fits(size)), [false, false, true, true]);
});

for (
  const [stringSize, size, fits] of [
    [0, 32, true],
    [1, 32, false],
    [1, 33, true],
    [28, 60, true],
    [29, 60, false],
    [1024, 1055, false],
    [1024, 1056, true],
    [1025, 1057, false],
    [1025, 9000, false],
    [0xffff, 65550, false],
  ] as const
) {
  Deno.test(`ConfigFrame.stringFits() says ${fits} of ${stringSize} in ${size} bytes`, () => {
    const config = new ConfigFrame(staleView(64));
    config.stringSize = stringSize;
    assertEquals(config.stringFits(size), fits);
  });
}
