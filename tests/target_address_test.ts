/**
 * Who is spoken to and who may speak (docs/protocol.md, "Frames"): shelf and slot, wildcards, MACs,
 * and that a client that is shut out learns nothing.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { ASKED, probeTag, SILENT } from "../lib/target/admission.ts";
import { FakeExport, type FakeOptions, fakePort } from "./fake_export.ts";
import * as f from "./frames.ts";
import { headerOf, outcomeOf } from "./replies.ts";

function isServed(frame: Uint8Array, options: FakeOptions = {}): boolean {
  return new FakeExport(options).exchange(frame) !== null;
}

Deno.test("shelf and slot must each be ours or the wildcard", () => {
  const cases: [shelf: number, slot: number, served: boolean][] = [
    [f.SHELF, f.SLOT, true],
    [f.SHELF, f.ANY_SLOT, true],
    [f.ANY_SHELF, f.SLOT, true],
    [f.ANY_SHELF, f.ANY_SLOT, true],
    [f.SHELF, f.SLOT + 1, false],
    [f.SHELF + 1, f.SLOT, false],
    [f.SHELF + 1, f.ANY_SLOT, false],
    [f.ANY_SHELF, f.SLOT + 1, false],
    // Half a wildcard, and ours with its bytes exchanged, are other addresses.
    [0x00ff, f.SLOT, false],
    [0xff02, f.SLOT, false],
    [0x0201, f.SLOT, false],
    [0, 0, false],
  ];
  for (const [shelf, slot, served] of cases) {
    const frame = f.configFrame({ shelf, slot, ccmd: 0 });
    assertEquals(isServed(frame), served, `shelf ${shelf}, slot ${slot}`);
  }
});

Deno.test("a reply to a wildcard carries our own shelf and slot", () => {
  const frame = f.configFrame({ shelf: f.ANY_SHELF, slot: f.ANY_SLOT, ccmd: 0 });
  const { shelf, slot } = headerOf(new FakeExport().exchange(frame));
  assertEquals([shelf, slot], [f.SHELF, f.SLOT]);
});

/** Every kind of request, and whether a wildcard address reaches it. */
const BY_WILDCARD: readonly (readonly [
  name: string,
  make: (header: f.HeaderFields) => Uint8Array,
  served: boolean,
])[] = [
  ["IDENTIFY", (h) => f.ataFrame({ ...h, opcode: 0xec, count: 1 }), false],
  ["READ", (h) => f.ataFrame({ ...h, opcode: 0x24, count: 1 }), false],
  ["WRITE", (h) => f.ataFrame({ ...h, opcode: 0x34, count: 1, data: f.sectorsOf(1) }), false],
  ["FLUSH", (h) => f.ataFrame({ ...h, opcode: 0xe7 }), false],
  ["config read", (h) => f.configFrame({ ...h, ccmd: 0 }), true],
  ["config test", (h) => f.configFrame({ ...h, ccmd: 1, string: "abc" }), true],
  ["config prefix", (h) => f.configFrame({ ...h, ccmd: 2, string: "a" }), true],
  ["config set", (h) => f.configFrame({ ...h, ccmd: 3, string: "abc" }), true],
  ["config force", (h) => f.configFrame({ ...h, ccmd: 4, string: "b" }), true],
  ["mask read", (h) => f.maskFrame({ ...h, mcmd: 0 }), true],
  ["mask edit", (h) => f.maskFrame({ ...h, mcmd: 1, directives: [[1, f.CLIENT_MAC]] }), false],
  ["mask unknown", (h) => f.maskFrame({ ...h, mcmd: 2 }), false],
  ["reserve read", (h) => f.reserveFrame({ ...h, rcmd: 0 }), true],
  ["reserve set", (h) => f.reserveFrame({ ...h, rcmd: 1, macs: [f.CLIENT_MAC] }), false],
  ["reserve force", (h) => f.reserveFrame({ ...h, rcmd: 2, macs: [f.CLIENT_MAC] }), false],
  ["reserve unknown", (h) => f.reserveFrame({ ...h, rcmd: 3 }), false],
  ["unknown command", (h) => f.anyFrame(4, h), false],
  ["vendor command", (h) => f.anyFrame(0xf0, h), false],
];

Deno.test("by a wildcard only command 1 and the reads of commands 2 and 3 are served", () => {
  const wildcards: f.HeaderFields[] = [
    { shelf: f.ANY_SHELF },
    { slot: f.ANY_SLOT },
    { shelf: f.ANY_SHELF, slot: f.ANY_SLOT },
    { shelf: f.ANY_SHELF, slot: f.ANY_SLOT, dst: f.BROADCAST_MAC },
  ];
  for (const [name, make, served] of BY_WILDCARD) {
    for (const wildcard of wildcards) {
      const fake = new FakeExport({ config: "abc" });
      const reply = fake.exchange(make(wildcard));
      assertEquals(reply !== null, served, `${name} to ${JSON.stringify(wildcard)}`);
      if (!served) assertEquals(fake.operations, [], name);
    }
  }
});

Deno.test("all that is ignored by a wildcard is served by our own address", () => {
  for (const [name, make, served] of BY_WILDCARD) {
    if (!served) assertEquals(isServed(make({})), true, name);
  }
});

