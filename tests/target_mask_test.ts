/**
 * Command 2, the list of MACs that are served (docs/protocol.md, "Command 2, MAC mask list").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport } from "./fake_export.ts";
import * as f from "./frames.ts";
import { configOf, headerOf, maskOf, outcomeOf, present, refusalOf } from "./replies.ts";

const [READ, EDIT] = [0, 1] as const;
const [NOP, ADD, DELETE] = [0, 1, 2] as const;
const A = f.CLIENT_MAC;
const B = f.OTHER_MAC;
const C = f.THIRD_MAC;

type Directive = readonly [directive: number, mac: number];

function edit(...directives: Directive[]): Uint8Array {
  return f.maskFrame({ mcmd: EDIT, directives });
}

/** MACs of a reply that stands for success. */
function listOf(reply: Uint8Array | null): number[] {
  const { error, directives } = maskOf(reply);
  assertEquals([refusalOf(reply).refused, error], [false, 0]);
  return directives.map(([, mac]) => mac);
}

/** The list that a read finds; `src` has to be on it. */
function read(fake: FakeExport, src = A): number[] {
  return listOf(fake.exchange(f.maskFrame({ mcmd: READ, src })));
}

Deno.test("READ carries the whole list, as directives that do nothing", () => {
  const fake = new FakeExport({ masks: [A, B, C] });
  const reply = present(fake.exchange(f.maskFrame({ mcmd: READ })));
  const directives: [number, number][] = [[NOP, A], [NOP, B], [NOP, C]];
  assertEquals(maskOf(reply), { mcmd: READ, error: 0, count: 3, directives });
  assertEquals(reply.length, 60);
  assertEquals([24, 28, 36, 44].map((at) => reply[at]), [0, 0, 0, 0], "reserved bytes");
  assertEquals(fake.operations, []);
});

Deno.test("READ ignores its directives", () => {
  const fake = new FakeExport();
  for (const count of [1, 255]) {
    const frame = f.maskFrame({ mcmd: READ, directives: [[ADD, B]], count });
    assertEquals(listOf(fake.exchange(frame)), []);
  }
  assertEquals(fake.operations, []);
});

Deno.test("directives are carried out in order", () => {
  const cases: [before: number[], directives: Directive[], after: number[]][] = [
    [[], [[ADD, A]], [A]],
    [[], [[ADD, A], [ADD, B], [ADD, C]], [A, B, C]],
    [[A, B], [[DELETE, B]], [A]],
    [[A, B], [[NOP, C]], [A, B]],
    [[A], [[ADD, B], [DELETE, B]], [A]],
    [[A, B], [[DELETE, B], [ADD, B]], [A, B]],
    [[A], [[DELETE, C]], [A]],
    [[A], [[DELETE, A]], []],
    [[A], [[ADD, A]], [A]],
    [[A], [[ADD, B], [ADD, B], [ADD, A]], [A, B]],
    [[A, B], [], [A, B]],
  ];
  for (const [before, directives, after] of cases) {
    const fake = new FakeExport({ masks: before });
    assertEquals(listOf(fake.exchange(edit(...directives))), after);
    assertEquals(read(fake), after);
  }
});

Deno.test("deleting each entry in turn leaves the others", () => {
  const masks = [A, ...f.macList(40)];
  const fake = new FakeExport({ masks });
  for (let index = 1; index < masks.length; index++) {
    fake.exchange(edit([DELETE, masks[index] ?? 0]));
    assertEquals(read(fake), [A, ...masks.slice(index + 1)]);
  }
});

Deno.test("an edit is stored before its reply", () => {
  const fake = new FakeExport();
  fake.exchange(edit([ADD, A], [ADD, B]));
  assertEquals(fake.operations, ["save"]);
  assertEquals(fake.stored?.masks, [A, B]);
});

Deno.test("adding one twice is success", () => {
  const fake = new FakeExport();
  const first = fake.exchange(edit([ADD, A]));
  assertEquals(f.hex(fake.exchange(edit([ADD, A]))), f.hex(first));
});

Deno.test("an unknown directive is MError 2 with its count, E not set, earlier ones stay", () => {
  for (const directive of [3, 128, 255]) {
    const fake = new FakeExport();
    const reply = present(fake.exchange(edit([ADD, A], [NOP, B], [directive, C], [ADD, B])));
    assertEquals(headerOf(reply).flags, 8);
    const { mcmd, error, count } = maskOf(reply);
    assertEquals({ mcmd, error, count }, { mcmd: EDIT, error: 2, count: 2 });
    assertEquals(fake.stored?.masks, [A]);
    assertEquals(read(fake), [A]);
  }
});

Deno.test("an unknown directive at the very first is count 0 and changes nothing", () => {
  const fake = new FakeExport({ masks: [A] });
  const reply = present(fake.exchange(edit([9, B], [ADD, B])));
  const { error, count } = maskOf(reply);
  assertEquals({ error, count }, { error: 2, count: 0 });
  assertEquals(reply.length, 60);
  assertEquals(f.hex(reply.slice(28)), "00".repeat(32));
  assertEquals(read(fake), [A]);
});

