/**
 * Command 3, who has the disk to himself (docs/protocol.md, "Command 3, reserve/release").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { ataOf, outcomeOf, present, refusalOf, reserveOf } from "./replies.ts";

const [READ, SET, FORCE] = [0, 1, 2] as const;
const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const C = f.THIRD_MAC;
/** What a client may ask of a disk that others reserved. */
const FREE = [0xec, 0xe5, 0xb0];

/** The list that a read finds. */
function read(fake: FakeExport): number[] {
  return reserveOf(fake.exchange(f.reserveFrame({ rcmd: READ }))).macs;
}

Deno.test("READ carries the list", () => {
  for (const reservations of [[], [B], [B, A, C]]) {
    const fake = new FakeExport({ reservations });
    const reply = present(fake.exchange(f.reserveFrame({ rcmd: READ })));
    assertEquals(reserveOf(reply), {
      rcmd: READ,
      count: reservations.length,
      macs: reservations,
    });
    assertEquals(reply.length, 60);
    assertEquals(fake.operations, []);
  }
});

Deno.test("READ ignores its MACs", () => {
  const fake = new FakeExport({ reservations: [B] });
  for (const count of [1, 255]) {
    const frame = f.reserveFrame({ rcmd: READ, macs: [A], count });
    assertEquals(reserveOf(fake.exchange(frame)).macs, [B]);
  }
});

Deno.test("SET needs an empty list or its source on it; the reply carries the list", () => {
  const cases: [before: number[], macs: number[], error: number, after: number[]][] = [
    [[], [A], 0, [A]],
    [[], [B, C], 0, [B, C]],
    [[A], [A, B], 0, [A, B]],
    [[B, A], [B], 0, [B]],
    [[A], [], 0, []],
    [[], [], 0, []],
    [[B], [A], 6, [B]],
    [[B, C], [], 6, [B, C]],
    [[B], [B], 6, [B]],
  ];
  for (const [reservations, macs, error, after] of cases) {
    const fake = new FakeExport({ reservations });
    const reply = fake.exchange(f.reserveFrame({ rcmd: SET, macs }));
    assertEquals(refusalOf(reply), { refused: error !== 0, error }, `${reservations} to ${macs}`);
    assertEquals(reserveOf(reply), { rcmd: SET, count: after.length, macs: after });
    assertEquals(read(fake), after);
  }
});

Deno.test("SET goes by the source MAC, not by the destination", () => {
  const fake = new FakeExport({ reservations: [f.TARGET_MAC] });
  assertEquals(outcomeOf(fake.exchange(f.reserveFrame({ rcmd: SET, macs: [A] }))), "E6");
});

Deno.test("FORCE sets whoever is on the list", () => {
  for (const macs of [[], [A], [C, A]]) {
    const fake = new FakeExport({ reservations: [B] });
    const reply = fake.exchange(f.reserveFrame({ rcmd: FORCE, macs }));
    assertEquals(refusalOf(reply).refused, false);
    assertEquals(reserveOf(reply), { rcmd: FORCE, count: macs.length, macs });
    assertEquals(fake.stored?.reservations, macs);
    assertEquals(read(fake), macs);
  }
});

Deno.test("a change is stored before its reply", () => {
  const fake = new FakeExport();
  const request = fake.arrive(f.reserveFrame({ rcmd: SET, macs: [A] }), 0);
  assertEquals(request.verdict, "save");
  assertEquals(fake.target.settings.pending.reservations, [A]);
  assertEquals(fake.target.settings.current.reservations, []);
  assertEquals(fake.target.complete(request, 0), "reply");
});

Deno.test("a change that cannot be stored is not acknowledged, and the old list stays", () => {
  for (const rcmd of [SET, FORCE]) {
    const fake = new FakeExport({ reservations: [A] });
    fake.failures.set("save", 28);
    assertEquals(outcomeOf(fake.exchange(f.reserveFrame({ rcmd, macs: [] }))), "silence");
    assertEquals(read(fake), [A]);
    assertEquals(outcomeOf(fake.exchange(f.ataFrame({ opcode: 0x24, count: 1, src: B }))), "E6");
  }
});

Deno.test("a retransmitted change is answered alike", () => {
  const fake = new FakeExport();
  for (const macs of [[A, B], []]) {
    const frame = f.reserveFrame({ rcmd: SET, macs });
    const first = fake.exchange(frame);
    assertEquals(f.hex(fake.exchange(frame)), f.hex(first));
  }
});

