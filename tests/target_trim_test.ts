/**
 * TRIM, which is DATA SET MANAGEMENT with bit 0 of the features (docs/protocol.md, "Command 0,
 * ATA"): a write in every rule.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport, type FakeOptions } from "./fake_export.ts";
import * as f from "./frames.ts";
import { ataOf, outcomeOf, present } from "./replies.ts";

type Range = readonly [lba: number, count: number];

/** TRIM of the ranges, in as many blocks as they need. */
function trimFrame(ranges: readonly Range[], fields: Partial<f.AtaFields> = {}): Uint8Array {
  const blocks = Math.ceil(ranges.length / 64);
  const data = new Uint8Array(blocks * 512);
  data.set(ranges.flatMap(([lba, count]) => [
    ...f.littleEndian(lba, 6),
    ...f.littleEndian(count, 2),
  ]));
  return f.ataFrame({ opcode: 0x06, feature: 1, count: blocks, data, ...fields });
}

function trim(ranges: readonly Range[], options: FakeOptions = {}): [string, string[]] {
  const fake = new FakeExport(options);
  const outcome = outcomeOf(fake.exchange(trimFrame(ranges)));
  return [outcome, fake.operations];
}

Deno.test("TRIM gives each range back, in order", () => {
  const [outcome, operations] = trim([[5, 2], [100, 7], [0, 1]]);
  assertEquals(outcome, "40/00");
  assertEquals(operations, ["trim 2560+1024", "trim 51200+3584", "trim 0+512"]);
});

Deno.test("TRIM answers 60 bytes, with flags and LBA as they came", () => {
  const fake = new FakeExport();
  const reply = fake.exchange(trimFrame([[5, 2]], { aflags: 0x41, lba: 0x123456789abc }));
  const { data, ...registers } = ataOf(reply);
  const lba = 0x123456789abc;
  assertEquals(registers, { aflags: 0x41, error: 0, count: 0, status: 0x40, lba });
  assertEquals(f.hex(data), "00".repeat(24));
});

Deno.test("TRIM touches no byte beside its range", () => {
  const fake = new FakeExport();
  const expected = fake.disk.slice().fill(0, 512, 1536);
  fake.exchange(trimFrame([[1, 2]]));
  assertEquals(f.hex(fake.disk.slice(0, 4096)), f.hex(expected.slice(0, 4096)));
});

Deno.test("TRIM passes over ranges of count 0, wherever they point", () => {
  assertEquals(trim([[2 ** 48 - 1, 0], [4, 1], [9, 0]]), ["40/00", ["trim 2048+512"]]);
  assertEquals(trim([[0, 0]]), ["40/00", []]);
});

Deno.test("TRIM with one range past the end is IDNF and nothing is done", () => {
  const bad: Range[] = [[2048, 1], [2047, 2], [0, 2049], [2 ** 32, 1], [2 ** 47, 1], [
    2 ** 48 - 1,
    65535,
  ]];
  for (const range of bad) {
    assertEquals(trim([[1, 1], range, [2, 1]]), ["41/10", []], `${range}`);
    assertEquals(trim([[1, 1], [2, 1], range]), ["41/10", []], `${range} at last`);
  }
});

Deno.test("TRIM reaches the last sector and 65535 sectors at a time", () => {
  assertEquals(trim([[2047, 1]]), ["40/00", ["trim 1048064+512"]]);
  assertEquals(trim([[1, 65535]], { sectors: 65536 }), ["40/00", ["trim 512+33553920"]]);
  const last = 2 ** 44 - 1;
  assertEquals(trim([[last, 1]], { sectors: 2 ** 44 }), ["40/00", [`trim ${last * 512}+512`]]);
});

Deno.test("TRIM adds -o", () => {
  const options = { sectors: 8, offset: 63 * 512 };
  assertEquals(trim([[7, 1]], options), ["40/00", ["trim 35840+512"]]);
  assertEquals(trim([[8, 1]], options), ["41/10", []]);
});