Deno.test("the 256th entry is MError 3 with its count, E not set, earlier ones stay", () => {
  const masks = [A, ...f.macList(253)];
  const fake = new FakeExport({ masks, mtu: 9000 });
  const reply = fake.exchange(edit([ADD, B], [ADD, A], [ADD, C], [DELETE, A]));
  assertEquals(headerOf(reply).flags, 8);
  const { error, count } = maskOf(reply);
  assertEquals({ error, count }, { error: 3, count: 2 });
  assertEquals(read(fake), [...masks, B]);
});

Deno.test("a full list still takes what is on it, nops and deletes", () => {
  const masks = [A, ...f.macList(254)];
  const fake = new FakeExport({ masks, mtu: 9000 });
  assertEquals(listOf(fake.exchange(edit([ADD, A], [NOP, B]))).length, 255);
  assertEquals(listOf(fake.exchange(edit([DELETE, masks[9] ?? 0], [ADD, B]))).length, 255);
  assertEquals(listOf(fake.exchange(edit([DELETE, B]))).length, 254);
});

Deno.test("255 entries fill a frame of 2068 bytes", () => {
  const masks = [A, ...f.macList(254)];
  const fake = new FakeExport({ mtu: 9000 });
  const adds = masks.map((mac): Directive => [ADD, mac]);
  const reply = present(fake.exchange(edit(...adds)));
  assertEquals(listOf(reply), masks);
  assertEquals(reply.length, 28 + 255 * 8);
});

Deno.test("a count beyond the frame is error 2 and nothing is done", () => {
  const cases: [directives: Directive[], count: number][] = [
    [[], 1],
    [[[ADD, A]], 2],
    [[[ADD, A], [ADD, B]], 255],
  ];
  for (const [directives, count] of cases) {
    const fake = new FakeExport();
    const frame = f.maskFrame({ mcmd: EDIT, directives, count });
    assertEquals(outcomeOf(fake.exchange(frame)), "E2", `${count} declared`);
    assertEquals(fake.operations, []);
    assertEquals(read(fake), []);
  }
  const cut = edit([ADD, A], [ADD, B]).slice(0, 43);
  assertEquals(outcomeOf(new FakeExport().exchange(cut)), "E2", "one byte is missing");
});

Deno.test("any other sub-command is error 2", () => {
  for (let mcmd = 2; mcmd < 256; mcmd++) {
    const fake = new FakeExport();
    const reply = fake.exchange(f.maskFrame({ mcmd, directives: [[ADD, B]] }));
    assertEquals(refusalOf(reply), { refused: true, error: 2 }, `sub-command ${mcmd}`);
    assertEquals(fake.operations, []);
  }
});

Deno.test("a list that does not fit the MTU is error 2 on read, never a cut list", () => {
  const cases: [count: number, mtu: number, fits: boolean][] = [
    [185, 1500, true],
    [186, 1500, false],
    [255, 1500, false],
    [255, 2054, true],
    [255, 2053, false],
    [255, 9000, true],
  ];
  for (const [count, mtu, fits] of cases) {
    const masks = [A, ...f.macList(count - 1)];
    const reply = new FakeExport({ masks, mtu }).exchange(f.maskFrame({ mcmd: READ }));
    const message = `${count} MACs, MTU ${mtu}`;
    if (fits) assertEquals(listOf(reply), masks, message);
    else assertEquals([outcomeOf(reply), present(reply).length], ["E2", 60], message);
  }
});

Deno.test("an edit that cannot be stored is not acknowledged, and the old list stays", () => {
  const fake = new FakeExport({ masks: [A, B] });
  fake.failures.set("save", 5);
  assertEquals(outcomeOf(fake.exchange(edit([DELETE, B]))), "silence");
  assertEquals(outcomeOf(fake.exchange(edit([ADD, C], [7, C]))), "silence", "nor one that stopped");
  assertEquals(read(fake), [A, B]);
});

Deno.test("an edit takes effect at once: who is not listed gets silence", () => {
  const fake = new FakeExport();
  const query = (src: number): Uint8Array | null => fake.exchange(f.configFrame({ ccmd: 0, src }));
  assertEquals(configOf(query(B)).buffers, 16);
  fake.exchange(edit([ADD, A]));
  assertEquals([query(B), query(A) === null], [null, false]);
  fake.exchange(edit([ADD, B]));
  assertEquals(query(B) === null, false);
  fake.exchange(edit([DELETE, A], [DELETE, B]));
  assertEquals(query(C) === null, false, "an empty list serves all");
});

Deno.test("a client that locks itself out still gets its reply", () => {
  const fake = new FakeExport();
  assertEquals(listOf(fake.exchange(edit([ADD, B]))), [B]);
  assertEquals(outcomeOf(fake.exchange(f.maskFrame({ mcmd: READ }))), "silence");
});

Deno.test("bytes that a directive reserves do not come back", () => {
  const frame = edit([ADD, A], [ADD, B], [9, C]);
  for (const at of [24, 26, 28, 36, 44]) frame[at] = 0xee;
  const reply = present(new FakeExport().exchange(frame));
  assertEquals([24, 28, 36].map((at) => reply[at]), [0, 0, 0]);
  assertEquals(f.hex(reply.slice(44)), "00".repeat(16));
});
