/**
 * What a target counts of requests and of the work on its disk.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport, type FakeOptions, type Kind } from "./fake_export.ts";
import * as f from "./frames.ts";

/** A TRIM of 8 sectors from 1 on and of 4 from 32 on. */
const TRIM = f.ataFrame({
  opcode: 0x06,
  feature: 1,
  count: 1,
  data: f.withTail(Uint8Array.of(1, 0, 0, 0, 0, 0, 8, 0, 32, 0, 0, 0, 0, 0, 4, 0), 496, 0),
});
const FRAMES: Readonly<Record<string, Uint8Array>> = {
  read: f.ataFrame({ opcode: 0x24, lba: 1, count: 2 }),
  verify: f.ataFrame({ opcode: 0x42, lba: 1, count: 2 }),
  write: f.ataFrame({ opcode: 0x34, lba: 1, count: 2, data: f.sectorsOf(2) }),
  trim: TRIM,
  flush: f.ataFrame({ opcode: 0xe7 }),
  identify: f.ataFrame({ opcode: 0xec, count: 1 }),
  config: f.configFrame({ ccmd: 0 }),
  set: f.configFrame({ ccmd: 3, string: "here" }),
  mask: f.maskFrame({ mcmd: 0 }),
  unknown: f.anyFrame(77),
  beyond: f.ataFrame({ opcode: 0x24, lba: 2047, count: 2 }),
  "read of a count of 0": f.ataFrame({ opcode: 0x24, lba: 1, count: 0 }),
  "test that fails": f.configFrame({ ccmd: 1, string: "there" }),
  response: f.ataFrame({ opcode: 0x24, lba: 1, count: 2, flags: 8 }),
  "cut header": f.ataFrame({ opcode: 0x24, lba: 1, count: 2 }).slice(0, 30),
  "no header": f.ataFrame({ opcode: 0x24, lba: 1, count: 2 }).slice(0, 23),
};

/** The counters that are not 0 after the frames of these names. */
function countsAfter(
  names: readonly string[],
  options: FakeOptions = {},
  failing: readonly Kind[] = [],
): Record<string, number> {
  const fake = new FakeExport(options);
  for (const kind of failing) fake.failures.set(kind, 5);
  for (const name of names) fake.exchange(FRAMES[name] ?? new Uint8Array(0));
  const counts = Object.entries({ ...fake.target.counts, ...fake.target.disk.counts });
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

const CASES: readonly [names: string[], counts: Record<string, number>][] = [
  [["read"], { reads: 1, answered: 1, readBytes: 1024 }],
  [["read", "read"], { reads: 2, answered: 2, readBytes: 2048 }],
  [["verify"], { others: 1, answered: 1 }],
  [["write"], { writes: 1, answered: 1, writtenBytes: 1024 }],
  [["trim"], { trims: 1, answered: 1, trimmedBytes: 12 * 512 }],
  [["flush"], { flushes: 1, answered: 1 }],
  [["identify", "config", "mask", "set"], { others: 4, answered: 4 }],
  [["unknown", "beyond"], { others: 1, reads: 1, answered: 2, refused: 2 }],
  [["read of a count of 0"], { reads: 1, answered: 1 }],
  [["test that fails"], { others: 1 }],
  [["response"], { ignored: 1 }],
  [["cut header", "no header"], { malformed: 2 }],
];
for (const [names, counts] of CASES) {
  Deno.test(`${names.join(", ")}: ${JSON.stringify(counts)}`, () => {
    assertEquals(countsAfter(names), counts);
  });
}

Deno.test("a durable write is no FLUSH", () => {
  const counts = { writes: 1, answered: 1, writtenBytes: 1024 };
  assertEquals(countsAfter(["write"], { durable: true }), counts);
});

const FAILURES: readonly [name: Kind, counts: Record<string, number>][] = [
  ["read", { reads: 1, answered: 1, readErrors: 1 }],
  ["verify", { others: 1, answered: 1, readErrors: 1 }],
  ["write", { writes: 1, answered: 1, writeErrors: 1 }],
  ["trim", { trims: 1, answered: 1, trimErrors: 1 }],
  ["flush", { flushes: 1, answered: 1, syncErrors: 1 }],
];
for (const [name, counts] of FAILURES) {
  Deno.test(`a ${name} that fails is counted as an error of its kind`, () => {
    assertEquals(countsAfter([name], {}, [name]), counts);
  });
}

Deno.test("a durable write whose sync fails is written, and an error of the sync", () => {
  const counts = { writes: 1, answered: 1, writtenBytes: 1024, syncErrors: 1 };
  assertEquals(countsAfter(["write"], { durable: true }, ["flush"]), counts);
});

Deno.test("a change that could not be stored is no answer", () => {
  assertEquals(countsAfter(["set"], {}, ["save"]), { others: 1, notStored: 1 });
});
