/**
 * Fencing (docs/protocol.md, "Command 3"): a change of who is served takes effect on arrival and is
 * acknowledged only when no request of a client that it shut out still runs.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Request } from "../lib/target/request.ts";
import { FENCED_MAX } from "../lib/target/in_flight.ts";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { OrderCase } from "./order_case.ts";
import { maskOf, outcomeOf, refusalOf, reserveOf } from "./replies.ts";

const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const DATA = f.sectorsOf(1);
const WRITE_A = f.ataFrame({ src: A, opcode: 0x34, lba: 1, count: 1, data: DATA });
const READ_A = f.ataFrame({ src: A, opcode: 0x24, lba: 4, count: 1 });
const READ_B = f.ataFrame({ src: B, opcode: 0x24, lba: 8, count: 1 });
const FLUSH_A = f.ataFrame({ src: A, opcode: 0xe7 });

/** Changes by B that shut A out, and what A is told afterwards. */
const CHANGES: readonly (readonly [name: string, frame: Uint8Array, told: string])[] = [
  ["mask edit", f.maskFrame({ src: B, mcmd: 1, directives: [[1, B]] }), "silence"],
  ["reserve", f.reserveFrame({ src: B, rcmd: 1, macs: [B] }), "E6"],
  ["forced reserve", f.reserveFrame({ src: B, rcmd: 2, macs: [B] }), "E6"],
];

/** What leaves by itself now, by slot. */
function released(fake: FakeExport): Request[] {
  const requests: Request[] = [];
  const spare = fake.arrive(new Uint8Array(0), 3);
  for (;;) {
    const request = fake.target.next(spare);
    if (request === null) return requests;
    requests.push(request);
  }
}

Deno.test("a change that shuts a running request's client out waits for it", () => {
  for (const [name, change] of CHANGES) {
    for (const running of [WRITE_A, READ_A, FLUSH_A]) {
      const fake = new FakeExport();
      const write = fake.arrive(running, 0);
      const edit = fake.arrive(change, 1);
      assertEquals(edit.verdict, "save", name);
      assertEquals(fake.finish(edit), "wait", name);
      assertEquals(released(fake), [], name);
      assertEquals(fake.finish(write), "reply", name);
      assertEquals(outcomeOf(fake.replyIn(write)), "40/00", `${name}: what ran is answered`);
      assertEquals(released(fake).map((request) => request.slot), [1], name);
      assertEquals(edit.verdict, "reply", name);
      assertEquals(released(fake), [], `${name}: once`);
      fake.checkGuards();
    }
  }
});

Deno.test("the reply that waited says that the change is done", () => {
  const replies = CHANGES.map(([, change]) => {
    const fake = new FakeExport();
    const write = fake.arrive(WRITE_A, 0);
    const edit = fake.arrive(change, 1);
    fake.finish(edit);
    fake.finish(write);
    released(fake);
    const reply = fake.replyIn(edit);
    assertEquals(refusalOf(reply), { refused: false, error: 0 });
    return reply;
  });
  const [mask = null, reserve = null, forced = null] = replies;
  assertEquals(maskOf(mask).directives, [[0, B]]);
  assertEquals(reserveOf(reserve).macs, [B]);
  assertEquals(reserveOf(forced).macs, [B]);
});

Deno.test("a change takes effect as soon as it is stored, also while its reply waits", () => {
  for (const [name, change, told] of CHANGES) {
    const fake = new FakeExport();
    fake.arrive(WRITE_A, 0);
    fake.finish(fake.arrive(change, 1));
    fake.operations = [];
    assertEquals(outcomeOf(fake.exchangeIn(2, WRITE_A)), told, name);
    assertEquals(outcomeOf(fake.exchangeIn(2, READ_A)), told, name);
    assertEquals(fake.operations, [], name);
    assertEquals(outcomeOf(fake.exchangeIn(2, READ_B)), "40/00", name);
  }
});