Deno.test("TRIM reads all of its blocks and none behind them", () => {
  const ranges = Array.from({ length: 128 }, (_, index): Range => [2 * index, 1]);
  const [outcome, operations] = trim(ranges);
  assertEquals(outcome, "40/00");
  assertEquals(operations, ranges.map(([lba]) => `trim ${lba * 512}+512`));
  const fake = new FakeExport();
  // One block is declared; what follows it would be out of range.
  fake.exchange(f.withTail(trimFrame([[3, 1]]), 512, 0xff));
  assertEquals(fake.operations, ["trim 1536+512"]);
});

Deno.test("TRIM whose blocks are not in the frame is refused with error 2", () => {
  const whole = trimFrame(Array.from({ length: 65 }, (): Range => [1, 1]));
  for (const size of [36, 60, 36 + 512, whole.length - 1]) {
    const fake = new FakeExport();
    assertEquals(outcomeOf(fake.exchange(whole.slice(0, size))), "E2", `${size} bytes`);
    assertEquals(fake.operations, [], `${size} bytes`);
  }
});

Deno.test("TRIM of no blocks succeeds and nothing is done", () => {
  const fake = new FakeExport();
  assertEquals(outcomeOf(fake.exchange(f.ataFrame({ opcode: 0x06, feature: 1 }))), "40/00");
  assertEquals(fake.operations, []);
});

Deno.test("DATA SET MANAGEMENT without bit 0 is ABRT", () => {
  for (const feature of [0, 2, 0x80]) {
    const fake = new FakeExport();
    assertEquals(outcomeOf(fake.exchange(trimFrame([[1, 1]], { feature }))), "41/04");
    assertEquals(fake.operations, []);
  }
});

Deno.test("TRIM is ABRT on read-only and where the backing cannot do it", () => {
  assertEquals(trim([[1, 1]], { readOnly: true }), ["41/04", []]);
  assertEquals(trim([[9999, 1]], { readOnly: true }), ["41/04", []]);
  assertEquals(trim([[1, 1]], { trim: "none" }), ["41/04", []]);
  assertEquals(trim([[1, 1]], { trim: "undefined" }), ["40/00", ["trim 512+512"]]);
});

Deno.test("TRIM that fails is ABRT and ends there", () => {
  const fake = new FakeExport();
  fake.failures.set("trim", 5);
  const reply = present(fake.exchange(trimFrame([[1, 1], [2, 1]])));
  assertEquals(outcomeOf(reply), "41/04");
  assertEquals(reply.length, 60);
  assertEquals(fake.operations, ["trim 512+512"]);
});

Deno.test("TRIM under -s is durable before its reply", () => {
  const operations = ["trim 512+512", "trim 1536+512", "flush"];
  assertEquals(trim([[1, 1], [3, 1]], { durable: true }), ["40/00", operations]);
});

Deno.test("TRIM while reserved by others is refused with error 6", () => {
  assertEquals(trim([[1, 1]], { reservations: [f.OTHER_MAC] }), ["E6", []]);
});

Deno.test("a TRIM under way ends at a fault, and so does a write that fails itself", () => {
  const fake = new FakeExport();
  const flush = fake.arrive(f.ataFrame({ opcode: 0xe7 }), 2);
  const trimming = fake.arrive(trimFrame([[0, 8], [16, 8]]), 0);
  const data = f.sectorsOf(1);
  const write = fake.arrive(f.ataFrame({ opcode: 0x34, lba: 24, count: 1, data }), 1);
  assertEquals([trimming.verdict, write.verdict, flush.verdict], ["trim", "write", "flush"]);
  assertEquals(fake.target.complete(flush, -5), "reply");
  assertEquals(fake.target.complete(trimming, 0), "reply");
  assertEquals(fake.target.complete(write, -5), "reply");
  for (const request of [flush, trimming, write]) {
    assertEquals(outcomeOf(fake.replyIn(request)), "61/04");
  }
});
