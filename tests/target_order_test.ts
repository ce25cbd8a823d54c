/**
 * Which requests wait for which (docs/protocol.md, "Order"): for each earlier one that is not done
 * yet, touches the same sectors and of which one of the two writes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport, type FakeOptions } from "./fake_export.ts";
import * as f from "./frames.ts";
import { OrderCase } from "./order_case.ts";
import { ataOf, outcomeOf } from "./replies.ts";

let stations = 0;

/** A station of its own for each frame: from the same one, the same would be a copy. */
function src(): number {
  return 0x02_00_00_01_00_00 + ++stations;
}

function write(lba: number, count = 1, seed = 1): Uint8Array {
  return f.ataFrame({ opcode: 0x34, lba, count, data: f.sectorsOf(count, seed), src: src() });
}

function read(lba: number, count = 1): Uint8Array {
  return f.ataFrame({ opcode: 0x24, lba, count, src: src() });
}

function verify(lba: number, count = 1): Uint8Array {
  return f.ataFrame({ opcode: 0x42, lba, count, src: src() });
}

function trim(...ranges: readonly (readonly [lba: number, count: number])[]): Uint8Array {
  const data = new Uint8Array(512);
  data.set(ranges.flatMap(([lba, count]) => [
    ...f.littleEndian(lba, 6),
    ...f.littleEndian(count, 2),
  ]));
  return f.ataFrame({ opcode: 0x06, feature: 1, count: 1, data, src: src() });
}

function flush(): Uint8Array {
  return f.ataFrame({ opcode: 0xe7, src: src() });
}

/** The verdict for `later` while `earlier` runs. */
function verdictAfter(earlier: Uint8Array, later: Uint8Array, options: FakeOptions = {}): string {
  const fake = new FakeExport(options);
  fake.arrive(earlier, 0);
  return fake.arrive(later, 1).verdict;
}

Deno.test("what touches the same sectors waits where one of the two writes", () => {
  const frames = { read, verify, write, trim: (lba: number): Uint8Array => trim([lba, 1]) };
  for (const [earlier, first] of Object.entries(frames)) {
    for (const [later, second] of Object.entries(frames)) {
      const isWrite = [earlier, later].some((name) => name === "write" || name === "trim");
      const expected = isWrite ? "wait" : later;
      assertEquals(verdictAfter(first(7), second(7)), expected, `${later} after ${earlier}`);
      assertEquals(verdictAfter(first(7), second(8)), later, `${later} beside ${earlier}`);
    }
  }
});

Deno.test("ranges touch where they have a sector in common", () => {
  const verdicts = (lba: number, count: number): string =>
    verdictAfter(write(8, 2), read(lba, count));
  assertEquals(verdicts(6, 2), "read");
  assertEquals(verdicts(10, 1), "read");
  for (const [lba, count] of [[7, 2], [8, 1], [9, 1], [9, 2], [7, 0x10]] as const) {
    assertEquals(
      verdictAfter(write(8, 2), read(lba, count), { mtu: 9000 }),
      "wait",
      `${lba}+${count}`,
    );
  }
});

Deno.test("ranges at the end of the largest disk are held apart as well", () => {
  const sectors = 2 ** 44;
  assertEquals(verdictAfter(write(sectors - 1), write(sectors - 1), { sectors }), "wait");
  assertEquals(verdictAfter(write(sectors - 1), write(sectors - 2), { sectors }), "write");
  // The numbers of these differ in their upper half alone.
  assertEquals(verdictAfter(write(5), write(2 ** 35 + 5), { sectors }), "write");
});

Deno.test("a request goes on when the last one is done that it waits for", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(1));
  const second = turn.arrive(write(2));
  const both = turn.arrive(read(1, 2));
  assertEquals(both.verdict, "wait");
  assertEquals(turn.finish(second), []);
  assertEquals(turn.finish(first), [both.slot]);
  assertEquals(both.verdict, "read");
  assertEquals(turn.resumed(), []);
  assertEquals(turn.finish(both), []);
  turn.fake.checkGuards();
});

Deno.test("a request waits for one that waits itself", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(1));
  const waiting = turn.arrive(write(1, 2));
  const behind = turn.arrive(read(2));
  assertEquals([waiting.verdict, behind.verdict], ["wait", "wait"]);
  assertEquals(turn.finish(first), [waiting.slot]);
  assertEquals(behind.verdict, "wait");
  assertEquals(turn.finish(waiting), [behind.slot]);
});

Deno.test("nothing waits for what came later", () => {
  const turn = new OrderCase();
  const first = turn.arrive(read(1));
  const later = turn.arrive(write(1));
  const last = turn.arrive(read(1));
  assertEquals([later.verdict, last.verdict], ["wait", "wait"]);
  assertEquals(turn.finish(first), [later.slot]);
  assertEquals(turn.finish(later), [last.slot]);
});

