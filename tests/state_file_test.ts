/**
 * The state file: what counts after a restart, and what becomes of one that cannot be read
 * (tests/state_aside_test.ts).
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { StateFile, withGiven } from "../lib/server/state_file.ts";
import { EMPTY_STATE, formatState } from "../lib/server/state_text.ts";
import type { TargetState } from "../lib/target/settings.ts";
import { TemporaryFolder } from "./temporary.ts";

const ONE = 0x020000000001;
const TWO = 0x020000000002;
const ENOENT = 2;

function stateOf(change: Partial<TargetState>): TargetState {
  return { ...EMPTY_STATE, ...change };
}

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
  return StateFile.open(folder.path, 1, 2, after).read();
}

Deno.test("StateFile.read() gives what save() stored", () => {
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
  Deno.test(`StateFile.read() ${what}`, () => {
    const state = stateOf({ masks: stored, reservations: [ONE] });
    assertEquals(reload(state, before, after), stateOf({ masks, reservations: [ONE] }));
  });
}

Deno.test("StateFile.read() gives the given masks alone where nothing was stored", () => {
  using folder = new TemporaryFolder();
  assertEquals(StateFile.open(folder.path, 1, 2, undefined).read(), EMPTY_STATE);
  assertEquals(StateFile.open(folder.path, 1, 2, [ONE]).read(), stateOf({ masks: [ONE] }));
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("StateFile.claim() stores masks that are given for the first time", () => {
  using folder = new TemporaryFolder();
  const first = StateFile.open(folder.path, 1, 2, [ONE]);
  const state = first.read();
  first.source = () => state;
  first.claim()[Symbol.dispose]();
  assertEquals(StateFile.open(folder.path, 1, 2, undefined).read(), stateOf({ masks: [ONE] }));
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
  assertEquals(file.read(), EMPTY_STATE);
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

Deno.test("withGiven() carries a state over to an export that takes another one's place", () => {
  const state = stateOf({ masks: [TWO], reservations: [ONE] });
  assertEquals(withGiven({ state, givenMasks: [ONE] }, [ONE]), state);
  assertEquals(withGiven({ state, givenMasks: [ONE] }, undefined), state);
  assertEquals(withGiven({ state, givenMasks: [] }, [ONE]), { ...state, masks: [ONE] });
  assertEquals(withGiven({ state, givenMasks: [] }, []), { ...state, masks: [] });
});

Deno.test("StateFile.claim() writes nothing where nothing is to be stored", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/e1.2.json`;
  for (const given of [undefined, [], [ONE]]) {
    const text = formatState({ state: stateOf({ masks: given ?? [] }), givenMasks: given ?? [] });
    Deno.writeTextFileSync(path, text);
    Deno.utimeSync(path, 1, 1);
    const file = StateFile.open(folder.path, 1, 2, given);
    file.read();
    file.claim()[Symbol.dispose]();
    assertEquals(Deno.statSync(path).mtime?.getTime(), 1000);
  }
});

Deno.test("a thousand states are opened with one descriptor, and are each had once", () => {
  using folder = new TemporaryFolder();
  using stack = new DisposableStack();
  const countBefore = descriptorCount();
  for (let slot = 0; slot < 250; slot++) {
    for (const shelf of [0, 1, 255, 65534]) {
      const file = StateFile.open(folder.path, shelf, slot, undefined);
      file.read();
      stack.use(file.claim());
    }
  }
  assertEquals(descriptorCount() - countBefore, 1);
  const again = StateFile.open(folder.path, 255, 249, undefined);
  again.read();
  assertThrows(() => again.claim(), SystemError, "another target holds it");
  stack.dispose();
  assertEquals(descriptorCount(), countBefore);
  again.claim()[Symbol.dispose]();
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["dblade.lock"]);
});

function descriptorCount(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
