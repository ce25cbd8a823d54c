/**
 * Command 1, the config string (docs/protocol.md, "Command 1, query/config").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { FakeExport, type FakeOptions, STALE } from "./fake_export.ts";
import * as f from "./frames.ts";
import { configOf, outcomeOf, present, refusalOf } from "./replies.ts";

const [READ, TEST, PREFIX, SET, FORCE] = [0, 1, 2, 3, 4] as const;
const LONGEST = "x".repeat(1024);

function stringOf(reply: Uint8Array | null): string {
  return new TextDecoder().decode(configOf(reply).string);
}

/** The string that a query finds. */
function stored(fake: FakeExport): string {
  return stringOf(fake.exchange(f.configFrame({ ccmd: READ })));
}

/** "reply", "silence", or the error such as "E2", of one command on a fresh target. */
function ask(fields: f.ConfigFields, options: FakeOptions = {}): string {
  const reply = new FakeExport(options).exchange(f.configFrame(fields));
  if (reply === null) return "silence";
  const { refused, error } = refusalOf(reply);
  return refused ? `E${error}` : "reply";
}

Deno.test("a reply carries buffers, firmware, sector count, 0x10 | ccmd and the string", () => {
  const fake = new FakeExport({ bufferCount: 0x1234, config: "abc" });
  for (const ccmd of [READ, TEST, PREFIX, SET, FORCE]) {
    const { string, ...rest } = configOf(fake.exchange(f.configFrame({ ccmd, string: "abc" })));
    assertEquals(new TextDecoder().decode(string), "abc");
    assertEquals(rest, {
      buffers: 0x1234,
      firmware: 0x4012,
      sectors: 2,
      versionAndCommand: 0x10 | ccmd,
    });
  }
});

Deno.test("a reply is 32 bytes and the whole string, at least 60", () => {
  const cases: [config: string, size: number][] = [
    ["", 60],
    ["y".repeat(28), 60],
    ["y".repeat(29), 61],
    [LONGEST, 1056],
  ];
  for (const [config, size] of cases) {
    const reply = present(new FakeExport({ config }).exchange(f.configFrame({ ccmd: READ })));
    assertEquals(reply.length, size);
    assertEquals(stringOf(reply), config);
    assertEquals(f.hex(reply.slice(32 + config.length)), "00".repeat(size - 32 - config.length));
  }
});

Deno.test("the upper half of the sub-command's byte means nothing", () => {
  for (const ccmd of [0x00, 0x10, 0xf0]) {
    const reply = new FakeExport().exchange(f.configFrame({ ccmd }));
    assertEquals(configOf(reply).versionAndCommand, 0x10);
  }
});

Deno.test("the string is bytes, not text", () => {
  const string = Uint8Array.from({ length: 256 }, (_, at) => 255 - at);
  const fake = new FakeExport();
  fake.exchange(f.configFrame({ ccmd: SET, string }));
  assertEquals(f.hex(configOf(fake.exchange(f.configFrame({ ccmd: READ }))).string), f.hex(string));
});

Deno.test("READ ignores its argument", () => {
  const cases: Omit<f.ConfigFields, "ccmd">[] = [
    { string: "" },
    { string: "other" },
    { string: "z".repeat(1024) },
    { string: "z".repeat(1024), length: 0 },
    { length: 1024 },
    { length: 1025 },
    { length: 65535 },
  ];
  for (const fields of cases) {
    const fake = new FakeExport({ config: "abc" });
    assertEquals(stringOf(fake.exchange(f.configFrame({ ccmd: READ, ...fields }))), "abc");
    assertEquals(fake.operations, []);
  }
});

Deno.test("TEST is answered if the strings are equal", () => {
  const cases: [config: string, string: string, outcome: string][] = [
    ["abc", "abc", "reply"],
    ["", "", "reply"],
    [LONGEST, LONGEST, "reply"],
    ["abc", "ab", "silence"],
    ["abc", "", "silence"],
    ["abc", "abcd", "silence"],
    ["abc", "abd", "silence"],
    ["", "a", "silence"],
  ];
  for (const [config, string, outcome] of cases) {
    assertEquals(ask({ ccmd: TEST, string }, { config }), outcome, `${string} of ${config}`);
  }
});

Deno.test("PREFIX is answered if the argument begins the string", () => {
  const cases: [config: string, string: string, outcome: string][] = [
    ["abc", "abc", "reply"],
    ["abc", "ab", "reply"],
    ["abc", "", "reply"],
    ["", "", "reply"],
    ["abc", "bc", "silence"],
    ["abc", "abcd", "silence"],
    ["", "a", "silence"],
    [LONGEST, LONGEST.slice(1), "reply"],
  ];
  for (const [config, string, outcome] of cases) {
    assertEquals(ask({ ccmd: PREFIX, string }, { config }), outcome, `${string} of ${config}`);
  }
});

Deno.test("a TEST that differs in its last byte only is silence", () => {
  const config = "x".repeat(1023) + "y";
  assertEquals(ask({ ccmd: TEST, string: LONGEST }, { config }), "silence");
  assertEquals(ask({ ccmd: PREFIX, string: LONGEST }, { config }), "silence");
});

Deno.test("SET stores where there is no string", () => {
  for (const string of ["a", LONGEST]) {
    const fake = new FakeExport();
    const reply = fake.exchange(f.configFrame({ ccmd: SET, string }));
    assertEquals(stringOf(reply), string);
    assertEquals(fake.operations, ["save"]);
    assertEquals(new TextDecoder().decode(fake.stored?.config), string);
    assertEquals(stored(fake), string);
  }
});

