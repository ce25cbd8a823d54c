/**
 * Copies of requests that are not done yet (docs/protocol.md, "Order"): they are not run, and all
 * who asked are answered.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fakePort, type Sent } from "./fake_export.ts";
import * as f from "./frames.ts";
import { OrderCase } from "./order_case.ts";
import { ataOf, headerOf, outcomeOf } from "./replies.ts";

const OTHER_PORT = fakePort({ mac: 0x02_00_00_00_aa_02 }, "eth1");
const SMALL_PORT = fakePort({ mac: 0x02_00_00_00_aa_03, mtu: 576 }, "eth2");
const RANGE = [1, 0, 0, 0, 0, 0, 2, 0];

/** One frame of each kind that may have copies. */
const FRAMES = {
  read: { opcode: 0x24, lba: 1, count: 2 },
  verify: { opcode: 0x42, lba: 1, count: 2 },
  write: { opcode: 0x34, lba: 1, count: 2, data: f.sectorsOf(2) },
  trim: { opcode: 0x06, feature: 1, count: 1, data: f.withTail(Uint8Array.from(RANGE), 504, 0) },
} as const;

function tagged(tag: number, fields: f.AtaFields = FRAMES.write): Uint8Array {
  return f.ataFrame({ ...fields, tag });
}

/** Who got a reply: tag and the interface it left by. */
function receivers(replies: readonly Sent[]): [tag: number, port: string][] {
  return replies.map(({ port, frame }) => {
    const { dst, src, tag } = headerOf(frame);
    assertEquals(dst, f.CLIENT_MAC);
    assertEquals(src, port.mac);
    return [tag, port.name];
  });
}

Deno.test("a copy of a request that runs is not run, and both are answered", () => {
  for (const [kind, fields] of Object.entries(FRAMES)) {
    const turn = new OrderCase();
    const first = turn.arrive(tagged(1, fields));
    assertEquals(first.verdict, kind);
    assertEquals(turn.arrive(tagged(2, fields)).verdict, "drop", kind);
    const replies = turn.answer(first);
    assertEquals(receivers(replies), [[1, "eth0"], [2, "eth0"]], kind);
    assertEquals(turn.fake.operations, [`${kind} 512+1024`]);
    const [one, two] = replies.map(({ frame }) => ataOf(frame));
    assertEquals(one, two);
    assertEquals(one?.status, 0x40);
    assertEquals(turn.resumed(), []);
    const { duplicates, answered } = turn.fake.target.counts;
    assertEquals({ duplicates, answered }, { duplicates: 1, answered: 2 });
  }
});

Deno.test("a copy with the same tag over the same interface shares the answer", () => {
  const turn = new OrderCase();
  const first = turn.arrive(tagged(1));
  for (const tag of [1, 1, 2, 2]) assertEquals(turn.arrive(tagged(tag)).verdict, "drop");
  assertEquals(receivers(turn.answer(first)), [[1, "eth0"], [2, "eth0"]]);
  assertEquals(turn.fake.target.counts.duplicates, 4);
});

Deno.test("a copy over another interface is answered over that one", () => {
  const turn = new OrderCase();
  const first = turn.arrive(tagged(1));
  turn.arrive(f.ataFrame({ ...FRAMES.write, tag: 1, dst: OTHER_PORT.mac }), OTHER_PORT);
  turn.arrive(tagged(3));
  assertEquals(receivers(turn.answer(first)), [[1, "eth0"], [1, "eth1"], [3, "eth0"]]);
});

Deno.test("eight who asked are answered, the others when they ask again", () => {
  const turn = new OrderCase({ slots: 24 });
  const first = turn.arrive(tagged(1));
  for (let tag = 2; tag <= 12; tag++) assertEquals(turn.arrive(tagged(tag)).verdict, "drop");
  const tags = receivers(turn.answer(first)).map(([tag]) => tag);
  assertEquals(tags, [1, 2, 3, 4, 5, 6, 7, 8]);
  assertEquals(turn.fake.target.counts.duplicates, 11);
  assertEquals(turn.fake.operations.length, 1);
});

Deno.test("what differs in anything is no copy", () => {
  const others: Record<string, f.AtaFields> = {
    source: { ...FRAMES.write, src: f.OTHER_MAC },
    opcode: { ...FRAMES.write, opcode: 0x35 },
    sector: { ...FRAMES.write, lba: 2 },
    count: { ...FRAMES.write, count: 1 },
    "first byte": { ...FRAMES.write, data: changed(0) },
    "last byte": { ...FRAMES.write, data: changed(1023) },
    flags: { ...FRAMES.write, aflags: 1 },
    kind: FRAMES.read,
  };
  for (const [what, fields] of Object.entries(others)) {
    const turn = new OrderCase();
    turn.arrive(tagged(1));
    assertEquals(turn.arrive(tagged(2, fields)).verdict, "wait", what);
    assertEquals(turn.fake.target.counts.duplicates, 0, what);
  }
});

