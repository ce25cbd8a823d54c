/**
 * The state file: its text, what is refused, and what counts after a restart.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { ConfigError, SystemError } from "../lib/error.ts";
import {
  EMPTY_STATE,
  formatState,
  parseState,
  StateFile,
  type StoredState,
} from "../lib/server/state_file.ts";
import type { TargetState } from "../lib/target/settings.ts";
import { TemporaryFolder } from "./temporary.ts";

const ONE = 0x020000000001;
const TWO = 0x020000000002;
const ENOENT = 2;

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

/** Stores `state` under `before` and loads it under `after`. */
function reload(
  state: TargetState,
  before: readonly number[] | undefined,
  after: readonly number[] | undefined,
) {
  using folder = new TemporaryFolder();
  const file = StateFile.open(folder.path, 1, 2, before);
  file.source = () => state;
  assertEquals(file.save(), 0);
  return StateFile.open(folder.path, 1, 2, after).load();
}

Deno.test("StateFile.load() gives what save() stored", () => {
  const config = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const state = { config, masks: [ONE, TWO], reservations: [TWO] };
  assertEquals(reload(state, undefined, undefined), state);
});

for (
  const [what, stored, before, after, masks] of [
    ["keeps stored masks without given ones", [TWO], undefined, undefined, [TWO]],
    ["keeps stored masks where the same are given again", [TWO], [ONE], [ONE], [TWO]],
    ["keeps stored masks where those once given are left out", [TWO], [ONE], undefined, [TWO]],
    ["keeps a list that was emptied where the same are given again", [], [ONE], [ONE], []],
    ["takes given masks that are new", [ONE], undefined, [TWO], [TWO]],
    ["serves all where that is said, each time", [TWO], [], [], []],
    ["takes given masks that changed", [ONE], [ONE], [TWO], [TWO]],
    ["takes given masks in another order", [ONE], [ONE, TWO], [TWO, ONE], [TWO, ONE]],
  ] as const
) {
  Deno.test(`StateFile.load() ${what}`, () => {
    const state = stateOf({ masks: stored, reservations: [ONE] });
    assertEquals(reload(state, before, after), stateOf({ masks, reservations: [ONE] }));
  });
}

Deno.test("StateFile.load() gives the given masks alone where nothing was stored", () => {
  using folder = new TemporaryFolder();
  assertEquals(StateFile.open(folder.path, 1, 2, undefined).load(), EMPTY_STATE);
  assertEquals(StateFile.open(folder.path, 1, 2, [ONE]).load(), stateOf({ masks: [ONE] }));
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("StateFile.claim() stores masks that are given for the first time", () => {
  using folder = new TemporaryFolder();
  const first = StateFile.open(folder.path, 1, 2, [ONE]);
  const state = first.load();
  first.source = () => state;
  first.claim()[Symbol.dispose]();
  assertEquals(StateFile.open(folder.path, 1, 2, undefined).load(), stateOf({ masks: [ONE] }));
});

Deno.test("StateFile.load() throws on a corrupt file and leaves it as it is", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/e1.2.json`;
  Deno.writeTextFileSync(path, "{");
  assertThrows(() => StateFile.open(folder.path, 1, 2, [ONE]).load(), ConfigError, path);
  assertEquals(Deno.readTextFileSync(path), "{");
});

Deno.test("StateFile.load() refuses a file with bytes that are no UTF-8", () => {
  using folder = new TemporaryFolder();
  const bytes = new TextEncoder().encode(contentWith({ config: "x" }));
  Deno.writeFileSync(`${folder.path}/e1.2.json`, bytes.with(bytes.indexOf(0x78), 0xff));
  assertThrows(() => StateFile.open(folder.path, 1, 2, []).load(), ConfigError, '"config"');
});

Deno.test("StateFile.save() replaces one file and leaves no other beside it", () => {
  using folder = new TemporaryFolder();
  const file = StateFile.open(folder.path, 258, 3, [TWO]);
  for (const mac of [ONE, TWO]) {
    file.source = () => stateOf({ masks: [mac] });
    assertEquals(file.save(), 0);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["e258.3.json"]);
  const text = Deno.readTextFileSync(`${folder.path}/e258.3.json`);
  assertEquals(text, formatState({ state: stateOf({ masks: [TWO] }), givenMasks: [TWO] }));
});

Deno.test("StateFile.save() stores nothing set where it has no source", () => {
  using folder = new TemporaryFolder();
  const file = StateFile.open(folder.path, 1, 2, []);
  assertEquals(file.save(), 0);
  assertEquals(file.load(), EMPTY_STATE);
});

Deno.test("StateFile.save() returns a negative errno where the folder is gone", () => {
  const folder = new TemporaryFolder();
  const file = StateFile.open(folder.path, 1, 2, []);
  folder[Symbol.dispose]();
  assertEquals(file.save(), -ENOENT);
});

Deno.test("StateFile.save() leaves the old file where the new one cannot take its place", () => {
  using folder = new TemporaryFolder();
  const file = StateFile.open(folder.path, 1, 2, []);
  assertEquals(file.save(), 0);
  const before = Deno.readTextFileSync(`${folder.path}/e1.2.json`);
  Deno.mkdirSync(`${folder.path}/e1.2.json.new`);
  file.source = () => stateOf({ masks: [ONE] });
  assert(file.save() < 0);
  assertEquals(Deno.readTextFileSync(`${folder.path}/e1.2.json`), before);
});

Deno.test("StateFile.open() refuses a folder that is missing, with the remedy", () => {
  const error = assertThrows(() => StateFile.open("/nonexistent/state", 1, 2, []), SystemError);
  assertStringIncludes(error.message, '"/nonexistent/state"');
  assertStringIncludes(error.message, "mkdir -p");
});

Deno.test("StateFile.open() refuses a file in the place of the folder", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("state", 0);
  assertThrows(() => StateFile.open(path, 1, 2, []), SystemError, "not a directory");
});
