/**
 * Accept and deny lists (docs/protocol.md, "Access"): who is answered, who is told, and
 * what a change of them does to requests that are under way.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type AccessRules, NO_RULES } from "../lib/target/access.ts";
import { MacSet } from "../lib/target/mac_set.ts";
import { FakeExport, fakePort } from "./fake_export.ts";
import * as f from "./frames.ts";
import { OrderCase } from "./order_case.ts";
import { Random } from "./random.ts";
import { headerOf, outcomeOf } from "./replies.ts";

const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const C = f.THIRD_MAC;
const DATA = f.sectorsOf(1);

interface Case {
  readonly masks?: readonly number[];
  readonly accept?: readonly number[] | undefined;
  readonly deny?: readonly number[];
  readonly broadcast?: boolean;
  /** Who of A, B and C is served. */
  readonly served: readonly number[];
  /** Who is told of the target. */
  readonly told: readonly number[];
}

const ALL = [f.BROADCAST_MAC];
const CASES: readonly Case[] = [
  { served: [A, B, C], told: ALL },
  { accept: [B], served: [B], told: [B] },
  { accept: [C, A], served: [A, C], told: [C, A] },
  { accept: [C, A, C], served: [A, C], told: [C, A] },
  { accept: [], served: [], told: [] },
  { deny: [B], served: [A, C], told: ALL },
  { deny: [A, B, C], served: [], told: ALL },
  { accept: [A, B], deny: [B], served: [A], told: [A] },
  { accept: [B], deny: [B], served: [], told: [] },
  { masks: [B, A], served: [A, B], told: [B, A] },
  { masks: [B, A], accept: [A, C], served: [A], told: [A] },
  { masks: [B], accept: [A], served: [], told: [] },
  { masks: [], accept: [A], served: [A], told: [A] },
  { masks: [A, B], deny: [A], served: [B], told: [B] },
  { masks: [C, B, A], accept: [A, B, C], deny: [B], served: [A, C], told: [C, A] },
  { masks: [A], accept: [A], broadcast: true, served: [A], told: ALL },
  { accept: [], broadcast: true, served: [], told: ALL },
  { masks: [A], broadcast: true, served: [A], told: ALL },
];

function rulesOf({ accept, deny = [], broadcast = false }: Case): AccessRules {
  return { accept, deny, broadcast };
}

/** One frame of each command from `src`. */
function framesOf(src: number): Uint8Array[] {
  return [
    f.ataFrame({ src, opcode: 0x24, count: 1 }),
    f.ataFrame({ src, opcode: 0x34, count: 1, data: DATA }),
    f.ataFrame({ src, opcode: 0xec, count: 1 }),
    f.ataFrame({ src, opcode: 0xe7 }),
    f.configFrame({ src, ccmd: 0 }),
    f.configFrame({ src, ccmd: 4, string: "x" }),
    f.maskFrame({ src, mcmd: 0 }),
    f.maskFrame({ src, mcmd: 1, directives: [[1, src]] }),
    f.reserveFrame({ src, rcmd: 0 }),
    f.reserveFrame({ src, rcmd: 2, macs: [src] }),
  ];
}

function advertisedTo(fake: FakeExport): number[] {
  fake.unasked = [];
  fake.target.advertise(fake.port);
  fake.sendUnasked();
  return fake.unasked.map(({ frame }) => headerOf(frame).dst);
}

for (const [index, one] of CASES.entries()) {
  Deno.test(`access: case ${index} serves and tells whom it says, from the start or later`, () => {
    for (const isLate of [false, true]) {
      for (const src of [A, B, C]) {
        for (const frame of framesOf(src)) {
          const { masks = [] } = one;
          const fake = new FakeExport({ masks, access: isLate ? {} : rulesOf(one) });
          if (isLate) fake.target.setAccess(rulesOf(one));
          const reply = fake.exchange(frame);
          assertEquals(reply !== null, one.served.includes(src));
          assertEquals(fake.target.counts.ignored, reply === null ? 1 : 0);
          if (reply === null) assertEquals(fake.operations, []);
        }
      }
      const { masks = [] } = one;
      const fake = new FakeExport({ masks, access: rulesOf(one) });
      assertEquals(advertisedTo(fake), one.told);
    }
  });
}

Deno.test("a mask edit counts together with the lists of the configuration", () => {
  const fake = new FakeExport({ access: { accept: [A, B], deny: [] } });
  fake.exchange(f.maskFrame({ src: A, mcmd: 1, directives: [[1, A], [1, C]] }));
  const served = [A, B, C].filter((src) => fake.exchange(f.configFrame({ src, ccmd: 0 })) !== null);
  assertEquals(served, [A]);
  assertEquals(advertisedTo(fake), [A]);
  fake.target.setAccess(NO_RULES);
  assertEquals(advertisedTo(fake), [A, C]);
});

Deno.test("an advertisement under way goes on with the receivers of the moment", () => {
  const fake = new FakeExport({ access: { accept: [A, B, C] } });
  fake.target.advertise(fake.port);
  fake.target.advertisementBudget = 2;
  fake.sendUnasked();
  fake.target.setAccess({ ...NO_RULES, accept: [A] });
  fake.target.advertisementBudget = 2;
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ frame }) => headerOf(frame).dst), [A, B]);
  // What is queued behind it is sent all the same.
  assertEquals(advertisedTo(fake), [A]);
});