function changed(at: number): Uint8Array {
  const data = f.sectorsOf(2);
  data[at] = (data[at] ?? 0) ^ 1;
  return data;
}

Deno.test("a TRIM of other ranges is no copy", () => {
  const turn = new OrderCase();
  turn.arrive(tagged(1, FRAMES.trim));
  const data = f.withTail(Uint8Array.from([1, 0, 0, 0, 0, 0, 1, 0, ...RANGE]), 496, 0);
  assertEquals(turn.arrive(tagged(2, { ...FRAMES.trim, data })).verdict, "wait");
});

Deno.test("a read of other sectors, or by another client, is no copy and runs", () => {
  const turn = new OrderCase();
  turn.arrive(tagged(1, FRAMES.read));
  assertEquals(turn.arrive(tagged(2, { ...FRAMES.read, lba: 2 })).verdict, "read");
  assertEquals(turn.arrive(tagged(3, { ...FRAMES.read, src: f.OTHER_MAC })).verdict, "read");
  assertEquals(turn.arrive(tagged(4, FRAMES.verify)).verdict, "verify");
});

Deno.test("a FLUSH is no copy of another one", () => {
  const turn = new OrderCase();
  for (let arrival = 0; arrival < 3; arrival++) {
    assertEquals(turn.arrive(f.ataFrame({ opcode: 0xe7 })).verdict, "flush");
  }
  turn.arrive(tagged(1));
  for (let arrival = 0; arrival < 3; arrival++) {
    assertEquals(turn.arrive(f.ataFrame({ opcode: 0xea })).verdict, "wait");
  }
});

Deno.test("bytes behind the data make no difference", () => {
  const turn = new OrderCase();
  const first = turn.arrive(tagged(1));
  assertEquals(turn.arrive(f.withTail(tagged(2), 60)).verdict, "drop");
  assertEquals(turn.answer(first).length, 2);
});

Deno.test("a copy of a request that waits waits with it", () => {
  const turn = new OrderCase();
  const running = turn.arrive(tagged(1, { ...FRAMES.write, src: f.OTHER_MAC }));
  const waiting = turn.arrive(tagged(2));
  turn.fake.move(waiting);
  assertEquals(turn.arrive(tagged(3)).verdict, "drop");
  assertEquals(turn.finish(running), [waiting.slot]);
  assertEquals(turn.arrive(tagged(4)).verdict, "drop");
  assertEquals(receivers(turn.answer(waiting)).map(([tag]) => tag), [2, 3, 4]);
  assertEquals(turn.fake.operations.length, 2);
});

Deno.test("a copy of a request whose turn has come, but was not taken yet, is one too", () => {
  const turn = new OrderCase();
  const running = turn.arrive(tagged(1, { ...FRAMES.write, src: f.OTHER_MAC }));
  const waiting = turn.arrive(tagged(2));
  turn.answer(running);
  assertEquals(turn.arrive(tagged(3)).verdict, "drop");
  assertEquals(turn.resumed(), [waiting]);
  assertEquals(turn.answer(waiting).length, 2);
});

Deno.test("a late copy does not revive what was written over", () => {
  const turn = new OrderCase();
  const old = turn.arrive(tagged(1));
  const newer = turn.arrive(tagged(2, { ...FRAMES.write, data: f.sectorsOf(2, 9) }));
  assertEquals(turn.arrive(tagged(3)).verdict, "drop");
  assertEquals(receivers(turn.answer(old)).map(([tag]) => tag), [1, 3]);
  assertEquals(turn.resumed(), [newer]);
  turn.finish(newer);
  assertEquals(f.hex(turn.fake.disk.slice(512, 1536)), f.hex(f.sectorsOf(2, 9)));
});

Deno.test("under -s a copy is one until the write is durable", () => {
  const turn = new OrderCase({ durable: true });
  const first = turn.arrive(tagged(1));
  assertEquals(turn.fake.step(first), "flush");
  assertEquals(turn.arrive(tagged(2)).verdict, "drop");
  assertEquals(turn.answer(first).length, 2);
  assertEquals(turn.fake.operations, ["write 512+1024", "flush"]);
});

Deno.test("a copy that comes after the answer is a new request and runs", () => {
  const turn = new OrderCase();
  const first = turn.arrive(tagged(1));
  turn.fake.finish(first);
  // Its work is done, though its reply has not left yet.
  const copy = turn.arrive(tagged(1));
  assertEquals(copy.verdict, "write");
  assertEquals(turn.fake.send(first).length, 1);
  turn.finish(copy);
  assertEquals(turn.arrive(tagged(1)).verdict, "write");
  assertEquals(turn.fake.target.counts.duplicates, 0);
});

