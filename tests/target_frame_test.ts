/**
 * The rules for every frame (docs/protocol.md, "Frames"): what is looked at, what is answered, and
 * what a reply's header and padding say.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { headerOf, numberAt, outcomeOf, present, refusalOf } from "./replies.ts";

/** One plain question of each command, and how many bytes of its reply are defined. */
const QUESTIONS: readonly (readonly [
  name: string,
  make: (header: f.HeaderFields) => Uint8Array,
  defined: number,
])[] = [
  ["ATA", (header) => f.ataFrame({ ...header, opcode: 0xe5 }), 36],
  ["config", (header) => f.configFrame({ ...header, ccmd: 0 }), 32],
  ["mask", (header) => f.maskFrame({ ...header, mcmd: 0 }), 28],
  ["reserve", (header) => f.reserveFrame({ ...header, rcmd: 0 }), 26],
  ["unknown", (header) => f.anyFrame(4, header), 24],
];

function assertSilent(frame: Uint8Array, message: string, fake = new FakeExport()): void {
  assertEquals(f.hex(fake.exchange(frame)), "silence", message);
  assertEquals(fake.operations, [], message);
}

function assertServed(frame: Uint8Array, message: string, fake = new FakeExport()): void {
  assert(fake.exchange(frame) !== null, `${message}: there is no reply`);
}

Deno.test("a reply has the request's source, our MAC and address, version 1, R and the tag", () => {
  for (const [name, make] of QUESTIONS) {
    const header = headerOf(new FakeExport().exchange(make({ tag: 0xfedcba98 })));
    const { command, flags, error, ...rest } = header;
    const isUnknown = name === "unknown";
    assertEquals(rest, {
      dst: f.CLIENT_MAC,
      src: f.TARGET_MAC,
      etherType: 0x88a2,
      version: 1,
      shelf: f.SHELF,
      slot: f.SLOT,
      tag: 0xfedcba98,
    }, name);
    assertEquals(flags, isUnknown ? 0xc : 0x8, name);
    assertEquals(error, isUnknown ? 1 : 0, name);
    assertEquals(command, numberAt(make({}), 19, 1), name);
  }
});

Deno.test("flags and error of the request do not come back", () => {
  for (const [name, make] of QUESTIONS.slice(0, 4)) {
    const { flags, error } = headerOf(new FakeExport().exchange(make({ flags: 7, error: 9 })));
    assertEquals({ flags, error }, { flags: 8, error: 0 }, name);
  }
});

Deno.test("a reply to a broadcast comes from our own MAC", () => {
  const reply = new FakeExport().exchange(f.configFrame({ dst: f.BROADCAST_MAC, ccmd: 0 }));
  assertEquals(headerOf(reply).src, f.TARGET_MAC);
});

Deno.test("every reply is padded with zeros to 60 bytes, whatever lay there", () => {
  for (const [name, make, defined] of QUESTIONS) {
    // Bytes behind the request are the client's, or those of an earlier frame (0xA5).
    for (const request of [make({}), f.withTail(make({}), 100)]) {
      const reply = present(new FakeExport().exchange(request));
      assertEquals(reply.length, 60, name);
      assertEquals(f.hex(reply.slice(defined)), "00".repeat(60 - defined), name);
    }
  }
});

Deno.test("no byte of a reply is stale memory", () => {
  for (const [name, make] of QUESTIONS) {
    const reply = present(new FakeExport().exchange(make({})));
    assert(!reply.includes(0xa5), `${name}: ${f.hex(reply)}`);
  }
});

Deno.test("a frame below 24 bytes is ignored", () => {
  const frame = f.anyFrame(4);
  for (let size = 0; size < 24; size++) assertSilent(frame.slice(0, size), `${size} bytes`);
  assertServed(frame, "24 bytes");
});

Deno.test("a frame needs the header of its command and no more", () => {
  for (const [name, make, headerSize] of QUESTIONS) {
    const frame = make({});
    assertEquals(frame.length, headerSize, name);
    assertServed(frame, name);
    for (let size = 24; size < headerSize; size++) {
      assertSilent(frame.slice(0, size), `${name}, ${size} bytes`);
    }
  }
});