Deno.test("requests that waited run in the order in which they came", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(1, 2));
  const reads = [read(1), read(2), read(1), read(2)].map((frame) => turn.arrive(frame));
  assertEquals(turn.finish(first), reads.map(({ slot }) => slot));
});

Deno.test("writes take effect in the order in which they came", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(3, 1, 1));
  const second = turn.arrive(write(3, 1, 2));
  const last = turn.arrive(read(3));
  turn.finish(first);
  turn.finish(second);
  turn.fake.finish(last);
  assertEquals(f.hex(ataOf(turn.fake.replyIn(last)).data), f.hex(f.sectorsOf(1, 2)));
});

Deno.test("a TRIM holds all that lies between its ranges", () => {
  const holes = trim([30, 2], [0, 0], [10, 1], [2000, 0]);
  for (const [lba, expected] of [[9, "write"], [10, "wait"], [20, "wait"], [31, "wait"]] as const) {
    assertEquals(verdictAfter(holes, write(lba)), expected, `${lba}`);
  }
  assertEquals(verdictAfter(holes, write(32)), "write");
  const turn = new OrderCase();
  const trimming = turn.arrive(holes);
  const behind = turn.arrive(read(30, 2));
  assertEquals(turn.fake.step(trimming), "trim");
  assertEquals(turn.resumed(), []);
  assertEquals(turn.finish(trimming), [behind.slot]);
  turn.fake.finish(behind);
  assertEquals(f.hex(ataOf(turn.fake.replyIn(behind)).data), "00".repeat(1024));
});

Deno.test("a TRIM that waited gives back all of its ranges", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(30));
  const waiting = turn.arrive(trim([10, 1], [30, 2]));
  assertEquals(turn.finish(first), [waiting.slot]);
  turn.finish(waiting);
  assertEquals(turn.fake.operations, ["write 15360+512", "trim 5120+512", "trim 15360+1024"]);
});

Deno.test("a write under -s is in the way until it is durable", () => {
  const turn = new OrderCase({ durable: true });
  const first = turn.arrive(write(1));
  const second = turn.arrive(read(1));
  assertEquals(turn.fake.step(first), "flush");
  assertEquals(turn.resumed(), []);
  assertEquals(turn.finish(first), [second.slot]);
});

Deno.test("what failed is in the way no longer", () => {
  const turn = new OrderCase();
  turn.fake.failures.set("write", 5);
  const first = turn.arrive(write(1));
  const second = turn.arrive(read(1));
  assertEquals(turn.finish(first), [second.slot]);
});

Deno.test("a FLUSH waits for all earlier writes and TRIMs, and nothing waits for it", () => {
  const turn = new OrderCase();
  const writing = turn.arrive(write(1));
  const reading = turn.arrive(read(5));
  const trimming = turn.arrive(trim([9, 1]));
  const waiting = turn.arrive(write(5));
  const flushing = turn.arrive(flush());
  const later = turn.arrive(write(20));
  assertEquals([waiting.verdict, flushing.verdict, later.verdict], ["wait", "wait", "write"]);
  assertEquals(turn.arrive(read(30)).verdict, "read");
  assertEquals(turn.finish(writing), []);
  assertEquals(turn.finish(trimming), []);
  assertEquals(turn.finish(reading), [waiting.slot]);
  assertEquals(turn.finish(waiting), [flushing.slot]);
  assertEquals(flushing.verdict, "flush");
  assertEquals(turn.arrive(write(40)).verdict, "write");
  assertEquals(turn.arrive(read(50)).verdict, "read");
});

Deno.test("a FLUSH waits for no read and for no FLUSH", () => {
  assertEquals(verdictAfter(read(1), flush()), "flush");
  assertEquals(verdictAfter(verify(1), flush()), "flush");
  assertEquals(verdictAfter(flush(), flush()), "flush");
});

Deno.test("where the backing has larger units, what shares one is held apart", () => {
  const options = { alignment: 4096 };
  for (const [lba, expected] of [[7, "read"], [8, "wait"], [15, "wait"], [16, "read"]] as const) {
    assertEquals(verdictAfter(write(12), read(lba), options), expected, `${lba}`);
  }
  assertEquals(verdictAfter(write(7, 2), write(15), options), "wait");
  assertEquals(verdictAfter(trim([20, 1], [30, 1]), write(16), options), "wait");
  assertEquals(verdictAfter(trim([20, 1], [30, 1]), write(32), options), "write");
  // The units are those of the file, of which the export is a part.
  assertEquals(verdictAfter(write(1), write(0), { ...options, offset: 7 * 512 }), "write");
  assertEquals(verdictAfter(write(1), write(8), { ...options, offset: 7 * 512 }), "wait");
});

Deno.test("requests that move nothing wait for nothing and are not waited for", () => {
  assertEquals(verdictAfter(write(0), f.ataFrame({ opcode: 0x24 })), "reply");
  assertEquals(verdictAfter(write(0), f.ataFrame({ opcode: 0x34 })), "reply");
  assertEquals(verdictAfter(write(0), trim([0, 0])), "reply");
  assertEquals(verdictAfter(write(0), f.ataFrame({ opcode: 0xec, count: 1 })), "reply");
});