Deno.test("where nobody is served one interface after the other is passed over", () => {
  const ports = [fakePort({}, "eth0"), fakePort({}, "eth1")];
  const fake = new FakeExport({ ports, access: { accept: [] } });
  fake.target.resize(4096);
  fake.sendUnasked();
  assertEquals(fake.unasked, []);
  fake.target.setAccess(NO_RULES);
  fake.sendUnasked();
  assertEquals(fake.unasked, [], "nothing was left in the queue");
});

const WRITE_A = f.ataFrame({ src: A, opcode: 0x34, lba: 1, count: 1, data: DATA });
const WRITE_B = f.ataFrame({ src: B, opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1, 2) });
const SHUT_A_OUT: readonly Partial<AccessRules>[] = [{ deny: [A] }, { accept: [B] }];

Deno.test("what waits of a client that is shut out is never run nor answered", () => {
  for (const change of SHUT_A_OUT) {
    const turn = new OrderCase();
    const running = turn.arrive(WRITE_B);
    const waiting = turn.arrive(WRITE_A);
    assertEquals(waiting.verdict, "wait");
    turn.fake.target.setAccess({ ...NO_RULES, ...change });
    assertEquals(turn.fake.target.isSettled, true);
    turn.fake.target.setAccess(NO_RULES);
    assertEquals(turn.resumed(), [waiting]);
    assertEquals(waiting.verdict, "drop");
    assertEquals(turn.finish(running), []);
    assertEquals(turn.fake.operations, ["write 512+512"]);
    assertEquals(turn.arrive(WRITE_A).verdict, "write", "it is served again");
  }
});

Deno.test("a change of access is settled once nothing runs for whom it shut out", () => {
  for (const change of SHUT_A_OUT) {
    const turn = new OrderCase();
    const other = turn.arrive(f.ataFrame({ src: B, opcode: 0x24, lba: 9, count: 1 }));
    const running = turn.arrive(WRITE_A);
    assertEquals(turn.fake.target.isSettled, true);
    turn.fake.target.setAccess({ ...NO_RULES, ...change });
    assertEquals(turn.fake.target.isSettled, false);
    assertEquals(turn.answer(running).length, 1, "what ran is answered");
    assertEquals(turn.fake.target.isSettled, true);
    assertEquals(turn.answer(other).length, 1);
  }
});

Deno.test("a change of access while a change by a client is stored settles behind it", () => {
  const turn = new OrderCase();
  const edit = turn.arrive(f.maskFrame({ src: A, mcmd: 1, directives: [[1, A]] }));
  assertEquals(edit.verdict, "save");
  turn.fake.target.setAccess({ ...NO_RULES, deny: [A] });
  assertEquals(turn.fake.target.isSettled, false);
  turn.fake.finish(edit);
  assertEquals(turn.fake.target.isSettled, true);
  assertEquals(turn.fake.exchangeIn(2, WRITE_A), null);
});

Deno.test("the acknowledgement of one who is shut out meanwhile is not sent", () => {
  const turn = new OrderCase();
  const running = turn.arrive(WRITE_A);
  const edit = turn.arrive(f.reserveFrame({ src: B, rcmd: 1, macs: [B] }));
  assertEquals(turn.fake.finish(edit), "wait");
  turn.fake.target.setAccess({ ...NO_RULES, deny: [B] });
  turn.answer(running);
  assertEquals(turn.resumed().map(({ slot, verdict }) => [slot, verdict]), [[edit.slot, "drop"]]);
});

Deno.test("a client that stays keeps what waits", () => {
  const turn = new OrderCase();
  const running = turn.arrive(WRITE_B);
  const waiting = turn.arrive(WRITE_A);
  turn.fake.target.setAccess({ ...NO_RULES, accept: [A, B], deny: [C] });
  assertEquals(turn.resumed(), []);
  assertEquals(turn.finish(running), [waiting.slot]);
  assertEquals(waiting.verdict, "write");
});

Deno.test("a MacSet has what it was made of, and nothing else", () => {
  const random = new Random(1);
  for (const size of [0, 1, 2, 3, 10, 255, 5000]) {
    const macs = Array.from({ length: size }, () => 2 * (random.below(2 ** 31) * 2 ** 15 + 1));
    const set = new MacSet(macs);
    for (const mac of macs) {
      assertEquals([set.has(mac), set.has(mac - 1), set.has(mac + 1)], [true, false, false]);
    }
    assertEquals([set.has(0), set.has(f.BROADCAST_MAC)], [false, false]);
  }
  assertEquals(new MacSet([A, A, B]).has(B), true);
});

Deno.test("long lists of both kinds are held", () => {
  const macs = Array.from({ length: 5000 }, (_, index) => 0x020000100000 + index * 2);
  const fake = new FakeExport({ access: { accept: macs, deny: macs.slice(0, 2500) } });
  const ask = (src: number): string =>
    outcomeOf(fake.exchange(f.ataFrame({ src, opcode: 0x24, count: 1 })));
  assertEquals([macs[0], macs[2499], macs[2500], macs[4999]].map((mac = 0) => ask(mac)), [
    "silence",
    "silence",
    "40/00",
    "40/00",
  ]);
  assertEquals(ask(0x020000100001), "silence");
});
