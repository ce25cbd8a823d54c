/**
 * Which command a command line means, and what is said where it means none.
 *
 * @module
 */
import { formatAddress } from "../lib/wire/address.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseAddress, tryAddress } from "../lib/cli/address.ts";
import { parseInvocation } from "../lib/cli/arguments.ts";
import type { OptionSpec } from "../lib/cli/command.ts";
import { helpOn } from "../lib/cli/commands/help.ts";
import { CommandValues } from "../lib/cli/values.ts";
import { UsageError } from "../lib/error.ts";

function complaint(...args: string[]): string {
  return assertThrows(() => parseInvocation(args), UsageError).message;
}

Deno.test("parseInvocation() finds the command, with its options behind it or before it", () => {
  for (const args of [["discover", "--json", "eth0"], ["--json", "discover", "eth0"]]) {
    const invocation = parseInvocation(args);
    assert(invocation.command === "run");
    assertEquals(invocation.spec.name, "discover");
    assertEquals(invocation.values.has("json"), true);
    assertEquals(invocation.values.operandsOf("IFACE"), ["eth0"]);
  }
});

Deno.test("parseInvocation() tells help on a command from help on all", () => {
  assertEquals(parseInvocation(["discover", "-h"]), { command: "help", topic: ["discover"] });
  assertEquals(parseInvocation(["-h", "discover"]), { command: "help", topic: ["discover"] });
  assertEquals(parseInvocation(["discover", "--x", "--help"]).command, "help");
  assertEquals(parseInvocation(["-h"]), { command: "help", topic: [] });
});

for (
  const [args, ...says] of [
    [["dicsover"], 'Unknown command "dicsover"', '"discover"?', "dblade --help"],
    [["Discover"], '"discover"?'],
    [["frobnicate", "x"], 'Unknown command "frobnicate"', "dblade --help"],
    [["e0.0"], "dblade identify e0.0"],
    [["discover", "--jsn"], '"--json"?', "dblade help discover"],
    [["discover", "-b4"], 'Unknown option "-b4"', "dblade help discover"],
    [["discover", "--wait"], "--wait needs a value", "dblade help discover"],
    [["discover", ""], "IFACE is empty"],
    [["-i", "eth0", "discover"], '"-i"', 'those of "discover" stand behind it', "dblade --help"],
    [["config", "force", "e0.1", "-x"], '"-x"', 'behind "--"', "dblade help config force"],
    [["ls"], '"discover"?', "dblade --help"],
    [["config"], "one of get, set, force, test, prefix", "dblade help config"],
    [["config", "gte", "e0.0"], 'not by "gte"', '"get"?', "dblade help config"],
    [["completions", "bsh"], "one of bash, zsh, fish", '"bash"?', "dblade help completions"],
    [["completions", "Fish"], '"fish"?'],
    [["completions"], "Missing SHELL"],
  ] as const
) {
  Deno.test(`parseInvocation() says of "${args.join(" ")}": ${says[0]}`, () => {
    for (const part of says) assertStringIncludes(complaint(...args), part);
  });
}

Deno.test("helpOn() knows each command and guesses at mistyped ones", () => {
  assertStringIncludes(helpOn(["discover"]), "dblade discover");
  assertThrows(() => helpOn(["discovr"]), UsageError, '"discover"?');
  assertThrows(() => helpOn(["config", "get", "more"]), UsageError, '"more"');
  const text = helpOn(["config", "get"]);
  assertStringIncludes(text, "dblade config get");
  assert(!text.includes("ACTION") && !text.includes("config force"), "no word of the others");
  assertStringIncludes(helpOn(["config"]), "dblade config force");
});

const OPTIONS: readonly OptionSpec[] = [{ name: "at", value: "N", help: "" }];

function at(text: string): CommandValues {
  return new CommandValues({ operands: [], options: OPTIONS }, ["--at", text]);
}

for (
  const [text, sectors] of [
    ["0", 0],
    ["2048", 2048],
    ["0x10", 16],
    ["1k", 2],
    ["1K", 2],
    ["1M", 2048],
    ["1MiB", 2048],
    ["2g", 4194304],
    ["1T", 2 ** 31],
  ] as const
) {
  Deno.test(`sectors() reads ${text}`, () => {
    assertEquals(at(text).sectors("at", 0, 2 ** 44), sectors);
  });
}

for (const text of ["1.5M", "-1", "1x", "M", "010", "1e3", "99999999P", "1 M"]) {
  Deno.test(`sectors() refuses "${text}"`, () => {
    assertThrows(() => at(text).sectors("at", 0, 2 ** 44), UsageError, "--at");
  });
}

for (const [text, value] of [["1", 1], ["0.5", 0.5], [".25", 0.25], ["10", 10]] as const) {
  Deno.test(`seconds() reads ${text}`, () => {
    assertEquals(at(text).seconds("at", 0.1, 10), value);
  });
}

for (const text of ["0.05", "11", "1s", "x", "1e1", "Infinity", "."]) {
  Deno.test(`seconds() refuses "${text}"`, () => {
    assertThrows(() => at(text).seconds("at", 0.1, 10), UsageError, "from 0.1 to 10");
  });
}

for (const text of ["e0.0", "0.0", "/dev/etherd/e0.0", "e00.0"]) {
  Deno.test(`parseAddress() takes ${text} for e0.0`, () => {
    assertEquals(formatAddress(parseAddress(text)), "e0.0");
  });
}

for (
  const [text, says] of [
    ["0,0", '"e0.0"?'],
    ["eO.1", '"e0.1"?'],
    ["e5:7", '"e5.7"?'],
    ["e5", '"e5.0"?'],
    ["disk", "looks like e0.0"],
    ["1.2.3", "looks like e0.0"],
    ["e65535.0", "e65534.254"],
    ["e0.255", "e65534.254"],
  ] as const
) {
  Deno.test(`parseAddress() says of ${text}: ${says}`, () => {
    assertThrows(() => parseAddress(text), UsageError, says);
  });
}

Deno.test("tryAddress() leaves files alone", () => {
  for (const text of ["disk.img", "./0.0", "e0.0.img", "-", "/dev/sda"]) {
    assertEquals(tryAddress(text), undefined, text);
  }
});
