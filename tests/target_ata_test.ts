/**
 * Command 0 where sectors move (docs/protocol.md, "Command 0, ATA"): reads, writes, verifies, their
 * ranges, their lengths and their errors. The other opcodes are in target_opcode_test.ts.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { diskByte, FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { ataOf, outcomeOf, present, refusalOf } from "./replies.ts";

const READS = [0x20, 0x24, 0x25, 0xc8];
const WRITES = [0x30, 0x34, 0x35, 0xca];
const VERIFIES = [0x40, 0x42];
/** By the opcode: 28 bits of LBA, or 48. */
const NARROW = [0x20, 0x30, 0x40, 0xc8, 0xca];
const WIDE = [0x24, 0x34, 0x42, 0x25, 0x35];
/** No flag, W, E, W and E, and all: none of them decides anything. */
const AFLAGS = [0x00, 0x01, 0x40, 0x41, 0xff];

/** A request for `count` sectors; a write brings its payload. */
function rangeFrame(opcode: number, lba: number, count: number): Uint8Array {
  const data = WRITES.includes(opcode) ? f.sectorsOf(count) : [];
  return f.ataFrame({ opcode, lba, count, data });
}

function kindOf(opcode: number): string {
  if (READS.includes(opcode)) return "read";
  return WRITES.includes(opcode) ? "write" : "verify";
}

function name(opcode: number): string {
  return `opcode 0x${opcode.toString(16)}`;
}

Deno.test("READ returns 36 + 512n bytes by opcode, whatever the flags", () => {
  const expected = Uint8Array.from({ length: 1024 }, (_, at) => diskByte(3 * 512 + at));
  for (const opcode of READS) {
    for (const aflags of AFLAGS) {
      const fake = new FakeExport();
      const reply = fake.exchange(f.ataFrame({ opcode, aflags, count: 2, lba: 3, feature: 9 }));
      assertEquals(fake.operations, ["read 1536+1024"], name(opcode));
      const { data, ...registers } = ataOf(reply);
      assertEquals(registers, { aflags, error: 0, count: 0, status: 0x40, lba: 3 }, name(opcode));
      assertEquals(f.hex(data), f.hex(expected), name(opcode));
    }
  }
});

Deno.test("WRITE stores its payload and answers 60 bytes by opcode, whatever the flags", () => {
  const data = f.sectorsOf(2);
  for (const opcode of WRITES) {
    for (const aflags of AFLAGS) {
      const fake = new FakeExport();
      const reply = fake.exchange(f.ataFrame({ opcode, aflags, count: 2, lba: 3, data }));
      assertEquals(fake.operations, ["write 1536+1024"], name(opcode));
      assertEquals(f.hex(fake.disk.slice(1536, 2560)), f.hex(data), name(opcode));
      const { data: padding, ...registers } = ataOf(reply);
      assertEquals(registers, { aflags, error: 0, count: 0, status: 0x40, lba: 3 }, name(opcode));
      assertEquals(f.hex(padding), "00".repeat(24), name(opcode));
    }
  }
});

Deno.test("READ VERIFY reads and returns no data", () => {
  for (const opcode of VERIFIES) {
    for (const aflags of AFLAGS) {
      const fake = new FakeExport();
      // 255 sectors fit no frame here, and need not.
      const reply = fake.exchange(f.ataFrame({ opcode, aflags, count: 255, lba: 3 }));
      assertEquals(fake.operations, ["verify 1536+130560"], name(opcode));
      const { data, ...registers } = ataOf(reply);
      assertEquals(registers, { aflags, error: 0, count: 0, status: 0x40, lba: 3 }, name(opcode));
      assertEquals(f.hex(data), "00".repeat(24), name(opcode));
    }
  }
});

Deno.test("a write touches no byte beside its range", () => {
  const fake = new FakeExport();
  const before = fake.disk.slice();
  fake.exchange(rangeFrame(0x34, 7, 2));
  assertEquals(f.hex(fake.disk.slice(0, 7 * 512)), f.hex(before.slice(0, 7 * 512)));
  assertEquals(f.hex(fake.disk.slice(9 * 512, 12 * 512)), f.hex(before.slice(9 * 512, 12 * 512)));
});

