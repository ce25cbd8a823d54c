/**
 * docs/dblade.toml against the table of keys, and what is left of it when it is cut or scrambled.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXPORT_KEYS, INTERFACE_KEYS, SERVER_KEYS } from "../lib/config/keys.ts";
import { formatMistake, isTable } from "../lib/config/mistakes.ts";
import { readServiceConfig } from "../lib/config/read.ts";
import { readToml } from "../lib/config/toml.ts";
import { joinName } from "../lib/config/toml_names.ts";
import { Random } from "./random.ts";
import { readText } from "./sources.ts";

const SAMPLE = readText("docs/dblade.toml");
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 77);
const RUNS = Number(Deno.env.get("FUZZ_RUNS") ?? 3000);

Deno.test("the sample has every key, below its meaning and what counts without it", () => {
  for (const { name, help, fallback } of [...SERVER_KEYS, ...INTERFACE_KEYS, ...EXPORT_KEYS]) {
    assertStringIncludes(SAMPLE, `\n# ${help} [${fallback}]\n${name} = `);
  }
});

Deno.test("the samples in docs/service.md are good, and its mistakes are what is said", () => {
  const text = readText("docs/service.md");
  const [, sample = ""] = /```toml\n([^]*?)```/.exec(text) ?? [];
  assertEquals(readServiceConfig("F", sample).mistakes, undefined);
  const wrong =
    `[acls]\nhosts = ["02005e100001"]\n[server]\nbussy-poll = 1\n[[export]]\nshelf = 0\n` +
    `slot = 0\npath = "/a"\naccept = ["hots"]\n[[export]]\nshelf = 0\nslot = 0\npath = "/b"\n`;
  const withoutLines = (line: string): string => line.replaceAll(/:[0-9]+:|line [0-9]+/g, "");
  const told = readServiceConfig("new.toml", wrong).mistakes ?? [];
  assertEquals(told.length, 3);
  for (const mistake of told) {
    assertStringIncludes(withoutLines(text), withoutLines(formatMistake(mistake)));
  }
});

/** The names of all that is in a value. */
function* namesIn(value: unknown, path: string): Generator<string> {
  if (path !== "") yield path;
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) yield* namesIn(element, `${path}[${index}]`);
  } else if (isTable(value)) {
    for (const [key, inner] of Object.entries(value)) yield* namesIn(inner, joinName(path, key));
  }
}

/** What a text may be spoilt with. */
const BITS = [
  ..."[]{}\"'=.,#\\\n\r\t \0\x7fé\u2028\ud800_-+0x",
  '"""',
  "'''",
  "[[export]]",
  "[server]",
  "[export.x]",
  "export = [",
  "a = { b = [ {",
  "__proto__ = 1",
  "constructor.x = 1",
  "nan",
  "-inf",
  "1979-05-27T07:32:00Z",
  "9999999999999999999999",
  "1e400",
  '"\\ud800"',
  '"\\u0000"',
];

/** The sample, cut, with a few things put in, taken out, doubled or moved. */
function spoilt(random: Random): string {
  let text = random.oneIn(3) ? SAMPLE.slice(0, random.below(SAMPLE.length)) : SAMPLE;
  for (let changes = random.below(8); changes >= 0; changes--) {
    const [at, to] = [random.below(text.length + 1), random.below(text.length + 1)];
    const end = Math.min(text.length, at + random.below(40));
    const piece = text.slice(at, end);
    const without = text.slice(0, at) + text.slice(end);
    const way = random.below(4);
    if (way === 0) text = text.slice(0, at) + random.pick(BITS) + text.slice(at);
    else if (way === 1) text = without;
    else if (way === 2) text = text.slice(0, to) + piece + text.slice(to);
    else text = without.slice(0, to) + piece + without.slice(to);
  }
  return text;
}

Deno.test(`${RUNS} spoilt samples of seed ${SEED} give mistakes at lines that there are`, () => {
  const random = new Random(SEED);
  let good = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = spoilt(random);
    const startMs = performance.now();
    const file = readServiceConfig("F", text);
    const tookMs = performance.now() - startMs;
    assert(tookMs < 5000, `run ${run} took ${tookMs} ms`);
    if (file.mistakes === undefined) good++;
    else assert(file.mistakes.length > 0);
    // The values are another parser's: all of them must have been seen by the scan, too.
    const toml = readToml(text);
    for (const name of namesIn(toml.values, "")) assert(toml.lines.has(name), name);
    const lines = text.split("\n").length;
    for (const mistake of file.mistakes ?? []) {
      const told = formatMistake(mistake);
      assert(mistake.line >= 1 && mistake.line <= lines, told);
      assert(/^F:[0-9]+: [^]+; [^]+$/.test(told), told);
    }
  }
  // Changes of comments alone do no harm; a reader that finds fault with all, or none, is broken.
  assert(good > RUNS / 100 && good < RUNS / 2, `${good} of ${RUNS} were good`);
  assertEquals(Object.keys(Object.prototype), []);
});

Deno.test("every beginning of the sample is read", () => {
  for (let end = 0; end < SAMPLE.length; end += 7) readServiceConfig("F", SAMPLE.slice(0, end));
});

Deno.test("long texts of one sign are read in time", () => {
  for (
    const bit of ["[", '"', "'", "{", "\\", "a=[", "a={b=", "[a", "a.", "#", "\n", " ", '"""', "="]
  ) {
    const startMs = performance.now();
    readServiceConfig("F", bit.repeat(200_000));
    const tookMs = performance.now() - startMs;
    assert(tookMs < 10_000, `${JSON.stringify(bit)} took ${tookMs} ms`);
  }
});
