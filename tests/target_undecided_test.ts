/**
 * A target whose stored state could not be read (docs/protocol.md, "Undecided"): it is not known
 * for whom the disk was reserved, so nothing is written and nothing set until that is decided.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { configOf, headerOf, outcomeOf, refusalOf } from "./replies.ts";

const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const DATA = f.sectorsOf(1);
const RANGE = f.withTail(Uint8Array.from([...f.littleEndian(1, 6), 1, 0]), 504, 0);
const TRIM = f.ataFrame({ opcode: 6, aflags: 0x41, feature: 1, count: 1, data: RANGE });
const WRITE = f.ataFrame({ opcode: 0x34, lba: 1, count: 1, data: DATA });

/** Frames that would change the disk, with every write command. */
const WRITES: readonly Uint8Array[] = [
  ...[0x30, 0x34, 0x35, 0xca].map((opcode) => f.ataFrame({ opcode, lba: 1, count: 1, data: DATA })),
  f.ataFrame({ opcode: 0x34, lba: 1, count: 0 }),
  f.ataFrame({ opcode: 0x34, lba: 10_000_000, count: 1, data: DATA }),
  TRIM,
];

/** Frames that would change the settings, and those that would leave them as they seem to be. */
const SETS: readonly Uint8Array[] = [
  f.configFrame({ ccmd: 3, string: "x" }),
  f.configFrame({ ccmd: 4, string: "x" }),
  f.configFrame({ ccmd: 3, string: "" }),
  f.configFrame({ ccmd: 4, string: "" }),
  f.maskFrame({ mcmd: 1, directives: [[1, A]] }),
  f.maskFrame({ mcmd: 1, directives: [] }),
  f.maskFrame({ mcmd: 1, directives: [[2, B]] }),
  f.reserveFrame({ rcmd: 1, macs: [A] }),
  f.reserveFrame({ rcmd: 2, macs: [A] }),
  f.reserveFrame({ rcmd: 1, macs: [] }),
  f.reserveFrame({ rcmd: 2, macs: [] }),
];

/** Frames that ask or read, and the outcome. */
const QUESTIONS: readonly (readonly [frame: Uint8Array, outcome: string])[] = [
  [f.ataFrame({ opcode: 0x24, lba: 3, count: 1 }), "40/00"],
  [f.ataFrame({ opcode: 0x42, lba: 3, count: 1 }), "40/00"],
  [f.ataFrame({ opcode: 0xec, count: 1 }), "40/00"],
  [f.ataFrame({ opcode: 0xe7 }), "40/00"],
  [f.ataFrame({ opcode: 0xea }), "40/00"],
  [f.configFrame({ ccmd: 0 }), "E0"],
  [f.configFrame({ ccmd: 1, string: "" }), "E0"],
  [f.maskFrame({ mcmd: 0 }), "E0"],
  [f.reserveFrame({ rcmd: 0 }), "E0"],
  [f.configFrame({ ccmd: 9 }), "E2"],
];

/** What a reply says, of command 0 or another one. */
function said(reply: Uint8Array<ArrayBuffer> | null): string {
  return reply?.[19] === 0 ? outcomeOf(reply) : `E${refusalOf(reply).error}`;
}

Deno.test("an undecided target answers writes as a faulted one does", () => {
  for (const frame of WRITES) {
    for (const durable of [false, true]) {
      const fake = new FakeExport({ undecided: true, durable });
      assertEquals(outcomeOf(fake.exchange(frame)), "61/04");
      assertEquals(fake.operations, []);
      assertEquals(fake.target.disk.faulted, false);
    }
  }
});

Deno.test("an undecided target acknowledges no set and changes nothing", () => {
  for (const frame of SETS) {
    const fake = new FakeExport({ undecided: true });
    const before = fake.target.settings.current;
    assertEquals(fake.exchange(frame), null);
    assertEquals([fake.operations, fake.unasked], [[], []]);
    assertEquals(fake.target.settings.current, before);
    assertEquals(fake.target.counts.notStored, 1);
  }
});

Deno.test("an undecided target reads, flushes and answers questions", () => {
  for (const [frame, outcome] of QUESTIONS) {
    const fake = new FakeExport({ undecided: true });
    assertEquals(said(fake.exchange(frame)), outcome);
    assertEquals(fake.target.counts.notStored, 0);
  }
});

Deno.test("an undecided target keeps to the masks and lists that are known", () => {
  const fake = new FakeExport({ undecided: true, masks: [A, B], access: { deny: [B] } });
  const read = (src: number): string =>
    outcomeOf(fake.exchange(f.ataFrame({ src, opcode: 0x24, count: 1 })));
  assertEquals([A, B, f.THIRD_MAC].map(read), ["40/00", "silence", "silence"]);
});

Deno.test("once it is decided the target serves all, by the state that was decided on", () => {
  const fake = new FakeExport({ undecided: true });
  assertEquals(outcomeOf(fake.exchange(WRITE)), "61/04");
  const config = new TextEncoder().encode("mended");
  fake.target.decide({ config, masks: [A, B], reservations: [A] });
  fake.sendUnasked();
  assertEquals(fake.unasked.map(({ frame }) => headerOf(frame).dst), [A, B]);
  assertEquals(configOf(fake.unasked[0]?.frame ?? null).string, config);
  assertEquals(outcomeOf(fake.exchange(WRITE)), "40/00");
  assertEquals(outcomeOf(fake.exchange(TRIM)), "40/00");
  const other = f.ataFrame({ src: B, opcode: 0x24, count: 1 });
  assertEquals(outcomeOf(fake.exchange(other)), "E6");
  assertEquals(said(fake.exchange(f.reserveFrame({ rcmd: 1, macs: [] }))), "E0");
  assertEquals(fake.target.settings.current.reservations, []);
});

Deno.test("a decision is made once: later ones change nothing", () => {
  for (const undecided of [false, true]) {
    const fake = new FakeExport({ undecided, reservations: [A] });
    if (undecided) fake.target.decide({ ...fake.target.settings.current, reservations: [A] });
    fake.target.decide({ ...fake.target.settings.current, reservations: [] });
    assertEquals(fake.target.settings.current.reservations, [A]);
  }
});

Deno.test("an administrator changes nothing before it is decided", () => {
  const fake = new FakeExport({ undecided: true });
  const stored: unknown[] = [];
  const change = () =>
    fake.target.administer((state) => ({ ...state, masks: [A] }), (state) => stored.push(state));
  assertEquals(change(), "undecided");
  assertEquals(stored, []);
});

Deno.test("a read-only target that is undecided aborts writes as it always does", () => {
  const fake = new FakeExport({ undecided: true, readOnly: true });
  assertEquals(outcomeOf(fake.exchange(WRITE)), "41/04");
});