Deno.test("28-bit opcodes mask the LBA, the reply keeps all of it", () => {
  const lba = 0xabcdef000005;
  for (const opcode of NARROW) {
    for (const aflags of AFLAGS) {
      const fake = new FakeExport();
      const data = WRITES.includes(opcode) ? f.sectorsOf(1) : [];
      const reply = fake.exchange(f.ataFrame({ opcode, aflags, lba, count: 1, data }));
      // The lower 28 bits, 0xf000005, lie outside.
      assertEquals(outcomeOf(reply), "41/10", name(opcode));
      const low = fake.exchange(f.ataFrame({ opcode, aflags, lba: 0x7fff0000005, count: 1, data }));
      assertEquals(outcomeOf(low), "40/00", name(opcode));
      assertEquals(fake.operations, [`${kindOf(opcode)} 2560+512`], name(opcode));
      assertEquals(ataOf(low).lba, 0x7fff0000005, name(opcode));
    }
  }
});

Deno.test("48-bit opcodes take all 48 bits, without the E flag too", () => {
  for (const opcode of WIDE) {
    for (const aflags of AFLAGS) {
      for (const lba of [2 ** 28 + 5, 2 ** 32 + 5, 2 ** 40 + 5]) {
        const fake = new FakeExport({ sectors: 2 ** 44 });
        const data = WRITES.includes(opcode) ? f.sectorsOf(1) : [];
        const reply = fake.exchange(f.ataFrame({ opcode, aflags, lba, count: 1, data }));
        assertEquals(outcomeOf(reply), "40/00", `${name(opcode)} at ${lba}`);
        assertEquals(fake.operations, [`${kindOf(opcode)} ${lba * 512}+512`]);
      }
    }
  }
});

Deno.test("a range past the end is IDNF and nothing is done", () => {
  const cases: [lba: number, count: number, sectors: number][] = [
    [2047, 2, 2048],
    [2048, 1, 2048],
    [2049, 1, 2048],
    [2046, 2, 2047],
    [0, 1, 0],
    [0, 2, 1],
    [2 ** 28 - 1, 1, 2048],
    [2 ** 28 - 1, 2, 2 ** 28],
  ];
  for (const opcode of [...READS, ...WRITES, ...VERIFIES]) {
    for (const [lba, count, sectors] of cases) {
      const fake = new FakeExport({ sectors });
      const reply = present(fake.exchange(rangeFrame(opcode, lba, count)));
      const message = `${name(opcode)}, ${count} at ${lba} of ${sectors}`;
      assertEquals(outcomeOf(reply), "41/10", message);
      assertEquals(fake.operations, [], message);
      assertEquals(reply.length, 60, message);
    }
  }
});

Deno.test("a 48-bit LBA far past the end does not wrap", () => {
  for (const opcode of WIDE) {
    for (const lba of [2 ** 28, 2 ** 31, 2 ** 32, 2 ** 33 + 1, 2 ** 40, 2 ** 47, 2 ** 48 - 1]) {
      const fake = new FakeExport();
      assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, lba, 1))), "41/10", `LBA ${lba}`);
      assertEquals(fake.operations, [], `${name(opcode)} at ${lba}`);
    }
  }
});

Deno.test("the last sector is served, of small and of the largest disks", () => {
  for (const opcode of [...READS, ...WRITES, ...VERIFIES]) {
    const fake = new FakeExport();
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 2047, 1))), "40/00", name(opcode));
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 2046, 2))), "40/00", name(opcode));
  }
  for (const opcode of WIDE) {
    const fake = new FakeExport({ sectors: 2 ** 44 });
    const last = 2 ** 44 - 1;
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, last, 1))), "40/00", name(opcode));
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, last, 2))), "41/10", name(opcode));
    assertEquals(fake.operations, [`${kindOf(opcode)} ${last * 512}+512`]);
  }
});

Deno.test("sector 0 lies -o sectors into the file, and the end moves with it", () => {
  const fake = new FakeExport({ sectors: 8, offset: 63 * 512 });
  fake.exchange(rangeFrame(0x24, 0, 1));
  fake.exchange(rangeFrame(0x34, 7, 1));
  fake.exchange(rangeFrame(0x42, 1, 7));
  assertEquals(fake.operations, ["read 32256+512", "write 35840+512", "verify 32768+3584"]);
  assertEquals(outcomeOf(fake.exchange(rangeFrame(0x24, 8, 1))), "41/10");
});

Deno.test("count 0 succeeds and nothing is done", () => {
  for (const opcode of [...READS, ...WRITES, ...VERIFIES]) {
    for (const lba of [0, 2047]) {
      const fake = new FakeExport();
      const reply = fake.exchange(f.ataFrame({ opcode, lba, count: 0 }));
      assertEquals(outcomeOf(reply), "40/00", name(opcode));
      assertEquals(present(reply).length, 60, name(opcode));
      assertEquals(fake.operations, [], name(opcode));
    }
  }
});