Deno.test("what is refused at once does not wait", () => {
  const turn = new OrderCase();
  turn.arrive(write(2047));
  const past = turn.arrive(write(2047, 2));
  assertEquals(outcomeOf(turn.fake.replyIn(past)), "41/10");
});

Deno.test("a full table drops the newcomer, and takes the next one when there is room", () => {
  const turn = new OrderCase({ inFlightMax: 3 });
  const first = turn.arrive(write(1));
  turn.arrive(write(1));
  turn.arrive(flush());
  for (const frame of [read(1), write(9), flush()]) {
    assertEquals(turn.arrive(frame).verdict, "drop");
  }
  assertEquals(turn.fake.target.counts.overflow, 3);
  turn.finish(first);
  assertEquals(turn.arrive(read(9)).verdict, "read");
});

Deno.test("a full table keeps no question and no change out", () => {
  const turn = new OrderCase({ inFlightMax: 1 });
  turn.arrive(write(1));
  assertEquals(outcomeOf(turn.fake.exchangeIn(5, f.ataFrame({ opcode: 0xec }))), "40/00");
  assertEquals(turn.arrive(f.configFrame({ ccmd: 0 })).verdict, "reply");
  const set = turn.arrive(f.configFrame({ ccmd: 3, string: "abc" }));
  assertEquals(turn.fake.finish(set), "reply");
});

Deno.test("requests that had to wait are counted", () => {
  const turn = new OrderCase();
  for (const frame of [write(1), read(1), read(2), flush()]) turn.arrive(frame);
  const { parked, duplicates, overflow } = turn.fake.target.counts;
  assertEquals({ parked, duplicates, overflow }, { parked: 2, duplicates: 0, overflow: 0 });
});

Deno.test("a request that waited is checked anew: the size", () => {
  const turn = new OrderCase({ sectors: 100 });
  const first = turn.arrive(write(98));
  const waiting = [write(98), read(97, 2), trim([90, 9])].map((frame) => turn.arrive(frame));
  turn.fake.target.resize(98);
  turn.finish(first);
  assertEquals(waiting.map((request) => outcomeOf(turn.fake.replyIn(request))), [
    "41/10",
    "41/10",
    "41/10",
  ]);
  assertEquals(turn.fake.operations, ["write 50176+512"]);
});

Deno.test("a request that waited is checked anew: a fault", () => {
  const turn = new OrderCase();
  const flushing = turn.arrive(flush());
  const first = turn.arrive(write(1));
  const waiting = [write(1), trim([1, 1]), flush()].map((frame) => turn.arrive(frame));
  turn.fake.failures.set("flush", 5);
  turn.finish(flushing);
  turn.finish(first);
  assertEquals(waiting.map((request) => outcomeOf(turn.fake.replyIn(request))), [
    "61/04",
    "61/04",
    "61/04",
  ]);
  assertEquals(turn.fake.operations, ["flush", "write 512+512"]);
});

Deno.test("a request that waited is checked anew: the MTU", () => {
  const turn = new OrderCase();
  const port = { name: "eth0", mac: f.TARGET_MAC, mtu: 1500, loopback: false };
  const first = turn.arrive(write(1));
  const waiting = turn.arrive(read(1, 2), port);
  port.mtu = 576;
  turn.finish(first);
  assertEquals(outcomeOf(turn.fake.replyIn(waiting)), "41/04");
});

Deno.test("a request that is refused at its turn lets those behind it go on", () => {
  const turn = new OrderCase({ sectors: 100 });
  const first = turn.arrive(write(98));
  turn.arrive(write(97, 3));
  const last = turn.arrive(read(97));
  turn.fake.target.resize(98);
  assertEquals(turn.finish(first).slice(0, 2), [1, last.slot]);
  assertEquals(last.verdict, "read");
});

Deno.test("a request's frame may move while it waits and while it runs", () => {
  const turn = new OrderCase();
  const first = turn.arrive(write(3, 1, 5));
  const second = turn.arrive(write(3, 1, 6));
  const last = turn.arrive(read(3));
  for (const request of [first, second, last]) turn.fake.move(request);
  turn.finish(first);
  turn.fake.move(second);
  turn.finish(second);
  turn.fake.finish(last);
  assertEquals(f.hex(ataOf(turn.fake.replyIn(last)).data), f.hex(f.sectorsOf(1, 6)));
  turn.fake.checkGuards();
});

Deno.test("one request at a time never waits", () => {
  const fake = new FakeExport({ durable: true });
  for (const frame of [write(1), write(1), trim([1, 1]), read(1), flush(), write(1)]) {
    assertEquals(outcomeOf(fake.exchange(frame)), "40/00");
  }
  const { parked, duplicates, overflow } = fake.target.counts;
  assertEquals({ parked, duplicates, overflow }, { parked: 0, duplicates: 0, overflow: 0 });
});
