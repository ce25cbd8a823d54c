/**
 * Command 0 where no sectors move (docs/protocol.md, "Command 0, ATA"): IDENTIFY, SMART, features,
 * power, and all that is unknown.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { FakeExport, type FakeOptions } from "./fake_export.ts";
import * as f from "./frames.ts";
import { ataOf, numberAt, outcomeOf, present } from "./replies.ts";

const SMART_LBA = 0xc24f00;
/** Every opcode that means something. */
const KNOWN = [
  ...[0x20, 0x24, 0x25, 0xc8, 0x30, 0x34, 0x35, 0xca, 0x40, 0x42],
  ...[0x06, 0xb0, 0xe0, 0xe1, 0xe2, 0xe3, 0xe5, 0xe6, 0xe7, 0xea, 0xec, 0xef],
];

/** Word `index` of the IDENTIFY sector of a disk made by `options`. */
function identifyWord(options: FakeOptions, index: number): number {
  const reply = new FakeExport(options).exchange(f.ataFrame({ opcode: 0xec, count: 1 }));
  const bytes = present(reply);
  return numberAt(bytes, 37 + 2 * index, 1) * 256 + numberAt(bytes, 36 + 2 * index, 1);
}

/** Whether the 512 bytes add up to a multiple of 256. */
function hasChecksum(sector: Uint8Array): boolean {
  return sector.reduce((sum, byte) => sum + byte, 0) % 256 === 0;
}

Deno.test("IDENTIFY answers 548 bytes to count 0 and 1, whatever LBA and flags", () => {
  for (const count of [0, 1]) {
    for (const lba of [0, 2048, 2 ** 47, 2 ** 48 - 1]) {
      for (const aflags of [0, 1, 0x41]) {
        const fake = new FakeExport();
        const reply = fake.exchange(f.ataFrame({ opcode: 0xec, count, lba, aflags }));
        const { data, ...registers } = ataOf(reply);
        assertEquals(registers, { aflags, error: 0, count: 0, status: 0x40, lba });
        assertEquals(data.length, 512);
        assert(hasChecksum(data), "the checksum of word 255");
        assertEquals(fake.operations, []);
      }
    }
  }
});

Deno.test("IDENTIFY for more than one sector is ABRT", () => {
  for (const count of [2, 255]) {
    const reply = new FakeExport().exchange(f.ataFrame({ opcode: 0xec, count }));
    assertEquals(outcomeOf(reply), "41/04");
    assertEquals(present(reply).length, 60);
  }
});

Deno.test("IDENTIFY states the present size", () => {
  const fake = new FakeExport();
  fake.target.resize(0x1234_5678_9);
  const { data } = ataOf(fake.exchange(f.ataFrame({ opcode: 0xec, count: 1 })));
  assertEquals(f.hex(data.slice(200, 208)), "8967452301000000");
  assertEquals(f.hex(data.slice(120, 124)), "ffffff0f", "as much as 28 bits hold");
});

Deno.test("IDENTIFY says that the write cache is on, and off under -s", () => {
  assertEquals(identifyWord({}, 85) & 0x20, 0x20);
  assertEquals(identifyWord({ durable: true }, 85) & 0x20, 0);
  assertEquals(identifyWord({ durable: true }, 82) & 0x20, 0x20, "it is there nevertheless");
});

Deno.test("IDENTIFY announces TRIM where the backing has it, never on read-only", () => {
  const cases: [FakeOptions, word69: number, word105: number, word169: number][] = [
    [{ trim: "zeros" }, 0x4020, 1, 1],
    [{ trim: "undefined" }, 0, 1, 1],
    [{ trim: "none" }, 0, 0, 0],
    [{ trim: "zeros", readOnly: true }, 0, 0, 0],
  ];
  for (const [options, word69, word105, word169] of cases) {
    const words = [69, 105, 169].map((index) => identifyWord(options, index));
    assertEquals(words, [word69, word105, word169], JSON.stringify(options));
  }
});

Deno.test("no DMA is announced", () => {
  assertEquals([59, 63, 88].map((index) => identifyWord({}, index)), [0, 0, 0]);
});

Deno.test("CHECK POWER answers count 0xFF", () => {
  for (const count of [0, 1, 255]) {
    const fake = new FakeExport();
    const { data, ...registers } = ataOf(fake.exchange(f.ataFrame({ opcode: 0xe5, count })));
    assertEquals(registers, { aflags: 0, error: 0, count: 0xff, status: 0x40, lba: 0 });
    assertEquals(f.hex(data), "00".repeat(24));
    assertEquals(fake.operations, []);
  }
});

Deno.test("standby, idle and sleep succeed and do nothing", () => {
  for (const opcode of [0xe0, 0xe1, 0xe2, 0xe3, 0xe6]) {
    const fake = new FakeExport();
    const reply = fake.exchange(f.ataFrame({ opcode, count: 3, lba: 5 }));
    const { data, ...registers } = ataOf(reply);
    assertEquals(registers, { aflags: 0, error: 0, count: 0, status: 0x40, lba: 5 });
    assertEquals(f.hex(data), "00".repeat(24));
    assertEquals(fake.operations, []);
  }
});

