/**
 * What the lines of the control socket mean, and what is said of bad ones.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerLine, parseReply } from "../lib/control/protocol.ts";
import { parseRequest, requestLine } from "../lib/control/request.ts";
import { SystemError } from "../lib/error.ts";
import { LineReader } from "../lib/socket/lines.ts";
import { FakeService } from "./fake_service.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

async function reply(service: FakeService, text: string): Promise<Record<string, unknown>> {
  return JSON.parse(await answerLine(service, encode(text)) ?? "null");
}

for (
  const [question, call] of [
    [{ command: "status" }, ["status"]],
    [{ command: "reload" }, ["reload"]],
    [{ command: "add", keys: { shelf: 0, path: "/x" } }, ["add", { shelf: 0, path: "/x" }]],
    [{ command: "remove", export: "e0.1" }, ["remove", "e0.1"]],
    [{ command: "set", export: "e0.1", keys: { sync: true } }, ["set", "e0.1", { sync: true }]],
    [{ command: "announce" }, ["announce", undefined]],
    [{ command: "announce", export: "e0.1" }, ["announce", "e0.1"]],
    [
      { command: "acl", export: "e0.1", list: "mask", edit: "add", macs: ["x"] },
      ["access", "e0.1", "mask", "add", ["x"]],
    ],
    [{ command: "state-show", export: "e0.1" }, ["showState", "e0.1"]],
    [{ command: "state-clear", export: "e0.1" }, ["clearState", "e0.1"]],
  ] as const
) {
  Deno.test(`the line of ${JSON.stringify(question)} is carried out`, async () => {
    const service = new FakeService();
    const { id, ok } = await reply(service, requestLine(7, question));
    assertEquals([id, ok, service.asked], [7, true, [call]]);
  });
}

Deno.test("a list of MACs may be left out, as for ls, and ids may be text or missing", async () => {
  const service = new FakeService();
  const text = '{"id":"a","command":"acl","export":"e0.1","list":"reserve","edit":"ls"}';
  assertEquals(await reply(service, text), { id: "a", ok: true, result: service.macs });
  assertEquals((await reply(service, '{"command":"status"}\r')).id, null);
});

for (
  const [text, id, ...says] of [
    ["{", null, "no JSON"],
    ["[]", null, "no JSON object"],
    ["null", null, "no JSON object"],
    ["7", null, "no JSON object"],
    ["{}", null, '"command" is missing', "status, reload, add"],
    ['{"id":[],"command":"status"}', null, '"id" must be'],
    ['{"id":2,"command":"statsu"}', 2, '"command" is "statsu"', 'did you mean "status"?'],
    ['{"id":2,"command":7}', 2, '"command" is 7'],
    ['{"id":2,"command":"__proto__"}', 2, '"command" is "__proto__"'],
    ['{"id":2,"command":"status","__proto__":1}', 2, 'Unknown field "__proto__"'],
    ['{"id":2,"command":"remove"}', 2, '"export" is missing'],
    ['{"id":2,"command":"remove","export":5}', 2, '"export" is 5', "must be text"],
    ['{"id":2,"command":"remove","export":""}', 2, '"export" is ""'],
    ['{"id":2,"command":"remove","exprt":"e0.1"}', 2, 'Unknown field "exprt"', '"export"?'],
    ['{"id":2,"command":"add"}', 2, '"keys" is missing'],
    ['{"id":2,"command":"add","keys":[1]}', 2, '"keys" is [1]'],
    ['{"id":2,"command":"set","export":"e0.1","keys":"x"}', 2, '"keys" is "x"'],
    ['{"id":2,"command":"acl","export":"e0.1","list":"masks","edit":"ls"}', 2, '"mask"?'],
    ['{"id":2,"command":"acl","export":"e0.1","list":"mask","edit":"rm"}', 2, "ls, add, del"],
    [
      '{"id":2,"command":"acl","export":"e0.1","list":"mask","edit":"add","macs":[1]}',
      2,
      '"macs" is [1]',
    ],
    [
      '{"id":2,"command":"acl","export":"e0.1","list":"mask","edit":"set"}',
      2,
      '"macs" is missing',
      '"clear"',
    ],
    [
      '{"id":2,"command":"acl","export":"e0.1","list":"reserve","edit":"set","macs":[]}',
      2,
      '"macs" is empty',
      '"clear"',
    ],
    [`{"id":2,"command":"${"x".repeat(999)}"}`, 2, "xxx..."],
  ] as const
) {
  Deno.test(`the request ${text.slice(0, 80)} is refused`, async () => {
    const service = new FakeService();
    const answer = await reply(service, text);
    assertEquals([answer.id, answer.ok, answer.usage], [id, false, true]);
    for (const part of says) assertStringIncludes(`${answer.error}`, part);
    assert(`${answer.error}`.length < 400);
    assertEquals(service.asked, []);
  });
}

Deno.test("bytes that are no UTF-8 are refused, blank lines have no answer", async () => {
  const service = new FakeService();
  const bad = Uint8Array.of(0x7b, 0xff, 0x7d);
  assertStringIncludes(await answerLine(service, bad) ?? "", "no UTF-8");
  for (const text of ["", " ", "\r"]) assertEquals(parseRequest(encode(text)), undefined);
});

Deno.test("what the service throws is told, and a bug of its is no end", async () => {
  const service = new FakeService();
  const unknown = await reply(service, '{"id":1,"command":"remove","export":"e9.9"}');
  assertEquals(unknown, { id: 1, ok: false, error: 'there is no export "e9.9"', usage: true });
  service.failure = new SystemError("the disk is gone", "open", 5);
  const failed = await reply(service, '{"id":1,"command":"status"}');
  assertEquals(failed, { id: 1, ok: false, error: "the disk is gone" });
  service.failure = new TypeError("oops");
  const bug = await reply(service, '{"id":1,"command":"status"}');
  assertStringIncludes(`${bug.error}`, "bug in dblade");
});

Deno.test("parseReply() takes replies and nothing else", () => {
  const parse = (text: string) => parseReply(encode(text));
  assertEquals(parse('{"id":1,"ok":true,"result":[]}'), { id: 1, ok: true, result: [] });
  const failed = { id: null, ok: false, error: "x", usage: true } as const;
  assertEquals(parse(JSON.stringify(failed)), failed);
  for (const text of ["", "{}", "[]", '{"id":1}', '{"id":1,"ok":false}', '{"ok":true}']) {
    assertEquals(parse(text), undefined, text);
  }
});

/** The lines of chunks, as they come. */
async function linesOf(sizeMax: number, chunks: readonly string[]): Promise<readonly string[]> {
  const queue = chunks.map(encode);
  const read = (into: Uint8Array): Promise<number | null> => {
    const chunk = queue.shift();
    if (chunk === undefined) return Promise.resolve(null);
    into.set(chunk);
    return Promise.resolve(chunk.length);
  };
  const write = (bytes: Uint8Array): Promise<number> => Promise.resolve(bytes.length);
  const reader = new LineReader({ read, write, close: () => {} }, sizeMax);
  const lines: string[] = [];
  for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
    lines.push(line.kind === "long" ? "(long)" : new TextDecoder().decode(line.bytes));
  }
  return lines;
}

for (
  const [chunks, lines] of [
    [[], []],
    [["ab\n"], ["ab"]],
    [["a", "b", "\n"], ["ab"]],
    [["ab\ncd\nef\n"], ["ab", "cd", "ef"]],
    [["ab\nc", "d\n\ne"], ["ab", "cd", "", "e"]],
    [["\n"], [""]],
    [["1234\n"], ["1234"]],
    [["12345\n6\n"], ["(long)", "6"]],
    [["123", "45", "67", "89\n6\n"], ["(long)", "6"]],
    [["12345"], ["(long)"]],
    [["12345\n12345\n1\n"], ["(long)", "(long)", "1"]],
  ] as const
) {
  Deno.test(`LineReader makes ${JSON.stringify(lines)} of ${JSON.stringify(chunks)}`, async () => {
    assertEquals(await linesOf(4, chunks), lines);
  });
}