Deno.test("bytes behind what a request declares are ignored", () => {
  const requests: [string, Uint8Array][] = [
    ["IDENTIFY", f.ataFrame({ opcode: 0xec, count: 1 })],
    ["READ", f.ataFrame({ opcode: 0x24, count: 2, lba: 5 })],
    ["config read", f.configFrame({ ccmd: 0 })],
    ["config set", f.configFrame({ ccmd: 3, string: "x" })],
    ["mask read", f.maskFrame({ mcmd: 0 })],
    ["mask edit", f.maskFrame({ mcmd: 1, directives: [[1, f.CLIENT_MAC]] })],
    ["reserve read", f.reserveFrame({ rcmd: 0 })],
    ["reserve", f.reserveFrame({ rcmd: 1, macs: [f.CLIENT_MAC] })],
    ["unknown", f.anyFrame(200)],
  ];
  for (const [name, request] of requests) {
    const expected = new FakeExport().exchange(request);
    for (const size of [1, 24, 1464]) {
      const reply = new FakeExport().exchange(f.withTail(request, size));
      assertEquals(f.hex(reply), f.hex(expected), `${name} and ${size} bytes`);
    }
  }
});

Deno.test("a response is ignored", () => {
  for (const [name, make] of QUESTIONS) {
    for (const flags of [8, 12, 15]) assertSilent(make({ flags }), `${name}, flags ${flags}`);
  }
});

Deno.test("a frame of another EtherType is ignored", () => {
  assertSilent(f.configFrame({ etherType: 0x88a3, ccmd: 0 }), "0x88a3");
  assertSilent(f.configFrame({ etherType: 0x0800, ccmd: 0 }), "0x0800");
});

Deno.test("version 0 is served as version 1", () => {
  for (const [name, make] of QUESTIONS) {
    const old = new FakeExport().exchange(make({ version: 0 }));
    assertEquals(f.hex(old), f.hex(new FakeExport().exchange(make({}))), name);
  }
});

Deno.test("versions 2 to 15 are refused with error 5, header only", () => {
  for (const [name, make] of QUESTIONS) {
    for (let version = 2; version < 16; version++) {
      const reply = present(new FakeExport().exchange(f.withTail(make({ version }), 50)));
      const message = `${name}, version ${version}`;
      assertEquals(headerOf(reply).version, 1, message);
      assertEquals(refusalOf(reply), { refused: true, error: 5 }, message);
      assertEquals(f.hex(reply.slice(24)), "00".repeat(36), message);
    }
  }
});

Deno.test("unknown commands 4 to 255 are refused with error 1, header only", () => {
  for (let command = 4; command < 256; command++) {
    const reply = present(new FakeExport().exchange(f.anyFrame(command, {}, [1, 2, 3])));
    assertEquals(refusalOf(reply), { refused: true, error: 1 }, `command ${command}`);
    assertEquals(headerOf(reply).command, command);
    assertEquals(f.hex(reply.slice(24)), "00".repeat(36), `command ${command}`);
  }
});

Deno.test("the version is checked before the command and before the lengths", () => {
  const unknown = new FakeExport().exchange(f.anyFrame(99, { version: 2 }));
  assertEquals(refusalOf(unknown).error, 5);
  const short = new FakeExport().exchange(f.anyFrame(0, { version: 2 }));
  assertEquals(refusalOf(short).error, 5);
});

Deno.test("a refused or ignored frame does nothing to the disk", () => {
  const data = f.sectorsOf(1);
  const write: f.AtaFields = { opcode: 0x34, count: 1, lba: 1, data };
  const wrong: f.HeaderFields[] = [
    { version: 2 },
    { flags: 8 },
    { shelf: f.SHELF + 1 },
    { slot: f.SLOT + 1 },
    { shelf: f.ANY_SHELF },
    { slot: f.ANY_SLOT },
    { dst: f.OTHER_MAC },
    { src: f.BROADCAST_MAC },
    { src: 0 },
    { etherType: 0x88a3 },
  ];
  for (const fields of wrong) {
    const fake = new FakeExport();
    fake.exchange(f.ataFrame({ ...write, ...fields }));
    assertEquals(fake.operations, [], JSON.stringify(fields));
  }
});

Deno.test("an outcome of the disk never sets E", () => {
  const fake = new FakeExport({ readOnly: true });
  const read = fake.exchange(f.ataFrame({ opcode: 0x24, count: 1, lba: 2048 }));
  const data = f.sectorsOf(1);
  const write = fake.exchange(f.ataFrame({ opcode: 0x34, count: 1, data }));
  assertEquals([outcomeOf(read), outcomeOf(write)], ["41/10", "41/04"]);
});
