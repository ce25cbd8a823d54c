/**
 * The help and the guess at a mistyped option.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXPORT_OPTIONS, helpText, nearestOption } from "../lib/cli/options.ts";

for (const { name, short, value, help } of EXPORT_OPTIONS) {
  Deno.test(`helpText() names --${name} with its letter, value and purpose`, () => {
    const left = `${short === undefined ? "" : `-${short}, `}--${name}`;
    const line = helpText().split("\n").find((candidate) =>
      candidate.trim().split("  ")[0] === left + (value === undefined ? "" : ` ${value}`)
    );
    assert(line !== undefined, `no line for --${name}`);
    assert(line.endsWith(`  ${help}`));
  });
}

Deno.test("helpText() names the positional arguments and the exit status", () => {
  const usage = "SHELF SLOT INTERFACE[,INTERFACE...] FILE";
  for (const part of [usage, "0 to 65534", "0 to 254", "Exit status"]) {
    assertStringIncludes(helpText(), part);
  }
});

Deno.test("helpText() fits a terminal of 100 columns and ends with one newline", () => {
  for (const line of helpText().split("\n")) assert(line.length <= 100, line);
  assertMatch(helpText(), /[^\n]\n$/);
});

Deno.test("EXPORT_OPTIONS has no name and no letter twice", () => {
  const names = EXPORT_OPTIONS.map(({ name }) => name);
  const letters = EXPORT_OPTIONS.flatMap(({ short }) => short ?? []);
  assertEquals(new Set(names).size, names.length);
  assertEquals(new Set(letters).size, letters.length);
  assert(letters.every((letter) => letter.length === 1));
});

Deno.test("EXPORT_OPTIONS has the letters of vblade", () => {
  const letters = EXPORT_OPTIONS.flatMap(({ short }) => short ?? []);
  for (const letter of ["b", "d", "s", "r", "m", "o", "l"]) assert(letters.includes(letter));
});

for (
  const [typed, nearest] of [
    ["buffers", "buffers"],
    ["bufers", "buffers"],
    ["buffer", "buffers"],
    ["bufferss", "buffers"],
    ["snyc", "sync"],
    ["readonly", "read-only"],
    ["read_only", "read-only"],
    ["lenght", "length"],
    ["log-levels", "log-level"],
    ["versoin", "version"],
    ["masks", "mask"],
    ["state-dir", undefined],
    ["b", undefined],
    ["", undefined],
    ["quiet", undefined],
    ["frobnicate", undefined],
  ] as const
) {
  Deno.test(`nearestOption() finds ${nearest} for "${typed}"`, () => {
    assertEquals(nearestOption(typed), nearest);
  });
}
