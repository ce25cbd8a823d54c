/**
 * The help and the guess at a mistyped option.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commandHelp, groupHelp, helpText, optionsOf } from "../lib/cli/help.ts";
import { nearest } from "../lib/nearest.ts";
import { COMMAND_WORDS, COMMANDS, commandsOf, SECTIONS } from "../lib/cli/table.ts";
import { EXPORT_OPTIONS } from "../lib/cli/table/export.ts";
import { ENGINES } from "../lib/engine/open.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../lib/log.ts";

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

for (const spec of COMMANDS) {
  Deno.test(`the table's row of "${spec.name}" has no name and no letter twice`, () => {
    const names = optionsOf(spec).map(({ name }) => name);
    const letters = optionsOf(spec).flatMap(({ short }) => short ?? []);
    assertEquals(new Set(names).size, names.length);
    assertEquals(new Set(letters).size, letters.length);
    assert(letters.every((letter) => letter.length === 1));
  });

  Deno.test(`commandHelp() tells all that the table has of "${spec.name}"`, () => {
    const text = commandHelp(spec);
    const parts = [
      ...optionsOf(spec).flatMap(({ name, help }) => [`--${name}`, help]),
      ...spec.operands.flatMap(({ name, help }) => [name, help]),
      ...spec.examples.flatMap(({ line, does }) => [line, does]),
      spec.summary,
    ];
    for (const part of parts) assertStringIncludes(text, part);
    for (const line of text.split("\n")) assert(line.length <= 100, line);
    assertStringIncludes(helpText(), spec.summary);
    assertMatch(spec.summary, /^[a-z].*[^.]$/);
    assert(spec.examples.length > 0 && spec.examples.every(({ line }) => /^dblade /.test(line)));
  });

  Deno.test(`"${spec.name}" can be loaded`, async () => {
    assertEquals(typeof (await spec.load()).run, "function");
  });

  Deno.test(`"${spec.name}" has what may be left out behind what may not`, () => {
    const isOptional = spec.operands.map(({ optional }) => optional === true);
    assertEquals(isOptional, isOptional.toSorted((one, other) => Number(one) - Number(other)));
    assert(spec.operands.slice(0, -1).every(({ many }) => many === undefined));
  });
}

for (const spec of COMMANDS) {
  Deno.test(`the help on "${spec.name}" names each word that a value may be`, () => {
    for (const { name, help, choices } of [...spec.operands, ...spec.options]) {
      for (const choice of choices ?? []) {
        // They stand in lists of words: in the completions, and in what is said of another word.
        assertMatch(choice, /^[\w-]+$/);
        assertMatch(help, new RegExp(`\\b${choice}\\b`), name);
      }
    }
  });
}

Deno.test("the table's choices of an export are those of the program", () => {
  const choicesOf = (name: string): readonly string[] | undefined =>
    EXPORT_OPTIONS.find((option) => option.name === name)?.choices;
  assertEquals(choicesOf("engine"), ENGINES);
  assertEquals(choicesOf("log-level"), LOG_LEVELS);
  assertEquals(choicesOf("log-format"), LOG_FORMATS);
});

Deno.test("helpText() has the commands below the headings of their kinds", () => {
  const text = helpText();
  let at = 0;
  for (const { title, commands } of SECTIONS) {
    assert(commands.length > 0);
    for (const part of [`\n${title}:\n`, ...commands.map(({ name }) => `\n  ${name}  `)]) {
      at = text.indexOf(part, at);
      assert(at >= 0, part);
      at += part.length - 1;
    }
  }
});

Deno.test("groupHelp() names each action", () => {
  for (const word of COMMAND_WORDS) {
    for (const { name } of commandsOf(word)) {
      assertStringIncludes(groupHelp(word, commandsOf(word)), `dblade ${name} `);
    }
  }
});

Deno.test("EXPORT_OPTIONS has the letters of vblade", () => {
  const letters = EXPORT_OPTIONS.flatMap(({ short }) => short ?? []);
  for (const letter of ["b", "d", "s", "r", "m", "o", "l"]) assert(letters.includes(letter));
});

for (
  const [typed, meant] of [
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
  Deno.test(`nearest() finds ${meant} for "${typed}"`, () => {
    assertEquals(nearest(typed, EXPORT_OPTIONS.map(({ name }) => name)), meant);
  });
}