Deno.test("a request under -s runs until it is durable", () => {
  for (const [name, change] of CHANGES) {
    const fake = new FakeExport({ durable: true });
    const write = fake.arrive(WRITE_A, 0);
    const edit = fake.arrive(change, 1);
    assertEquals(fake.finish(edit), "wait", name);
    write.verdict = fake.target.complete(write, 0);
    assertEquals(write.verdict, "flush", name);
    assertEquals(released(fake), [], `${name}: written but not durable`);
    fake.finish(write);
    assertEquals(released(fake).length, 1, name);
  }
});

Deno.test("a TRIM runs until its last range", () => {
  const ranges = [1, 2].flatMap((lba) => [...f.littleEndian(lba, 6), 1, 0]);
  const data = f.withTail(Uint8Array.from(ranges), 512 - ranges.length, 0);
  const trim = f.ataFrame({ src: A, opcode: 6, feature: 1, count: 1, data });
  const fake = new FakeExport();
  const running = fake.arrive(trim, 0);
  const edit = fake.arrive(CHANGES[1]?.[1] ?? trim, 1);
  assertEquals(fake.finish(edit), "wait");
  assertEquals(fake.target.complete(running, 0), "trim");
  assertEquals(released(fake), []);
  assertEquals(fake.target.complete(running, 0), "reply");
  assertEquals(released(fake).length, 1);
});

Deno.test("a request that fails frees the change as well", () => {
  for (const [name, change] of CHANGES) {
    const fake = new FakeExport();
    fake.failures.set("write", 5);
    const write = fake.arrive(WRITE_A, 0);
    fake.finish(fake.arrive(change, 1));
    fake.finish(write);
    assertEquals(outcomeOf(fake.replyIn(write)), "41/04", name);
    assertEquals(released(fake).length, 1, name);
  }
});

Deno.test("the change waits for the last of several requests", () => {
  const fake = new FakeExport();
  const first = fake.arrive(WRITE_A, 0);
  const second = fake.arrive(READ_A, 1);
  assertEquals(fake.finish(fake.arrive(CHANGES[1]?.[1] ?? READ_B, 2)), "wait");
  fake.finish(second);
  assertEquals(released(fake), []);
  fake.finish(first);
  assertEquals(released(fake).map((request) => request.slot), [2]);
});

Deno.test("a change that shuts nobody out does not wait", () => {
  const changes = [
    f.maskFrame({ src: B, mcmd: 1, directives: [[1, A], [1, B]] }),
    f.reserveFrame({ src: B, rcmd: 1, macs: [A, B] }),
    f.reserveFrame({ src: B, rcmd: 2, macs: [] }),
    f.configFrame({ src: B, ccmd: 3, string: "abc" }),
  ];
  for (const change of changes) {
    const fake = new FakeExport();
    fake.arrive(WRITE_A, 0);
    assertEquals(fake.finish(fake.arrive(change, 1)), "reply");
  }
});

Deno.test("a change does not wait for requests of clients that it keeps", () => {
  for (const [name, change] of CHANGES) {
    const fake = new FakeExport();
    fake.arrive(READ_B, 0);
    assertEquals(fake.finish(fake.arrive(change, 1)), "reply", name);
  }
});

Deno.test("a change that could not be stored shuts nobody out", () => {
  for (const [name, change] of CHANGES) {
    const fake = new FakeExport();
    fake.failures.set("save", 5);
    fake.arrive(WRITE_A, 0);
    assertEquals(fake.finish(fake.arrive(change, 1)), "drop", name);
    assertEquals(outcomeOf(fake.exchangeIn(2, READ_A)), "40/00", name);
  }
});

Deno.test("the same change again waits as the first did", () => {
  for (const [name, change] of CHANGES) {
    const fake = new FakeExport();
    const write = fake.arrive(WRITE_A, 0);
    assertEquals(fake.finish(fake.arrive(change, 1)), "wait", name);
    assertEquals(fake.arrive(change, 2).verdict, "wait", `${name}, retransmitted`);
    assertEquals(fake.finish(write), "reply", name);
    assertEquals(released(fake).map((request) => request.slot).sort(), [1, 2], name);
  }
});

