/**
 * The kernel's programs for one address, and for all, run by an interpreter (bpf.ts).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { requestFilter, responseFilter, watchFilter } from "../lib/wire/filter.ts";
import { assertTakes, BROADCAST, HOST, INDEX, MULTICAST, OTHERHOST, OUTGOING, run } from "./bpf.ts";
import { fromHex } from "./stale_memory.ts";

const MACS = "02005e1000ff 02fc00aa0001";
const PROGRAMS = {
  "requestFilter(0x0102, 3)": requestFilter([{ shelf: 0x0102, slot: 3 }], INDEX),
  "requestFilter(0, 0)": requestFilter([{ shelf: 0, slot: 0 }], INDEX),
  "requestFilter(65534, 254)": requestFilter([{ shelf: 65534, slot: 254 }], INDEX),
  "responseFilter()": responseFilter(INDEX),
  "watchFilter()": watchFilter(undefined, false),
  "watchFilter(0x0102, 3)": watchFilter({ shelf: 0x0102, slot: 3 }, false),
  "watchFilter(0x0102, 3) of lo": watchFilter({ shelf: 0x0102, slot: 3 }, true),
};
const OWN = PROGRAMS["requestFilter(0x0102, 3)"];

type Case = readonly [what: string, header: string, packetType: number, accepted: boolean];

const REQUESTS: readonly Case[] = [
  ["own address", "88a2 10 00 0102 03", HOST, true],
  ["own address by broadcast", "88a2 10 00 0102 03", BROADCAST, true],
  ["own address of another host", "88a2 10 00 0102 03", OTHERHOST, false],
  ["own address by multicast, as lo has broadcasts", "88a2 10 00 0102 03", MULTICAST, true],
  ["own address going out", "88a2 10 00 0102 03", OUTGOING, false],
  ["any shelf", "88a2 10 00 ffff 03", HOST, true],
  ["any slot", "88a2 10 00 0102 ff", HOST, true],
  ["any shelf and slot", "88a2 10 00 ffff ff", BROADCAST, true],
  ["any shelf and slot of another host", "88a2 10 00 ffff ff", OTHERHOST, false],
  ["other shelf", "88a2 10 00 0103 03", HOST, false],
  ["other upper half of the shelf", "88a2 10 00 0202 03", HOST, false],
  ["other slot", "88a2 10 00 0102 04", HOST, false],
  ["other shelf, any slot", "88a2 10 00 0103 ff", BROADCAST, false],
  ["any shelf, other slot", "88a2 10 00 ffff 04", BROADCAST, false],
  ["half a wildcard shelf", "88a2 10 00 ff02 03", HOST, false],
  ["response", "88a2 18 00 0102 03", HOST, false],
  ["response with an error", "88a2 1c 02 0102 03", HOST, false],
  ["response by a wildcard", "88a2 18 00 ffff ff", BROADCAST, false],
  ["request with odd flags", "88a2 17 00 0102 03", HOST, true],
  ["version 0", "88a2 00 00 0102 03", HOST, true],
  ["version 15", "88a2 f0 00 0102 03", HOST, true],
  ["IPv4", "0800 10 00 0102 03", HOST, false],
  ["the neighbour of our EtherType", "88a3 10 00 0102 03", HOST, false],
  ["our EtherType behind a VLAN tag", "8100 0001 88a2 10 00 0102 03", HOST, false],
];
for (const [what, header, packetType, accepted] of REQUESTS) {
  Deno.test(`requestFilter() ${accepted ? "accepts" : "rejects"} ${what} (${packetType})`, () => {
    const frame = fromHex(`${MACS} ${header} 01 8a1b2c3d`);
    assertEquals(run(OWN, frame, packetType) > 0, accepted);
  });
}

for (
  const [program, header] of [
    ["requestFilter(0, 0)", "88a2 10 00 0000 00"],
    ["requestFilter(65534, 254)", "88a2 10 00 fffe fe"],
  ] as const
) {
  Deno.test(`${program} accepts its address and wildcards, not e258.3`, () => {
    const accepts = (text: string): boolean =>
      run(PROGRAMS[program], fromHex(`${MACS} ${text} 01 8a1b2c3d`), HOST) > 0;
    assert(accepts(header));
    assert(accepts("88a2 10 00 ffff ff"));
    assert(!accepts("88a2 10 00 0102 03"));
  });
}

const RESPONSES: readonly Case[] = [
  ["a response", "88a2 18 00 0102 03", HOST, true],
  ["a response by broadcast", "88a2 18 00 0102 03", BROADCAST, true],
  ["a refusal of any target", "88a2 1c 02 0000 00", HOST, true],
  ["a response of another version", "88a2 08 00 0102 03", HOST, true],
  ["a response to another host", "88a2 18 00 0102 03", OTHERHOST, false],
  ["a response by multicast, as lo has broadcasts", "88a2 18 00 0102 03", MULTICAST, true],
  ["a response going out", "88a2 18 00 0102 03", OUTGOING, false],
  ["a request", "88a2 10 00 0102 03", HOST, false],
  ["a request with odd flags", "88a2 f7 00 0102 03", HOST, false],
  ["IPv4", "0800 18 00 0102 03", HOST, false],
];
for (const [what, header, packetType, accepted] of RESPONSES) {
  Deno.test(`responseFilter() ${accepted ? "accepts" : "rejects"} ${what} (${packetType})`, () => {
    const frame = fromHex(`${MACS} ${header} 01 8a1b2c3d`);
    assertEquals(run(responseFilter(INDEX), frame, packetType) > 0, accepted);
  });
}

Deno.test("requestFilter() rejects every frame that ends before the command", () => {
  const frame = fromHex(`${MACS} 88a2 10 00 0102 03 01`);
  for (let size = 0; size < frame.length; size++) {
    assertEquals(run(OWN, frame.subarray(0, size), HOST), 0, `${size} bytes`);
  }
  assert(run(OWN, frame, HOST) > 0);
});

Deno.test("responseFilter() rejects every frame that ends before the flags", () => {
  const frame = fromHex(`${MACS} 88a2 18`);
  for (let size = 0; size < frame.length; size++) {
    assertEquals(run(responseFilter(INDEX), frame.subarray(0, size), HOST), 0, `${size} bytes`);
  }
  assert(run(responseFilter(INDEX), frame, HOST) > 0);
});

type Watched = readonly [what: string, header: string, all: boolean, one: boolean];

const WATCHED: readonly Watched[] = [
  ["a request", "88a2 10 00 0102 03", true, true],
  ["a response", "88a2 18 00 0102 03", true, true],
  ["any shelf", "88a2 10 00 ffff 03", true, true],
  ["any slot", "88a2 10 00 0102 ff", true, true],
  ["any shelf and slot", "88a2 10 00 ffff ff", true, true],
  ["another shelf", "88a2 10 00 0103 03", true, false],
  ["another slot", "88a2 18 00 0102 04", true, false],
  ["another shelf, any slot", "88a2 10 00 0103 ff", true, false],
  ["any shelf, another slot", "88a2 10 00 ffff 04", true, false],
  ["a request in a VLAN", "8100 0005 88a2 10 00 0102 03", true, true],
  ["another disk in a VLAN", "8100 0005 88a2 10 00 0104 03", true, false],
  ["a request in a provider's VLAN", "88a8 0005 88a2 10 00 0102 03", true, true],
  ["IPv4", "0800 10 00 0102 03", false, false],
  ["IPv4 in a VLAN", "8100 88a2 0800 10 00 0102 03", false, false],
];
for (const [what, header, all, one] of WATCHED) {
  Deno.test(`watchFilter() ${all ? "accepts" : "rejects"} ${what}, one disk's: ${one}`, () => {
    const frame = fromHex(`${MACS} ${header} 01 8a1b2c3d`);
    for (const packetType of [HOST, BROADCAST, MULTICAST, OTHERHOST, OUTGOING]) {
      assertEquals(run(PROGRAMS["watchFilter()"], frame, packetType) > 0, all);
      assertEquals(run(PROGRAMS["watchFilter(0x0102, 3)"], frame, packetType) > 0, one);
      const onLoopback = run(PROGRAMS["watchFilter(0x0102, 3) of lo"], frame, packetType) > 0;
      assertEquals(onLoopback, one && packetType !== OUTGOING);
    }
  });
}

Deno.test("watchFilter() accepts a frame that ends with its EtherType", () => {
  assert(run(PROGRAMS["watchFilter()"], fromHex(`${MACS} 88a2`), HOST) > 0);
});

Deno.test("requestFilter() lets the largest frame through whole", () => {
  const size = run(OWN, fromHex(`${MACS} 88a2 10 00 0102 03 01`), HOST);
  assert(size >= 65536 + 14, `only ${size} bytes`);
});

for (const [name, program] of Object.entries(PROGRAMS)) {
  Deno.test(`${name} is a program that the kernel takes`, () => assertTakes(program));
}

Deno.test("no program lets frames of another interface through, such as a VLAN on this one", () => {
  const request = fromHex(`${MACS} 88a2 10 00 0102 03 01 00000000`);
  const response = fromHex(`${MACS} 88a2 18 00 0102 03 01 00000000`);
  for (const index of [INDEX, INDEX + 1]) {
    assertEquals(run(OWN, request, HOST, index) > 0, index === INDEX);
    assertEquals(run(responseFilter(INDEX), response, HOST, index) > 0, index === INDEX);
  }
});