Deno.test("SET of the identical string is success: a retransmitted set is a duplicate", () => {
  const fake = new FakeExport();
  const frame = f.configFrame({ ccmd: SET, string: "abc" });
  const first = fake.exchange(frame);
  assertEquals(f.hex(fake.exchange(frame)), f.hex(first));
  assertEquals(refusalOf(first).refused, false);
});

Deno.test("SET over another string is error 4 with the existing string", () => {
  for (const string of ["ab", "abcd", "xyz", ""]) {
    const fake = new FakeExport({ config: "abc" });
    const reply = fake.exchange(f.configFrame({ ccmd: SET, string }));
    assertEquals(refusalOf(reply), { refused: true, error: 4 }, string);
    assertEquals(stringOf(reply), "abc", string);
    assertEquals(configOf(reply).versionAndCommand, 0x13, string);
    assertEquals(fake.operations, [], string);
    assertEquals(stored(fake), "abc", string);
  }
});

Deno.test("FORCE stores whatever there is, the empty string too", () => {
  for (const string of ["", "ab", "xyz", LONGEST]) {
    const fake = new FakeExport({ config: "abc" });
    const reply = fake.exchange(f.configFrame({ ccmd: FORCE, string }));
    assertEquals(refusalOf(reply).refused, false, string);
    assertEquals(stringOf(reply), string);
    assertEquals(new TextDecoder().decode(fake.stored?.config), string);
    assertEquals(stored(fake), string);
  }
});

Deno.test("any other sub-command is error 2", () => {
  for (let ccmd = 5; ccmd < 16; ccmd++) {
    assertEquals(ask({ ccmd, string: "abc" }, { config: "abc" }), "E2", `sub-command ${ccmd}`);
  }
});

Deno.test("a string over 1024 bytes is error 2 for 3 and 4, silence for 1 and 2", () => {
  const string = "x".repeat(1025);
  const cases: [ccmd: number, outcome: string][] = [
    [TEST, "silence"],
    [PREFIX, "silence"],
    [SET, "E2"],
    [FORCE, "E2"],
  ];
  for (const [ccmd, outcome] of cases) {
    assertEquals(ask({ ccmd, string }, { config: LONGEST }), outcome, `sub-command ${ccmd}`);
    assertEquals(ask({ ccmd, string }), outcome, `sub-command ${ccmd}, no string`);
  }
});

Deno.test("a string longer than the frame is error 2 for 3 and 4, silence for 1 and 2", () => {
  const cases: [ccmd: number, outcome: string][] = [
    [TEST, "silence"],
    [PREFIX, "silence"],
    [SET, "E2"],
    [FORCE, "E2"],
  ];
  for (const [ccmd, outcome] of cases) {
    // What lies behind the frame in memory would match.
    const config = Uint8Array.of(0x61, 0x62, 0x63, STALE, STALE);
    assertEquals(ask({ ccmd, string: "abc", length: 5 }, { config }), outcome);
    assertEquals(ask({ ccmd, string: "abc", length: 4 }), outcome);
    assertEquals(ask({ ccmd, length: 65535 }), outcome);
  }
});

Deno.test("a refused string leaves the old one", () => {
  for (const fields of [{ length: 1025 }, { string: "abc", length: 4 }]) {
    const fake = new FakeExport({ config: "old" });
    fake.exchange(f.configFrame({ ccmd: FORCE, ...fields }));
    assertEquals(fake.operations, []);
    assertEquals(stored(fake), "old");
  }
});

Deno.test("a string that cannot be stored is not acknowledged, and the old one stays", () => {
  for (const [ccmd, config] of [[SET, ""], [FORCE, "old"]] as const) {
    const fake = new FakeExport({ config });
    fake.failures.set("save", 28);
    const frame = f.configFrame({ ccmd, string: "new" });
    assertEquals(outcomeOf(fake.exchange(frame)), "silence");
    assertEquals(fake.operations, ["save"]);
    assertEquals(stored(fake), config);
    fake.failures.clear();
    assertEquals(stringOf(fake.exchange(frame)), "new", "it can be asked again");
  }
});

Deno.test("the old string is there until the new one is stored", () => {
  const fake = new FakeExport({ config: "old" });
  const request = fake.arrive(f.configFrame({ ccmd: FORCE, string: "new" }), 0);
  assertEquals(request.verdict, "save");
  const query = fake.arrive(f.configFrame({ ccmd: READ }), 1);
  assertEquals(stringOf(fake.replyIn(query)), "old");
  assertEquals(fake.finish(request), "reply");
  assertEquals(stringOf(fake.replyIn(request)), "new");
});

Deno.test("a second change is not acknowledged while one is being stored", () => {
  const fake = new FakeExport();
  const first = fake.arrive(f.configFrame({ ccmd: SET, string: "one" }), 0);
  const second = fake.arrive(f.configFrame({ ccmd: SET, string: "two" }), 1);
  assertEquals([first.verdict, second.verdict], ["save", "drop"]);
  fake.finish(first);
  assertEquals(stored(fake), "one");
});

Deno.test("a reservation or a fault does not touch command 1", () => {
  const fake = new FakeExport({ reservations: [f.OTHER_MAC] });
  fake.failures.set("flush", 5);
  fake.exchange(f.ataFrame({ opcode: 0xe7, src: f.OTHER_MAC }));
  assertEquals(stringOf(fake.exchange(f.configFrame({ ccmd: SET, string: "abc" }))), "abc");
});