Deno.test("SET FEATURES accepts only the write cache as it is", () => {
  for (let feature = 0; feature < 256; feature++) {
    const frame = f.ataFrame({ opcode: 0xef, feature });
    const cached = outcomeOf(new FakeExport().exchange(frame));
    const durable = outcomeOf(new FakeExport({ durable: true }).exchange(frame));
    assertEquals(cached, feature === 0x02 ? "40/00" : "41/04", `feature ${feature}`);
    assertEquals(durable, feature === 0x82 ? "40/00" : "41/04", `feature ${feature}, -s`);
  }
});

Deno.test("SET FEATURES never changes durability", () => {
  const data = f.sectorsOf(1);
  for (const durable of [false, true]) {
    const fake = new FakeExport({ durable });
    fake.exchange(f.ataFrame({ opcode: 0xef, feature: 0x02 }));
    fake.exchange(f.ataFrame({ opcode: 0xef, feature: 0x82 }));
    fake.exchange(f.ataFrame({ opcode: 0x34, count: 1, data }));
    assertEquals(fake.operations, durable ? ["write 0+512", "flush"] : ["write 0+512"]);
  }
});

Deno.test("SMART serves D0, D4, D8, D9 and DA, each with 512 bytes", () => {
  for (let feature = 0; feature < 256; feature++) {
    const served = [0xd0, 0xd4, 0xd8, 0xd9, 0xda].includes(feature);
    const fake = new FakeExport();
    const reply = fake.exchange(f.ataFrame({ opcode: 0xb0, feature, lba: SMART_LBA, count: 1 }));
    const message = `sub-command ${feature}`;
    assertEquals(outcomeOf(reply), served ? "40/00" : "41/04", message);
    assertEquals(present(reply).length, served ? 548 : 60, message);
    assertEquals(fake.operations, [], message);
  }
});

Deno.test("SMART without its signature is ABRT", () => {
  for (const lba of [0, 0x4fc200, 0xc24e00, 0xc34f00, 0xc24f, 0x4f00, 0xc20000]) {
    const reply = new FakeExport().exchange(f.ataFrame({ opcode: 0xb0, feature: 0xd0, lba }));
    assertEquals(outcomeOf(reply), "41/04", `LBA ${lba.toString(16)}`);
  }
});

Deno.test("SMART looks at bits 8 to 23 of the LBA only", () => {
  for (const lba of [SMART_LBA + 0xff, SMART_LBA + 2 ** 24, SMART_LBA + 2 ** 40]) {
    const reply = new FakeExport().exchange(f.ataFrame({ opcode: 0xb0, feature: 0xda, lba }));
    assertEquals(outcomeOf(reply), "40/00", `LBA ${lba.toString(16)}`);
  }
});

Deno.test("SMART data ends with its checksum, the other sub-commands bring zeros", () => {
  for (const feature of [0xd0, 0xd4, 0xd8, 0xd9, 0xda]) {
    const frame = f.ataFrame({ opcode: 0xb0, feature, lba: SMART_LBA });
    const { data } = ataOf(new FakeExport().exchange(frame));
    if (feature !== 0xd0) assertEquals(f.hex(data), "00".repeat(512), `sub-command ${feature}`);
    else assert(hasChecksum(data) && data.some((byte) => byte !== 0), "checksum in byte 511");
  }
});

Deno.test("SMART RETURN STATUS answers 4F and C2: healthy", () => {
  const frame = f.ataFrame({ opcode: 0xb0, feature: 0xda, lba: SMART_LBA });
  assertEquals(f.hex(present(new FakeExport().exchange(frame)).slice(28, 34)), "004fc2000000");
});

Deno.test("an unknown opcode is ABRT and does nothing", () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    if (KNOWN.includes(opcode)) continue;
    const fake = new FakeExport();
    const message = `opcode ${opcode}`;
    const reply = fake.exchange(f.ataFrame({ opcode, count: 1, lba: 77, data: f.sectorsOf(1) }));
    const { data, ...registers } = ataOf(reply);
    assertEquals(registers, { aflags: 0, error: 4, count: 0, status: 0x41, lba: 77 }, message);
    assertEquals(f.hex(data), "00".repeat(24), message);
    assertEquals(fake.operations, [], message);
  }
});

Deno.test("every known opcode is answered without E", () => {
  for (const opcode of KNOWN) {
    const reply = new FakeExport().exchange(f.ataFrame({ opcode }));
    assert(outcomeOf(reply).startsWith("4"), `opcode ${opcode}: ${outcomeOf(reply)}`);
  }
});

Deno.test("only what returns data is longer than 60 bytes", () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    const isRead = [0x20, 0x24, 0x25, 0xc8].includes(opcode);
    const hasData = isRead || opcode === 0xb0 || opcode === 0xec;
    // Count 0: of the reads too nothing comes back.
    const size = hasData && !isRead ? 548 : 60;
    const frame = f.ataFrame({ opcode, feature: 0xd0, lba: SMART_LBA });
    const reply = present(new FakeExport({ sectors: 2 ** 40 }).exchange(frame));
    assertEquals(reply.length, size, `opcode ${opcode}`);
  }
});