Deno.test("a count beyond the frame is error 2 and nothing is done", () => {
  for (const rcmd of [SET, FORCE]) {
    for (const [macs, count] of [[[], 1], [[A], 2], [[A, B], 255]] as const) {
      const fake = new FakeExport();
      const reply = fake.exchange(f.reserveFrame({ rcmd, macs, count }));
      assertEquals(refusalOf(reply), { refused: true, error: 2 }, `${count} declared`);
      assertEquals(fake.operations, []);
      assertEquals(read(fake), []);
    }
    const cut = f.reserveFrame({ rcmd, macs: [A, B] }).slice(0, 37);
    assertEquals(outcomeOf(new FakeExport().exchange(cut)), "E2", "one byte is missing");
  }
});

Deno.test("any other sub-command is error 2", () => {
  for (let rcmd = 3; rcmd < 256; rcmd++) {
    const fake = new FakeExport();
    const reply = fake.exchange(f.reserveFrame({ rcmd, macs: [A] }));
    assertEquals(refusalOf(reply), { refused: true, error: 2 }, `sub-command ${rcmd}`);
    assertEquals(fake.operations, []);
  }
});

Deno.test("a list that does not fit the MTU is error 2 on read, never a cut list", () => {
  const cases: [count: number, mtu: number, fits: boolean][] = [
    [248, 1500, true],
    [249, 1500, false],
    [255, 1542, true],
    [255, 1541, false],
    [255, 9000, true],
  ];
  for (const [count, mtu, fits] of cases) {
    const reservations = f.macList(count);
    const reply = new FakeExport({ reservations, mtu }).exchange(f.reserveFrame({ rcmd: READ }));
    const message = `${count} MACs, MTU ${mtu}`;
    if (fits) assertEquals(reserveOf(reply).macs, reservations, message);
    else assertEquals([outcomeOf(reply), present(reply).length], ["E2", 60], message);
  }
});

Deno.test("a list that does not fit the MTU is enforced in full", () => {
  const reservations = f.macList(255);
  const fake = new FakeExport({ reservations });
  for (const src of [...reservations, A]) {
    const outcome = outcomeOf(fake.exchange(f.ataFrame({ opcode: 0x24, count: 1, src })));
    assertEquals(outcome, src === A ? "E6" : "40/00");
  }
});

Deno.test("while others have it, all ATA commands but three are error 6, nothing done", () => {
  for (let opcode = 0; opcode < 256; opcode++) {
    const fake = new FakeExport({ reservations: [B] });
    const data = f.sectorsOf(1);
    const frame = f.ataFrame({ opcode, feature: 0xda, count: 1, lba: 0xc24f00, aflags: 3, data });
    const reply = present(fake.exchange(frame));
    const message = `opcode ${opcode}`;
    assertEquals(fake.operations, [], message);
    if (FREE.includes(opcode)) {
      assertEquals(outcomeOf(reply), "40/00", message);
    } else {
      assertEquals(refusalOf(reply), { refused: true, error: 6 }, message);
      assertEquals(reply.length, 60, message);
      assertEquals([ataOf(reply).aflags, ataOf(reply).lba], [3, 0xc24f00], message);
      assertEquals(f.hex(reply.slice(34)), "00".repeat(26), message);
    }
  }
});

Deno.test("error 6 goes before the lengths of a command", () => {
  const fake = new FakeExport({ reservations: [B] });
  assertEquals(outcomeOf(fake.exchange(f.ataFrame({ opcode: 0x34, count: 2 }))), "E6");
});

Deno.test("who is on the list is served", () => {
  const data = f.sectorsOf(1);
  for (const src of [A, B]) {
    const fake = new FakeExport({ reservations: [A, B] });
    const reply = fake.exchange(f.ataFrame({ opcode: 0x34, count: 1, data, src }));
    assertEquals(outcomeOf(reply), "40/00");
  }
});

Deno.test("commands 1, 2 and 3 are served while others have it", () => {
  const frames = [
    f.configFrame({ ccmd: 0 }),
    f.configFrame({ ccmd: 3, string: "abc" }),
    f.maskFrame({ mcmd: 0 }),
    f.maskFrame({ mcmd: 1, directives: [[1, A]] }),
    f.reserveFrame({ rcmd: 0 }),
    f.reserveFrame({ rcmd: 2, macs: [B] }),
  ];
  for (const frame of frames) {
    const fake = new FakeExport({ reservations: [B] });
    assertEquals(refusalOf(fake.exchange(frame)).refused, false);
  }
});

Deno.test("a change takes effect at once, zero entries release", () => {
  const fake = new FakeExport();
  const write = f.ataFrame({ opcode: 0x34, count: 1, data: f.sectorsOf(1), src: B });
  assertEquals(outcomeOf(fake.exchange(write)), "40/00");
  fake.exchange(f.reserveFrame({ rcmd: SET, macs: [A] }));
  assertEquals(outcomeOf(fake.exchange(write)), "E6");
  fake.exchange(f.reserveFrame({ rcmd: SET, macs: [] }));
  assertEquals(outcomeOf(fake.exchange(write)), "40/00");
});