Deno.test("a client that was shut out while its change waited gets silence", () => {
  const fake = new FakeExport();
  const write = fake.arrive(WRITE_A, 0);
  const C = 0x02000000cccc;
  const both = f.maskFrame({ src: B, mcmd: 1, directives: [[1, B], [1, C]] });
  assertEquals(fake.finish(fake.arrive(both, 1)), "wait");
  const without = f.maskFrame({ src: C, mcmd: 1, directives: [[2, B]] });
  assertEquals(fake.finish(fake.arrive(without, 2)), "wait");
  fake.finish(write);
  assertEquals(released(fake).map(({ slot, verdict }) => [slot, verdict]), [
    [1, "drop"],
    [2, "reply"],
  ]);
});

Deno.test("a read of a list waits for nothing", () => {
  const fake = new FakeExport();
  fake.arrive(WRITE_A, 0);
  assertEquals(fake.finish(fake.arrive(CHANGES[1]?.[1] ?? WRITE_A, 1)), "wait");
  assertEquals(fake.arrive(f.reserveFrame({ src: B, rcmd: 0 }), 2).verdict, "reply");
});

/** B writes where A's request then waits. */
const WRITE_B = f.ataFrame({ src: B, opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1, 2) });
/** By B: everybody is served again. */
const UNDO = [
  f.maskFrame({ src: B, mcmd: 1, directives: [[2, B]] }),
  f.reserveFrame({ src: B, rcmd: 2, macs: [] }),
];
const READ_BEHIND = f.ataFrame({ src: A, opcode: 0x24, lba: 1, count: 1 });

/** What was said to the request that the target gave back. */
function told(turn: OrderCase, request: Request): string {
  return request.verdict === "drop" ? "silence" : outcomeOf(turn.fake.replyIn(request));
}

Deno.test("a waiting request that is shut out holds nothing back and never runs", () => {
  for (const [name, change, expected] of CHANGES) {
    for (const frame of [WRITE_A, READ_BEHIND, FLUSH_A]) {
      const turn = new OrderCase();
      turn.arrive(WRITE_B);
      const waiting = turn.arrive(frame);
      assertEquals(waiting.verdict, "wait", name);
      assertEquals(turn.fake.finish(turn.arrive(change)), "reply", name);
      assertEquals(turn.resumed(), [waiting], name);
      assertEquals(told(turn, waiting), expected, name);
      assertEquals(turn.fake.operations, ["save"], name);
    }
  }
});

Deno.test("a waiting request that was shut out never runs, also when the change is undone", () => {
  for (const [name, change, expected] of CHANGES) {
    const turn = new OrderCase();
    const running = turn.arrive(WRITE_B);
    const waiting = turn.arrive(WRITE_A);
    turn.fake.finish(turn.arrive(change));
    for (const undo of UNDO) turn.fake.finish(turn.arrive(undo));
    turn.fake.finish(running);
    assertEquals(turn.resumed(), [waiting], name);
    assertEquals(told(turn, waiting), expected, name);
    assertEquals(turn.arrive(WRITE_A).verdict, "write", `${name}: the client is served again`);
  }
});

Deno.test("a request whose turn has come, but was not taken yet, is shut out as well", () => {
  for (const [name, change, expected] of CHANGES) {
    const turn = new OrderCase();
    const running = turn.arrive(WRITE_B);
    const waiting = turn.arrive(WRITE_A);
    turn.fake.finish(running);
    assertEquals(turn.fake.finish(turn.arrive(change)), "reply", name);
    assertEquals(turn.resumed(), [waiting], name);
    assertEquals(told(turn, waiting), expected, name);
  }
});

