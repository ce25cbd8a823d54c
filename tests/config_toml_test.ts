/**
 * Where keys stand in a TOML text, and what is no TOML in it. Values come from std's parser.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parse } from "@std/toml/parse";
import { readToml } from "../lib/config/toml.ts";

const TEXT = `# a comment = 1
top = 1 # [not a table]

[server] # a comment
workers = 2
"quoted key" = '# no comment'
dotted.a . b = true

[interfaces]
[interfaces."eth0.5"]
mtu = 9000

[[export]]
path = """
[[export]]
shelf = 7
"""
accept = [
  "a", # one
  "b]",

  'c',
]
inline = { one = 1, two = { three = [ 3 ] } }
[[export]]
date = 1979-05-27 07:32:00
hex = 0x_10
`.replace("0x_10", "0x10");

Deno.test("readToml() knows the line of every table, key and element", () => {
  const { lines, faults } = readToml(TEXT);
  assertEquals(faults, []);
  assertEquals(Object.fromEntries(lines), {
    "top": 2,
    "server": 4,
    "server.workers": 5,
    'server."quoted key"': 6,
    "server.dotted": 7,
    "server.dotted.a": 7,
    "server.dotted.a.b": 7,
    "interfaces": 9,
    'interfaces."eth0.5"': 10,
    'interfaces."eth0.5".mtu': 11,
    "export": 13,
    "export[0]": 13,
    "export[0].path": 14,
    "export[0].accept": 18,
    "export[0].accept[0]": 19,
    "export[0].accept[1]": 20,
    "export[0].accept[2]": 22,
    "export[0].inline": 24,
    "export[0].inline.one": 24,
    "export[0].inline.two": 24,
    "export[0].inline.two.three": 24,
    "export[0].inline.two.three[0]": 24,
    "export[1]": 25,
    "export[1].date": 26,
    "export[1].hex": 27,
  });
});

Deno.test("readToml() has the values", () => {
  const { values } = readToml(TEXT);
  assertEquals(values["top"], 1);
  assertEquals(JSON.parse(JSON.stringify(values["server"])), {
    workers: 2,
    "quoted key": "# no comment",
    dotted: { a: { b: true } },
  });
  const tables = values["export"];
  assert(Array.isArray(tables) && tables.length === 2);
  assertEquals(tables[0].accept, ["a", "b]", "c"]);
  assertEquals(tables[0].path, "[[export]]\nshelf = 7\n");
  assertEquals(tables[1].hex, 16);
});

Deno.test("readToml() counts lines that end as on Windows", () => {
  const { lines, faults } = readToml("a = 1\r\n\r\n[t]\r\nb = [1,\r\n2]\r\nc = 3");
  assertEquals(faults, []);
  assertEquals([lines.get("a"), lines.get("t.b"), lines.get("t.b[1]"), lines.get("t.c")], [
    1,
    4,
    5,
    6,
  ]);
});

/** A text, and for each fault in it `LINE KEY: ` and how the message begins. */
const FAULTS: readonly (readonly [text: string, ...faults: readonly string[]])[] = [
  ["a = 1\na = 2", "2 a: is set already on line 1; keep one"],
  ["a = [\n1\n]\nb = 1\na = [\n2,\n]\nc = 3", "5 a: is set already on line 1"],
  ["[t]\na = 1\n[u]\n[t]\nb = 2", "4 t: is there already, on line 1"],
  ["[t]\na.b = 1\na.b = 2", "3 t.a.b: is set already on line 2"],
  ["[t]\na = 1\n[t.a]\nb = 1", "3 t.a: is there already, on line 2"],
  ["[t.a]\n[t]", "2 t: stands below tables inside it"],
  ["[[t]]\n[t]", "2 t: has two brackets elsewhere"],
  ["[t]\n[[t]]", "2 t: is something else on line 1"],
  ["t = { a = 1, a = 2 }", "1 t.a: is set already on line 1"],
  ["a = eth0", '1 a: "eth0" is no value; write text in quotes: "eth0"'],
  ["a = 010", "1 a: 010 begins with 0"],
  ["a =\nb = 1", "1 a: the value is missing"],
  ["a = # nothing", "1 a: the value is missing"],
  ["a", '1 : "=" is missing behind "a"'],
  ["a b = 1", '1 : "=" is missing behind "a"'],
  ["= 1", '1 : "= 1" is no key'],
  ["a = 1 b = 2", '1 a: "b = 2" does not belong here'],
  ['a = "x', "1 a: the text is not closed"],
  ["a = 'x\nb = 1", "1 a: the text is not closed"],
  ['a = """\nx\nb = 1', "1 a: the text is not closed"],
  ['a = "\\x"', '1 a: "\\\\x" is no escape'],
  ['a = "\\U0001F600"', '1 a: "\\\\U" is no escape'],
  ['a = ["x"\nb = 1', '1 a: "," or "]" is missing in the list'],
  ['a = [\n"x",\nb = 1\nc = nope', '2 a: "," or "]" is missing', '4 c: "nope" is no value'],
  ['a = ["x" "y"]', '1 a: "," or "]" is missing in the list'],
  ["a = { b = 1", '1 a.b: "," or "}" is missing in the table'],
  ["[t\na = 1\n[u]\nb = ?", "1 : the name of the table is not closed", '4 u.b: "?" is no value'],
  ["[[t]\na = 1", "1 : the name of the table is not closed; write ]]"],
  ["[]\na = 1", '1 : "]" is no key'],
  ["a = 1\n[__proto__.x]\nb = 1", '2 __proto__.x: "__proto__" cannot be a name'],
  ["[t]\n[t.constructor]\nb = 1", '2 t.constructor: "constructor" cannot be a name'],
  ['"" = 1', '1 "": "" cannot be a name'],
  ["a = 2024-02-30", '1 : Invalid date string "2024-02-30'],
  [`a = ${"[".repeat(30)}`, "1 a: brackets lie too deep inside each other"],
  [`a = ${"[".repeat(100_000)}`, "1 a: brackets lie too deep inside each other"],
  [`${"a.".repeat(40)}a = 1\nb = ?`, "1 : the key has more than 32 names with dots", "2 b: "],
  [`x = 1\n[${"a.".repeat(100_000)}a]`, "2 : the key has more than 32 names with dots"],
  [`${"a".repeat(200)} = 1`, "1 : the key has more than 128 characters; choose a shorter one"],
  [
    `t = { ${Array.from({ length: 65 }, (_, at) => `k${at} = 1`)} }`,
    "1 t.k63: more than 64 keys are in one table; put them on lines of their own",
  ],
  [`${"a = 1\n".repeat(20)}b = 2024-02-30`, ...Array(19).fill(""), "21 : Invalid date string"],
  ["\va = 1", '1 : "\\u000ba = 1" is no key'],
  ["a = 1\rb = 2", '1 a: "\\rb = 2" does not belong here'],
];

