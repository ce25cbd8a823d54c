/**
 * The text of a state file: what is written, and what is refused.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError } from "../lib/error.ts";
import {
  EMPTY_STATE,
  formatState,
  parseState,
  type StoredState,
} from "../lib/server/state_text.ts";
import type { TargetState } from "../lib/target/settings.ts";

const ONE = 0x020000000001;
const TWO = 0x020000000002;

function stateOf(change: Partial<TargetState>): TargetState {
  return { ...EMPTY_STATE, ...change };
}

const MANY = Array.from({ length: 255 }, (_, index) => ONE + index);
const ROUND_TRIPS: readonly [what: string, stored: StoredState][] = [
  ["nothing", { state: EMPTY_STATE, givenMasks: [] }],
  ["lists", {
    state: stateOf({ masks: [TWO, ONE], reservations: [ONE] }),
    givenMasks: [ONE],
  }],
  ["full lists", { state: stateOf({ masks: MANY, reservations: MANY }), givenMasks: MANY }],
  ["every byte in the config string", {
    state: stateOf({ config: Uint8Array.from({ length: 256 }, (_, byte) => byte) }),
    givenMasks: [],
  }],
  ["the longest config string", {
    state: stateOf({ config: new Uint8Array(1024).fill(0xff) }),
    givenMasks: [],
  }],
];
for (const [what, stored] of ROUND_TRIPS) {
  Deno.test(`parseState() reads ${what} as formatState() wrote it`, () => {
    assertEquals(parseState(formatState(stored), "e1.2.json"), stored);
  });
}

Deno.test("formatState() writes a text that people can read", () => {
  const config = new TextEncoder().encode("web");
  const text = formatState({
    state: stateOf({ config, masks: [ONE] }),
    givenMasks: [TWO],
  });
  assertEquals(JSON.parse(text), {
    version: 1,
    config: "web",
    masks: ["02:00:00:00:00:01"],
    givenMasks: ["02:00:00:00:00:02"],
    reservations: [],
  });
  assert(text.endsWith("}\n"));
});

/** A stored state with one key changed, or left out. */
function contentWith(change: Record<string, unknown>): string {
  return JSON.stringify({
    version: 1,
    config: "",
    masks: [],
    givenMasks: [],
    reservations: [],
    ...change,
  });
}

const LONG_LIST = Array.from({ length: 256 }, () => "02:00:00:00:00:01");
const CORRUPT: readonly [what: string, text: string, named: string][] = [
  ["an empty file", "", "JSON"],
  ["a file cut short", contentWith({}).slice(0, -1), "JSON"],
  ["zeros", "\0\0\0\0", "JSON"],
  ["null", "null", "JSON"],
  ["a number", "1", "JSON"],
  ["an array", "[]", '"version"'],
  ["an empty object", "{}", '"version"'],
  ["a later version", contentWith({ version: 2 }), '"version"'],
  ["a version as text", contentWith({ version: "1" }), '"version"'],
  ["no config", contentWith({ config: undefined }), '"config"'],
  ["a config that is no text", contentWith({ config: [1] }), '"config"'],
  ["a config that is too long", contentWith({ config: "x".repeat(1025) }), '"config"'],
  ["a config of more than bytes", contentWith({ config: "Ā" }), '"config"'],
  ["a config with an emoji", contentWith({ config: "😀" }), '"config"'],
  ["no masks", contentWith({ masks: undefined }), '"masks"'],
  ["masks that are no list", contentWith({ masks: "02:00:00:00:00:01" }), '"masks"'],
  ["masks that are an object", contentWith({ masks: { length: 0 } }), '"masks"'],
  ["too many masks", contentWith({ masks: LONG_LIST }), '"masks"'],
  ["a mask that is no MAC", contentWith({ masks: ["02:00"] }), '"masks" has "02:00"'],
  ["a mask as a number", contentWith({ masks: [1] }), '"masks" has 1'],
  ["a mask that is null", contentWith({ masks: [null] }), '"masks" has null'],
  ["no givenMasks", contentWith({ givenMasks: undefined }), '"givenMasks"'],
  ["a givenMask that is no MAC", contentWith({ givenMasks: [""] }), '"givenMasks" has ""'],
  ["no reservations", contentWith({ reservations: undefined }), '"reservations"'],
  ["too many reservations", contentWith({ reservations: LONG_LIST }), '"reservations"'],
  ["a bad reservation", contentWith({ reservations: ["x"] }), '"reservations" has "x"'],
];
for (const [what, text, named] of CORRUPT) {
  Deno.test(`parseState() refuses ${what}, names the file and ${named}`, () => {
    const error = assertThrows(() => parseState(text, "/state/e1.2.json"), ConfigError);
    assertStringIncludes(error.message, "/state/e1.2.json: ");
    assertStringIncludes(error.message, named);
    assertEquals(error.path, "/state/e1.2.json");
  });
}

Deno.test("parseState() passes over keys that it does not know", () => {
  assertEquals(parseState(contentWith({ note: "mine" }), "x").state, EMPTY_STATE);
});
