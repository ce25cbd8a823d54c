/**
 * When a reply may leave and what a failed sync means (docs/protocol.md, "Durability").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { ataOf, outcomeOf, present } from "./replies.ts";

const FLUSHES = [0xe7, 0xea];
const WRITE = f.ataFrame({ opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1) });
const TRIM = f.ataFrame({
  opcode: 0x06,
  feature: 1,
  count: 1,
  data: f.withTail(Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0), 504, 0),
});
const FLUSH = f.ataFrame({ opcode: 0xe7 });
const READ = f.ataFrame({ opcode: 0x24, lba: 1, count: 1 });
const VERIFY = f.ataFrame({ opcode: 0x42, lba: 1, count: 1 });
const IDENTIFY = f.ataFrame({ opcode: 0xec, count: 1 });

/** An export whose sync failed, with the list of operations empty again. */
function faulted(durable = false): FakeExport {
  const fake = new FakeExport({ durable });
  fake.failures.set("flush", 5);
  fake.exchange(FLUSH);
  fake.failures.clear();
  fake.operations = [];
  return fake;
}

Deno.test("a write is not synced by default", () => {
  const fake = new FakeExport();
  assertEquals(outcomeOf(fake.exchange(WRITE)), "40/00");
  assertEquals(fake.operations, ["write 512+512"]);
});

Deno.test("a write under -s is written, then synced, then answered", () => {
  const fake = new FakeExport({ durable: true });
  const request = fake.arrive(WRITE, 0);
  assertEquals(request.verdict, "write");
  assertEquals(fake.target.complete(request, 0), "flush");
  assertEquals(fake.target.complete(request, 0), "reply");
  assertEquals(outcomeOf(fake.replyIn(request)), "40/00");
});

Deno.test("a write under -s that fails is not synced", () => {
  const fake = new FakeExport({ durable: true });
  fake.failures.set("write", 28);
  assertEquals(outcomeOf(fake.exchange(WRITE)), "41/04");
  assertEquals(fake.operations, ["write 512+512"]);
});

Deno.test("a read under -s is not synced", () => {
  const fake = new FakeExport({ durable: true });
  fake.exchange(READ);
  fake.exchange(VERIFY);
  assertEquals(fake.operations, ["read 512+512", "verify 512+512"]);
});

Deno.test("FLUSH syncs and answers 60 bytes", () => {
  for (const opcode of FLUSHES) {
    const fake = new FakeExport();
    const { data, ...registers } = ataOf(fake.exchange(f.ataFrame({ opcode, lba: 9, count: 4 })));
    assertEquals(registers, { aflags: 0, error: 0, count: 0, status: 0x40, lba: 9 });
    assertEquals(f.hex(data), "00".repeat(24));
    assertEquals(fake.operations, ["flush"]);
  }
});

Deno.test("each FLUSH is a sync of its own, under -s too", () => {
  const fake = new FakeExport({ durable: true });
  fake.exchange(FLUSH);
  fake.exchange(FLUSH);
  assertEquals(fake.operations, ["flush", "flush"]);
});

Deno.test("a failed FLUSH answers 0x61 ABRT and is not tried again", () => {
  for (const opcode of FLUSHES) {
    const fake = new FakeExport();
    fake.failures.set("flush", 5);
    const reply = fake.exchange(f.ataFrame({ opcode }));
    assertEquals(outcomeOf(reply), "61/04");
    assertEquals(present(reply).length, 60);
    assertEquals(fake.operations, ["flush"]);
    assertEquals(fake.target.disk.faulted, true);
  }
});

Deno.test("a write or TRIM under -s whose sync fails answers 0x61 ABRT", () => {
  for (const frame of [WRITE, TRIM]) {
    const fake = new FakeExport({ durable: true });
    fake.failures.set("flush", 5);
    assertEquals(outcomeOf(fake.exchange(frame)), "61/04");
    assertEquals(fake.operations.slice(1), ["flush"]);
    assertEquals(fake.target.disk.faulted, true);
  }
});

Deno.test("a faulted export answers each write, TRIM and FLUSH 0x61 ABRT, and does nothing", () => {
  const frames = [WRITE, TRIM, FLUSH, f.ataFrame({ opcode: 0xea })];
  for (const durable of [false, true]) {
    const fake = faulted(durable);
    for (const frame of [...frames, ...frames]) {
      const reply = fake.exchange(frame);
      assertEquals(outcomeOf(reply), "61/04");
      assertEquals(present(reply).length, 60);
    }
    assertEquals(fake.operations, []);
  }
});

Deno.test("a sync is never retried: a faulted export stays so", () => {
  const fake = faulted();
  for (let attempt = 0; attempt < 3; attempt++) fake.exchange(FLUSH);
  assertEquals(fake.operations, []);
  assertEquals(fake.target.disk.faulted, true);
});

Deno.test("a faulted export goes on reading", () => {
  const fake = faulted();
  assertEquals(outcomeOf(fake.exchange(READ)), "40/00");
  assertEquals(outcomeOf(fake.exchange(VERIFY)), "40/00");
  assertEquals(outcomeOf(fake.exchange(IDENTIFY)), "40/00");
  assertEquals(fake.operations, ["read 512+512", "verify 512+512"]);
});

Deno.test("a failed read, write, verify or TRIM is no fault", () => {
  for (const frame of [READ, WRITE, VERIFY, TRIM]) {
    const fake = new FakeExport({ durable: true });
    fake.failures.set("read", 5).set("write", 5).set("verify", 5).set("trim", 5);
    fake.exchange(frame);
    assertEquals(fake.target.disk.faulted, false);
  }
});

Deno.test("a failed sync fails every request that waits on it", () => {
  const fake = new FakeExport({ durable: true });
  const flush = fake.arrive(FLUSH, 0);
  const write = fake.arrive(WRITE, 1);
  assertEquals(fake.target.complete(write, 0), "flush");
  // One sync served both, and failed.
  assertEquals(fake.target.complete(write, -5), "reply");
  assertEquals(fake.target.complete(flush, -5), "reply");
  assertEquals(outcomeOf(fake.replyIn(write)), "61/04");
  assertEquals(outcomeOf(fake.replyIn(flush)), "61/04");
});

Deno.test("a write that was running when a sync failed answers 0x61 ABRT", () => {
  for (const durable of [false, true]) {
    const fake = new FakeExport({ durable });
    const flush = fake.arrive(FLUSH, 0);
    const write = fake.arrive(WRITE, 1);
    fake.target.complete(flush, -5);
    assertEquals(fake.target.complete(write, 0), "reply");
    assertEquals(outcomeOf(fake.replyIn(write)), "61/04");
  }
});