Deno.test("what waits behind a request that was shut out goes on", () => {
  for (const [name, change] of CHANGES) {
    const turn = new OrderCase();
    const running = turn.arrive(WRITE_B);
    const waiting = turn.arrive(
      f.ataFrame({ src: A, opcode: 0x34, lba: 1, count: 2, data: f.sectorsOf(2) }),
    );
    const free = turn.arrive(f.ataFrame({ src: B, opcode: 0x24, lba: 2, count: 1 }));
    const held = turn.arrive(f.ataFrame({ src: B, opcode: 0x24, lba: 1, count: 2 }));
    assertEquals([waiting, free, held].map(({ verdict }) => verdict), ["wait", "wait", "wait"]);
    turn.fake.finish(turn.arrive(change));
    assertEquals(turn.resumed(), [waiting, free], name);
    assertEquals(turn.finish(running), [held.slot], name);
  }
});

Deno.test("all who asked for a request that was shut out are told the same", () => {
  for (const [name, change, expected] of CHANGES) {
    const turn = new OrderCase();
    turn.arrive(WRITE_B);
    const waiting = turn.arrive(WRITE_A);
    turn.arrive(
      f.ataFrame({ src: A, opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1), tag: 7 }),
    );
    assertEquals(turn.fake.target.counts.duplicates, 1);
    turn.fake.finish(turn.arrive(change));
    assertEquals(turn.resumed(), [waiting], name);
    const replies = waiting.verdict === "reply" ? turn.fake.send(waiting) : [];
    const outcomes = replies.map(({ frame }) => outcomeOf(frame));
    assertEquals(outcomes, expected === "silence" ? [] : [expected, expected], name);
    assertEquals(waiting.isShared, false, name);
  }
});

Deno.test("a change waits for a request with copies, and all of them are answered", () => {
  for (const [name, change] of CHANGES) {
    const turn = new OrderCase();
    const running = turn.arrive(READ_A);
    turn.arrive(f.ataFrame({ src: A, opcode: 0x24, lba: 4, count: 1, tag: 7 }));
    const edit = turn.arrive(change);
    assertEquals(turn.fake.finish(edit), "wait", name);
    assertEquals(turn.answer(running).length, 2, name);
    assertEquals(turn.resumed(), [edit], name);
  }
});

Deno.test("changes are made and fenced while the table is full", () => {
  const turn = new OrderCase({ inFlightMax: 1 });
  const running = turn.arrive(WRITE_A);
  const edit = turn.arrive(CHANGES[1]?.[1] ?? WRITE_A);
  assertEquals(turn.fake.finish(edit), "wait");
  assertEquals(turn.arrive(READ_B).verdict, "drop");
  assertEquals(turn.finish(running), [edit.slot]);
  assertEquals(turn.fake.target.counts.overflow, 1);
});

Deno.test("only so many changes wait, the others are dropped", () => {
  const turn = new OrderCase({ slots: 40 });
  const running = turn.arrive(WRITE_A);
  const change = CHANGES[1]?.[1] ?? WRITE_A;
  turn.fake.finish(turn.arrive(change));
  for (let count = 1; count < FENCED_MAX; count++) {
    assertEquals(turn.arrive(change).verdict, "wait");
  }
  assertEquals(turn.arrive(change).verdict, "drop");
  assertEquals(turn.fake.target.counts.overflow, 1);
  assertEquals(turn.finish(running).length, FENCED_MAX);
  assertEquals(turn.arrive(change).verdict, "reply");
});

Deno.test("a change that keeps a waiting request's client leaves it alone", () => {
  const turn = new OrderCase();
  const running = turn.arrive(WRITE_B);
  const waiting = turn.arrive(WRITE_A);
  turn.fake.finish(turn.arrive(f.reserveFrame({ src: B, rcmd: 1, macs: [A, B] })));
  assertEquals(turn.resumed(), []);
  assertEquals(turn.finish(running), [waiting.slot]);
  assertEquals(waiting.verdict, "write");
});

Deno.test("a change that could not be stored refuses no waiting request", () => {
  const turn = new OrderCase();
  turn.fake.failures.set("save", 5);
  const running = turn.arrive(WRITE_B);
  const waiting = turn.arrive(WRITE_A);
  assertEquals(turn.fake.finish(turn.arrive(CHANGES[1]?.[1] ?? WRITE_A)), "drop");
  assertEquals(turn.finish(running), [waiting.slot]);
  assertEquals(waiting.verdict, "write");
});