Deno.test("who asked for one request is not answered by the next one", () => {
  const turn = new OrderCase({ inFlightMax: 2 });
  for (let round = 0; round < 4; round++) {
    const first = turn.arrive(tagged(10 * round));
    turn.arrive(tagged(10 * round + 1));
    assertEquals(turn.answer(first).length, 2);
    const second = turn.arrive(tagged(10 * round + 2, FRAMES.read));
    assertEquals(turn.answer(second).length, 1);
    turn.fake.target.next(second);
  }
});

Deno.test("all who asked are told that it failed", () => {
  for (
    const [kind, outcome] of [["read", "41/40"], ["write", "41/04"], ["trim", "41/04"]] as const
  ) {
    const turn = new OrderCase();
    turn.fake.failures.set(kind, 5);
    const first = turn.arrive(tagged(1, FRAMES[kind]));
    turn.arrive(tagged(2, FRAMES[kind]));
    const replies = turn.answer(first);
    assertEquals(receivers(replies).map(([tag]) => tag), [1, 2]);
    assertEquals(replies.map(({ frame }) => outcomeOf(frame)), [outcome, outcome]);
    assertEquals(turn.fake.operations.length, 1);
  }
});

Deno.test("all who asked are told what is wrong at its turn", () => {
  const turn = new OrderCase({ sectors: 100 });
  const fields = { ...FRAMES.write, lba: 98 };
  const running = turn.arrive(tagged(1, { ...fields, src: f.OTHER_MAC }));
  const waiting = turn.arrive(tagged(2, fields));
  turn.arrive(tagged(3, fields));
  turn.fake.target.resize(99);
  turn.finish(running);
  const replies = turn.fake.send(waiting);
  assertEquals(replies.map(({ frame }) => outcomeOf(frame)), ["41/10", "41/10"]);
  assertEquals(receivers(replies).map(([tag]) => tag), [2, 3]);
});

Deno.test("a reply that does not fit an interface any more is not sent there", () => {
  const turn = new OrderCase();
  const shrinking = {
    name: "eth3",
    mac: 0x02_00_00_00_aa_04,
    mtu: 1500,
    loopback: false,
  };
  const reading = turn.arrive(tagged(1, FRAMES.read));
  [shrinking, OTHER_PORT, shrinking].forEach((port, index) => {
    turn.arrive(f.ataFrame({ ...FRAMES.read, tag: index + 2, dst: port.mac }), port);
  });
  shrinking.mtu = 576;
  assertEquals(receivers(turn.answer(reading)), [[1, "eth0"], [3, "eth1"]]);
});

Deno.test("a read that does not fit its own interface is no copy: it is aborted", () => {
  const turn = new OrderCase();
  const first = turn.arrive(tagged(1, FRAMES.read));
  const small = turn.arrive(f.ataFrame({ ...FRAMES.read, dst: SMALL_PORT.mac }), SMALL_PORT);
  assertEquals(outcomeOf(turn.fake.replyIn(small)), "41/04");
  assertEquals(turn.answer(first).length, 1);
});

Deno.test("a full table still takes copies", () => {
  const turn = new OrderCase({ inFlightMax: 1 });
  const first = turn.arrive(tagged(1));
  assertEquals(turn.arrive(tagged(2)).verdict, "drop");
  const { duplicates, overflow } = turn.fake.target.counts;
  assertEquals({ duplicates, overflow }, { duplicates: 1, overflow: 0 });
  assertEquals(turn.answer(first).length, 2);
});

Deno.test("a request whose copies are not answered yet keeps its place in the table", () => {
  const turn = new OrderCase({ inFlightMax: 1 });
  const first = turn.arrive(tagged(1));
  turn.arrive(tagged(2));
  turn.fake.finish(first);
  assertEquals(turn.arrive(tagged(3)).verdict, "drop");
  assertEquals(turn.fake.target.counts.overflow, 1);
  assertEquals(receivers(turn.fake.send(first)).map(([tag]) => tag), [1, 2]);
  assertEquals(turn.arrive(tagged(3)).verdict, "write");
});

Deno.test("a reply says whether it is for several", () => {
  const turn = new OrderCase();
  const shared = turn.arrive(tagged(1));
  turn.arrive(tagged(2));
  const single = turn.arrive(tagged(3, { ...FRAMES.write, lba: 100 }));
  for (const request of [shared, single]) turn.fake.finish(request);
  assertEquals([shared.isShared, single.isShared], [true, false]);
  assertEquals([shared, single].map((request) => turn.fake.send(request).length), [2, 1]);
  assert(!shared.isShared);
});
