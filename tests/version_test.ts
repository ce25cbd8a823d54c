/**
 * The version and its form in AoE's firmware field.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { firmwareVersion, VERSION } from "../lib/version.ts";

for (
  const [version, firmware] of [
    ["0.0.0", 0x4000],
    ["0.1.0", 0x4001],
    ["0.1.99", 0x4001],
    ["1.0.0", 0x4010],
    ["1.2.3", 0x4012],
    ["2.15.0", 0x402f],
    ["10.4.0", 0x40a4],
    ["1.2.0-rc.1", 0x4012],
  ] as const
) {
  Deno.test(`firmwareVersion() writes ${version} as 0x${firmware.toString(16)}`, () => {
    assertEquals(firmwareVersion(version), firmware);
  });
}

Deno.test("VERSION is that of deno.json", () => {
  const text = Deno.readTextFileSync(new URL("../deno.json", import.meta.url));
  const manifest: { version?: unknown } = JSON.parse(text);
  assertEquals<unknown>(VERSION, manifest.version);
});

Deno.test("VERSION has three numbers, and its minor fits the firmware field", () => {
  assertMatch(VERSION, /^\d+\.(\d|1[0-5])\.\d+$/);
});
