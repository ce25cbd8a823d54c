/**
 * Patterns for names, held against examples, and against regular expressions on random ones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { matchesGlob } from "../lib/glob.ts";
import { Random } from "./random.ts";

const EXAMPLES: readonly (readonly [pattern: string, yes: string, no: string])[] = [
  ["eth0", "eth0", "eth00 eth eth ETH0 0eth0"],
  ["eth*", "eth eth0 eth10 eth*", "et xeth0 lo"],
  ["*", "lo eth0 *", ""],
  ["?", "l 0 é \u{1f600}", "lo"],
  ["eth?", "eth0 eth*", "eth eth10"],
  ["en*s?f[0-3]", "enp1s0f0 ens2f3 en-s-s1f2", "enp1s0f4 enp1s0f enp1sf0"],
  ["*.*", "eth0.7 . a.b.c", "eth0"],
  ["*a*b", "ab aab acb abab", "a b ba aba"],
  ["[ae]*", "a eth0", "lo"],
  ["[!v]*", "eth0 lo", "veth0 v"],
  ["eth[!0-3]", "eth4 ethx eth-", "eth0 eth2 eth3 eth eth44"],
  ["[]]", "]", "[ []]"],
  ["[!]]", "[ a", "]"],
  ["[a-]", "a -", "b ]"],
  ["[-a]", "a -", "b"],
  ["[b-a]", "", "a b -"],
  ["[a-cx-z]", "a b c x y z", "d w -"],
  ["[!]", "[!]", "! a"],
  ["[", "[", "a"],
  ["eth[0", "eth[0", "eth0"],
  ["a.c", "a.c", "abc"],
  ["(a|b)+\\d$^", "(a|b)+\\d$^", "a"],
  ["[*?]", "* ?", "a"],
];

const wordsOf = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");

for (const [pattern, yes, no] of EXAMPLES) {
  Deno.test(`matchesGlob() with "${pattern}"`, () => {
    for (const name of wordsOf(yes)) assertEquals(matchesGlob(pattern, name), true, name);
    for (const name of wordsOf(no)) assertEquals(matchesGlob(pattern, name), false, name);
  });
}

Deno.test("matchesGlob() with empty texts", () => {
  assertEquals(["", "*", "**", "?", "a", "[a]"].map((pattern) => matchesGlob(pattern, "")), [
    ...[true, true, true],
    ...[false, false, false],
  ]);
  assertEquals(matchesGlob("", "a"), false);
});

/** Pieces of patterns, each with the regular expression that says the same. */
const PIECES = [
  ["*", ".*"],
  ["?", "."],
  ["[ab]", "[ab]"],
  ["[a-b]", "[a-b]"],
  ["[!a]", "[^a]"],
  ["[!b-c]", "[^b-c]"],
  ["a", "a"],
  ["b", "b"],
  ["-", "-"],
] as const;
const NAME_CHARACTERS = "abc-";

Deno.test("matchesGlob() says what a regular expression says, of random patterns and names", () => {
  const random = new Random(7);
  let matches = 0;
  for (let turn = 0; turn < 50_000; turn++) {
    const pieces = Array.from(
      { length: random.below(7) },
      () => PIECES[random.below(PIECES.length)] ?? PIECES[0],
    );
    const pattern = pieces.map(([glob]) => glob).join("");
    const expression = new RegExp(`^${pieces.map(([, same]) => same).join("")}$`);
    const name = Array.from(
      { length: random.below(9) },
      () => NAME_CHARACTERS[random.below(NAME_CHARACTERS.length)],
    ).join("");
    const expected = expression.test(name);
    if (expected) matches++;
    assertEquals(matchesGlob(pattern, name), expected, `"${pattern}" and "${name}"`);
  }
  assert(matches > 1000, `only ${matches} matched`);
});

Deno.test("matchesGlob() takes any text for a pattern", () => {
  const random = new Random(8);
  const characters = [..."[]!-*?ab\u{1f600}"];
  const textOf = (size: number): string =>
    Array.from({ length: size }, () => characters[random.below(characters.length)]).join("");
  for (let turn = 0; turn < 20_000; turn++) {
    const pattern = textOf(random.below(12));
    const name = textOf(random.below(12));
    matchesGlob(pattern, name);
    assertEquals(matchesGlob(`*${name.replaceAll(/[[*?]/gu, "?")}*`, name), true, name);
  }
});

Deno.test("matchesGlob() takes no time for patterns that try everything elsewhere", () => {
  const pattern = "*a".repeat(200) + "b";
  const startMs = performance.now();
  assertEquals(matchesGlob(pattern, "a".repeat(4000)), false);
  assert(performance.now() - startMs < 5000); // a backtracking matcher would outlive the machine
});