for (const [text, ...faults] of FAULTS) {
  Deno.test(`readToml() finds what is wrong in ${JSON.stringify(text.slice(0, 60))}`, () => {
    const found = readToml(text).faults.map(({ line, key, problem, remedy }) =>
      `${line} ${key}: ${problem}; ${remedy}`
    );
    assertEquals(found.map((message, index) => message.slice(0, faults[index]?.length)), faults);
  });
}

Deno.test("readToml() reads on behind a fault, and knows which tables lack something", () => {
  const { values, incomplete } = readToml("[a]\nx = eth0\ny = 1\n[b]\nz = 2\n[a]\ny = 3");
  assertEquals(JSON.parse(JSON.stringify(values)), { a: { y: 1 }, b: { z: 2 } });
  assertEquals([...incomplete], ["a"]);
});

Deno.test("readToml() counts a table whose header has more behind it", () => {
  const { values, lines, faults } = readToml("[[t]] x\na = 1 y\n[[t]]\na = 2\n[[t]\nb = 1");
  assertEquals(JSON.parse(JSON.stringify(values)), { t: [{ a: 1 }, { a: 2 }] });
  assertEquals([lines.get("t[0].a"), lines.get("t[1].a"), faults.length], [2, 4, 3]);
});

Deno.test("readToml() adds nothing to what all objects have", () => {
  readToml("[a.__proto__.polluted]\nb = 1\n[c]\n__proto__.polluted = 1");
  assertEquals("polluted" in {}, false);
});

Deno.test("readToml() puts together what it parses piece by piece", () => {
  const keys = Array.from({ length: 100 }, (_, at) => `k${at} = ${at}\nd.e.k${at} = [${at}]\n`);
  const text = `${keys.join("")}[[t]]\n[t.u]\n${keys.join("")}[[t]]\nv = { w = 1 }\n[t.x.y]\nz = 2`;
  const { values, faults } = readToml(text);
  assertEquals(faults, []);
  assertEquals(JSON.parse(JSON.stringify(values)), JSON.parse(JSON.stringify(parse(text))));
});

Deno.test("readToml() reads no further where very much is wrong", () => {
  const { values, faults } = readToml(`a = 1\n${"?\n".repeat(100_000)}`);
  assertEquals([Object.keys(values), faults.length], [[], 101]);
  assertEquals(faults.at(-1)?.problem, "is not read from here on: 100 mistakes are above");
});

for (
  const [what, line] of [
    ["keys", (at: number) => `k${at} = ${at}`],
    ["keys behind dots", (at: number) => `a.b.k${at} = ${at}`],
    ["tables", (at: number) => `[t${at}]`],
  ] as const
) {
  Deno.test(`readToml() takes no time that grows with the square of the ${what}`, () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => line(at));
    const startMs = performance.now();
    assertEquals(readToml(lines.join("\n")).faults, []);
    assert(performance.now() - startMs < 10_000); // it took 20 s and more
  });
}