Deno.test("the destination must be the interface's own MAC or broadcast", () => {
  const cases: [dst: number, served: boolean][] = [
    [f.TARGET_MAC, true],
    [f.BROADCAST_MAC, true],
    [f.OTHER_MAC, false],
    [f.TARGET_MAC + 1, false],
    [f.TARGET_MAC - 2 ** 40, false],
    [0x01_00_5e_00_00_01, false],
    [0, false],
  ];
  for (const [dst, served] of cases) {
    assertEquals(isServed(f.configFrame({ dst, ccmd: 0 })), served, dst.toString(16));
  }
});

Deno.test("a source of zero or of a group is ignored", () => {
  const cases: [src: number, served: boolean][] = [
    [f.CLIENT_MAC, true],
    [0xfe_ff_ff_ff_ff_ff, true],
    [0x00_00_00_00_00_01, true],
    [0, false],
    [0x01_00_5e_00_00_01, false],
    [0x03_00_00_00_00_00, false],
    [f.BROADCAST_MAC, false],
  ];
  for (const [src, served] of cases) {
    assertEquals(isServed(f.configFrame({ src, ccmd: 0 })), served, src.toString(16));
  }
});

Deno.test("on the loopback interface every station has the MAC 0", () => {
  const loopback = { mac: 0, loopback: true, mtu: 65536 };
  const cases: [dst: number, src: number, served: boolean][] = [
    [0, 0, true],
    [f.BROADCAST_MAC, 0, true],
    [f.TARGET_MAC, 0, false],
    [0, f.BROADCAST_MAC, false],
    [0, 0x01_00_5e_00_00_01, false],
  ];
  for (const [dst, src, served] of cases) {
    const frame = f.configFrame({ dst, src, ccmd: 0 });
    assertEquals(isServed(frame, loopback), served, `from ${src} to ${dst}`);
  }
});

Deno.test("the target answers by the interface that the request came in by", () => {
  const fake = new FakeExport();
  const port = { name: "eth1", mac: f.THIRD_MAC, mtu: 1500, loopback: false };
  const frame = f.configFrame({ dst: f.THIRD_MAC, ccmd: 0 });
  assertEquals(headerOf(fake.exchange(frame, port)).src, f.THIRD_MAC);
  assertEquals(f.hex(fake.exchange(frame)), "silence", "the MAC of another interface");
});

Deno.test("a masked client gets silence, never an error", () => {
  const frames: [string, Uint8Array][] = [
    ...BY_WILDCARD.map(([name, make]): [string, Uint8Array] => [name, make({})]),
    ["bad version", f.configFrame({ version: 2, ccmd: 0 })],
    ["bad config command", f.configFrame({ ccmd: 9 })],
    ["bad length", f.configFrame({ ccmd: 3, length: 1025 })],
    ["short write", f.ataFrame({ opcode: 0x34, count: 2 })],
  ];
  for (const [name, frame] of frames) {
    const fake = new FakeExport({ masks: [f.OTHER_MAC], config: "abc" });
    assertEquals(outcomeOf(fake.exchange(frame)), "silence", name);
    assertEquals(fake.operations, [], name);
  }
});

Deno.test("a client on the mask list is served", () => {
  const masks = [f.OTHER_MAC, f.CLIENT_MAC];
  for (const [name, make] of BY_WILDCARD) {
    assertEquals(isServed(make({}), { masks, config: "abc" }), true, name);
  }
});

Deno.test("a static mask of 255 MACs is enforced in full", () => {
  const masks = f.macList(255);
  for (const src of [...masks, f.CLIENT_MAC]) {
    const frame = f.configFrame({ src, ccmd: 0 });
    assertEquals(isServed(frame, { masks }), src !== f.CLIENT_MAC, src.toString(16));
  }
});

Deno.test("where another target is looked for, only questions are answered", () => {
  const probing = fakePort({}, "eth1");
  for (const [name, make] of BY_WILDCARD) {
    const fake = new FakeExport({ config: "abc" });
    fake.target.probe(probing, 77);
    const isQuestion = ["config read", "config test", "config prefix"].includes(name);
    assertEquals(fake.exchange(make({}), probing) !== null, isQuestion, name);
    if (!isQuestion) assertEquals(fake.operations, [], name);
    assertEquals(fake.exchange(make({})) !== null, true, `${name} on an interface that is served`);
  }
});

Deno.test("of two that look for each other the lower MAC stays, or who asked before", () => {
  const question = (src: number): Uint8Array => f.configFrame({ ccmd: 0, src, tag: probeTag(5) });
  const isAnswered = (tag: number, src: number): boolean =>
    new FakeExport({ probeTag: tag }).exchange(question(src)) !== null;
  const [lower, higher] = [f.TARGET_MAC - 1, f.TARGET_MAC + 1];
  assertEquals(isAnswered(probeTag(9), lower), false);
  assertEquals(isAnswered(probeTag(9), higher), true);
  assertEquals(isAnswered(ASKED, lower), true);
  assertEquals(isAnswered(ASKED, higher), true);
  assertEquals(isAnswered(SILENT, higher), false);
});