Deno.test("READ whose reply does not fit the MTU is ABRT", () => {
  const cases: [mtu: number, count: number, outcome: string][] = [
    [1500, 2, "40/00"],
    [1500, 3, "41/04"],
    [1500, 255, "41/04"],
    [9000, 17, "40/00"],
    [9000, 18, "41/04"],
    // A frame carries 14 bytes of Ethernet header beside the MTU.
    [1046, 2, "40/00"],
    [1045, 2, "41/04"],
    [500, 1, "41/04"],
    [65536, 127, "40/00"],
  ];
  for (const opcode of READS) {
    for (const [mtu, count, outcome] of cases) {
      const fake = new FakeExport({ mtu });
      const reply = present(fake.exchange(f.ataFrame({ opcode, count })));
      assertEquals(outcomeOf(reply), outcome, `${count} sectors, MTU ${mtu}`);
      assertEquals(reply.length, outcome === "40/00" ? 36 + 512 * count : 60);
      assertEquals(fake.operations.length, outcome === "40/00" ? 1 : 0);
    }
  }
});

Deno.test("WRITE is served whatever the MTU says, if all its payload is there", () => {
  for (const opcode of WRITES) {
    const fake = new FakeExport({ mtu: 1500 });
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 4, 17))), "40/00", name(opcode));
    assertEquals(fake.operations, ["write 2048+8704"], name(opcode));
  }
});

Deno.test("WRITE with too short a payload is refused with error 2, nothing done", () => {
  for (const opcode of WRITES) {
    const whole = rangeFrame(opcode, 0, 2);
    for (const size of [36, 60, 36 + 512, whole.length - 1]) {
      const fake = new FakeExport();
      const reply = present(fake.exchange(whole.slice(0, size)));
      assertEquals(refusalOf(reply), { refused: true, error: 2 }, `${size} bytes`);
      assertEquals(reply.length, 60, `${size} bytes`);
      assertEquals(f.hex(reply.slice(34)), "00".repeat(26), "reserved bytes and padding");
      assertEquals(fake.operations, [], `${size} bytes`);
    }
  }
});

Deno.test("an I/O error is UNC for reads, ABRT for writes, and no data comes", () => {
  for (const errno of [5, 28, 61]) {
    for (const opcode of [...READS, ...WRITES, ...VERIFIES]) {
      const fake = new FakeExport();
      fake.failures.set("read", errno).set("write", errno).set("verify", errno);
      const reply = present(fake.exchange(rangeFrame(opcode, 1, 2)));
      assertEquals(outcomeOf(reply), WRITES.includes(opcode) ? "41/04" : "41/40", name(opcode));
      assertEquals(reply.length, 60, name(opcode));
      assertEquals(f.hex(reply.slice(34)), "00".repeat(26), name(opcode));
      assertEquals(ataOf(reply).lba, 1, name(opcode));
    }
  }
});

Deno.test("reserved bytes of a request do not come back", () => {
  for (const opcode of [0x24, 0x34, 0x42, 0xec, 0xe7, 0xff]) {
    for (const count of [0, 1, 255]) {
      const frame = f.ataFrame({ opcode, count });
      frame.fill(0xee, 34, 36);
      const reply = present(new FakeExport().exchange(frame));
      assertEquals(f.hex(reply.slice(34, 36)), "0000", `${name(opcode)}, count ${count}`);
    }
  }
});

Deno.test("an I/O error passes: the next request is served", () => {
  const fake = new FakeExport();
  fake.failures.set("write", 28);
  fake.exchange(rangeFrame(0x34, 1, 1));
  fake.failures.clear();
  assertEquals(outcomeOf(fake.exchange(rangeFrame(0x34, 1, 1))), "40/00");
});

Deno.test("a write to a read-only export is ABRT and the disk untouched", () => {
  for (const opcode of WRITES) {
    const fake = new FakeExport({ readOnly: true });
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 0, 1))), "41/04", name(opcode));
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 9999, 1))), "41/04", name(opcode));
    assertEquals(fake.operations, [], name(opcode));
  }
  for (const opcode of [...READS, ...VERIFIES]) {
    const fake = new FakeExport({ readOnly: true });
    assertEquals(outcomeOf(fake.exchange(rangeFrame(opcode, 0, 1))), "40/00", name(opcode));
  }
});

Deno.test("a shrunk disk serves no sector past its new end", () => {
  const fake = new FakeExport();
  fake.target.resize(1000);
  assertEquals(outcomeOf(fake.exchange(rangeFrame(0x24, 999, 1))), "40/00");
  assertEquals(outcomeOf(fake.exchange(rangeFrame(0x24, 1000, 1))), "41/10");
});
