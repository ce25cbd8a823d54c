/**
 * Changes by an administrator, without a frame (docs/protocol.md, "Access"): stored before they
 * hold, and settled once nothing runs for those whom they shut out.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { TargetState } from "../lib/target/settings.ts";
import { FakeExport, fakePort } from "./fake_export.ts";
import * as f from "./frames.ts";
import { OrderCase } from "./order_case.ts";
import { configOf, headerOf, maskOf, outcomeOf, reserveOf } from "./replies.ts";

const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const WRITE_A = f.ataFrame({ src: A, opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1) });
const WRITE_B = f.ataFrame({ src: B, opcode: 0x34, lba: 1, count: 1, data: f.sectorsOf(1, 2) });

/** Changes that shut A out, and what A's waiting requests are told then. */
const CHANGES: readonly (readonly [change: Partial<TargetState>, told: string])[] = [
  [{ masks: [B] }, "silence"],
  [{ reservations: [B] }, "E6"],
];

/** Changes the state of a target, and stores it with `result`. */
function administer(fake: FakeExport, change: Partial<TargetState>, result = 0) {
  return fake.target.administer((state) => ({ ...state, ...change }), (state) => {
    fake.stored = state;
    return result;
  });
}

Deno.test("a change by an administrator is stored, holds at once, and is what clients read", () => {
  const fake = new FakeExport();
  const config = new TextEncoder().encode("new");
  const before = fake.target.settings.current;
  const outcome = fake.target.administer((state) => {
    assertEquals(state, before);
    return { config, masks: [A, B], reservations: [B] };
  }, (state) => {
    assertEquals(fake.target.settings.current, before, "it does not hold before it is stored");
    fake.stored = state;
    return 0;
  });
  assertEquals(outcome, 0);
  assertEquals(fake.stored, { config, masks: [A, B], reservations: [B] });
  assertEquals(fake.target.isSettled, true);
  assertEquals(configOf(fake.exchange(f.configFrame({ ccmd: 0 }))).string, config);
  const masks = maskOf(fake.exchange(f.maskFrame({ mcmd: 0 }))).directives;
  assertEquals(masks, [[0, A], [0, B]]);
  assertEquals(reserveOf(fake.exchange(f.reserveFrame({ rcmd: 0 }))).macs, [B]);
  assertEquals(outcomeOf(fake.exchange(WRITE_A)), "E6");
  assertEquals(fake.exchange(f.configFrame({ src: f.THIRD_MAC, ccmd: 0 })), null);
});

Deno.test("a change that cannot be stored changes nothing", () => {
  const turn = new OrderCase();
  const running = turn.arrive(WRITE_B);
  const waiting = turn.arrive(WRITE_A);
  const before = turn.fake.target.settings.current;
  assertEquals(administer(turn.fake, { masks: [B] }, -28), -28);
  assertEquals(turn.fake.target.settings.current, before);
  assertEquals(turn.fake.target.counts.notStored, 1);
  assertEquals(turn.finish(running), [waiting.slot]);
  assertEquals(waiting.verdict, "write");
});

Deno.test("a change that changes nothing is not stored", () => {
  const fake = new FakeExport({ config: "abc" });
  const save = () => {
    throw new Error("there is nothing to store");
  };
  assertEquals(fake.target.administer((state) => state, save), 0);
  fake.sendUnasked();
  assertEquals(fake.unasked, []);
});

Deno.test("what waits of those who are shut out is refused at once and for good", () => {
  for (const [change, told] of CHANGES) {
    const turn = new OrderCase();
    const running = turn.arrive(WRITE_B);
    const waiting = turn.arrive(WRITE_A);
    assertEquals(administer(turn.fake, change), 0);
    assertEquals(turn.fake.target.isSettled, true);
    assertEquals(administer(turn.fake, { masks: [], reservations: [] }), 0);
    assertEquals(turn.resumed(), [waiting]);
    const isTold = waiting.verdict === "reply";
    assertEquals(isTold ? outcomeOf(turn.fake.replyIn(waiting)) : "silence", told);
    assertEquals(turn.finish(running), []);
    assertEquals(turn.fake.operations, ["write 512+512"]);
  }
});

Deno.test("a change is settled once nothing runs for those whom it shut out", () => {
  for (const [change] of CHANGES) {
    for (const durable of [false, true]) {
      const turn = new OrderCase({ durable });
      const running = turn.arrive(WRITE_A);
      administer(turn.fake, change);
      assertEquals(turn.fake.target.isSettled, false);
      if (durable) {
        assertEquals(turn.fake.step(running), "flush");
        assertEquals(turn.fake.target.isSettled, false);
      }
      assertEquals(turn.fake.finish(running), "reply");
      assertEquals(turn.fake.target.isSettled, true);
    }
  }
});

Deno.test("a client's change waits until the administrator's is settled, too", () => {
  const turn = new OrderCase();
  const running = turn.arrive(WRITE_A);
  administer(turn.fake, { reservations: [B] });
  const edit = turn.arrive(f.maskFrame({ src: B, mcmd: 1, directives: [[1, B]] }));
  assertEquals(turn.fake.finish(edit), "wait");
  assertEquals(turn.finish(running), [edit.slot]);
  assertEquals(edit.verdict, "reply");
});

Deno.test("while a client's change is stored an administrator is told to wait", () => {
  const turn = new OrderCase();
  const edit = turn.arrive(f.reserveFrame({ src: A, rcmd: 1, macs: [A] }));
  assertEquals(edit.verdict, "save");
  assertEquals(administer(turn.fake, { masks: [B] }), "busy");
  assertEquals(turn.fake.target.isSettled, false);
  assertEquals(turn.fake.finish(edit), "reply");
  assertEquals(administer(turn.fake, { masks: [B] }), 0);
  assertEquals(turn.fake.target.settings.current.reservations, [A], "that change stands");
});

Deno.test("a new config string is advertised, other changes are not", () => {
  const ports = [fakePort({}, "eth0"), fakePort({}, "eth1")];
  const fake = new FakeExport({ ports });
  administer(fake, { masks: [A, B], reservations: [A] });
  fake.sendUnasked();
  assertEquals(fake.unasked, []);
  const config = new TextEncoder().encode("new");
  administer(fake, { config });
  fake.sendUnasked();
  const told = fake.unasked.map(({ port, frame }) => [port.name, headerOf(frame).dst]);
  assertEquals(told, [["eth0", A], ["eth0", B], ["eth1", A], ["eth1", B]]);
  assertEquals(configOf(fake.unasked[0]?.frame ?? null).string, config);
});

Deno.test("setBufferCount() changes what replies say, and advertises it", () => {
  const fake = new FakeExport({ bufferCount: 16 });
  fake.target.setBufferCount(300);
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ frame }) => configOf(frame).buffers), [300]);
  const { buffers, firmware } = configOf(fake.exchange(f.configFrame({ ccmd: 0 })));
  assertEquals([buffers, firmware], [300, 0x4012]);
});
