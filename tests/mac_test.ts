/**
 * MAC addresses: text, bytes, groups.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  BROADCAST_MAC,
  copyMac,
  formatMac,
  getMac,
  isGroupMac,
  parseMac,
  setMac,
} from "../lib/wire/mac.ts";
import { assertWritten, staleView } from "./stale_memory.ts";

const SAME = 0x02005e1000ff;

for (
  const [text, mac] of [
    ["02:00:5e:10:00:ff", SAME],
    ["02:00:5E:10:00:FF", SAME],
    ["02-00-5e-10-00-ff", SAME],
    ["02-00-5E-10-00-Ff", SAME],
    ["02005e1000ff", SAME],
    ["02005E1000FF", SAME],
    ["00:00:00:00:00:00", 0],
    ["ff:ff:ff:ff:ff:ff", BROADCAST_MAC],
    ["00:00:80:00:00:00", 0x80000000],
    ["80:00:00:00:00:01", 0x800000000001],
  ] as const
) {
  Deno.test(`parseMac() reads ${text}`, () => assertEquals(parseMac(text), mac));
}

const BAD = [
  "",
  "02",
  "02:00:5e:10:00",
  "02:00:5e:10:00:ff:01",
  "02:00:5e:10:00:f",
  "02:00:5e:10:00:fff",
  "2:0:5e:10:0:ff",
  "02:00:5e-10-00-ff",
  "02-00:5e:10:00:ff",
  "0200:5e:10:00:ff",
  "02:005e1000ff",
  "02005e:1000ff",
  "02 00 5e 10 00 ff",
  "02.00.5e.10.00.ff",
  "0200.5e10.00ff",
  ":02:00:5e:10:00:ff",
  "02:00:5e:10:00:ff:",
  " 02:00:5e:10:00:ff",
  "02:00:5e:10:00:ff\n",
  "02:00:5e:10:00:fg",
  "0x02005e1000",
  "02005e1000f",
  "02005e1000fff",
  "-2005e1000ff",
  "02::00:5e:10:00:ff",
];
for (const text of BAD) {
  Deno.test(`parseMac() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseMac(text), undefined);
  });
}

for (
  const [mac, text] of [
    [SAME, "02:00:5e:10:00:ff"],
    [0, "00:00:00:00:00:00"],
    [1, "00:00:00:00:00:01"],
    [BROADCAST_MAC, "ff:ff:ff:ff:ff:ff"],
    [0x800000000000, "80:00:00:00:00:00"],
  ] as const
) {
  Deno.test(`formatMac() writes ${text}`, () => assertEquals(formatMac(mac), text));
}

for (
  const [text, isGroup] of [
    ["01:00:00:00:00:00", true],
    ["01:80:c2:00:00:00", true],
    ["33:33:00:00:00:01", true],
    ["03:00:00:00:00:00", true],
    ["ff:ff:ff:ff:ff:ff", true],
    ["00:00:00:00:00:00", false],
    ["02:00:5e:10:00:ff", false],
    ["fe:ff:ff:ff:ff:ff", false],
    ["00:01:01:01:01:01", false],
  ] as const
) {
  Deno.test(`isGroupMac() says ${isGroup} of ${text}`, () => {
    assertEquals(isGroupMac(Number.parseInt(text.replaceAll(":", ""), 16)), isGroup);
  });
}

Deno.test("getMac() reads big-endian bytes", () => {
  assertEquals(getMac(staleView(8, "ff 02 00 5e 10 00 ff"), 1), SAME);
  assertEquals(getMac(staleView(8, "80 ff ff ff ff fe"), 0), 0x80fffffffffe);
});

Deno.test("setMac() writes six bytes and no other", () => {
  const view = staleView(10);
  setMac(view, 2, SAME);
  assertWritten(view, [2, "02 00 5e 10 00 ff"]);
});

Deno.test("copyMac() writes six bytes and no other", () => {
  const view = staleView(14, "ff 02 80 5e 90 00 ff ff");
  copyMac(view, 1, 8);
  assertWritten(view, [0, "ff 02 80 5e 90 00 ff ff 02 80 5e 90 00 ff"]);
});

Deno.test("setMac() writes what getMac() reads at the edges of 48 bits", () => {
  const view = staleView(6);
  for (const mac of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 2 ** 32, BROADCAST_MAC]) {
    setMac(view, 0, mac);
    assertEquals(getMac(view, 0), mac);
  }
});
