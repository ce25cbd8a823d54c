/**
 * A state that cannot be read: what is told, what is kept, what `clear` leaves, and what holds over
 * restarts meanwhile.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ConfigError, SystemError } from "../lib/error.ts";
import { StateFile } from "../lib/server/state_file.ts";
import { reportState } from "../lib/server/state_report.ts";
import { EMPTY_STATE, formatState } from "../lib/server/state_text.ts";
import { TemporaryFolder } from "./temporary.ts";

const ONE = 0x020000000001;
const NAME = "e1.2.json";
const GOOD = formatState({ state: { ...EMPTY_STATE, reservations: [ONE] }, givenMasks: [] });

/** What stands at the file's place, how it gets there, and what is said of it. */
const USELESS: readonly (readonly [what: string, make: (path: string) => void, said: RegExp])[] = [
  ["half a file", (path) => Deno.writeTextFileSync(path, GOOD.slice(0, -9)), /no.* JSON object/],
  ["an empty file", (path) => Deno.writeTextFileSync(path, ""), /JSON/],
  ["zeros", (path) => Deno.writeFileSync(path, new Uint8Array(4096)), /JSON/],
  ["another version", (path) => Deno.writeTextFileSync(path, '{"version":2}'), /"version"/],
  ["a wrong type", (path) => Deno.writeTextFileSync(path, GOOD.replace("[]", "3")), /"masks"/],
  ["no UTF-8", (path) => Deno.writeFileSync(path, Uint8Array.of(0xff, 0xfe)), /JSON/],
  ["a folder", (path) => Deno.mkdirSync(path), /no regular file/],
  ["a pipe", (path) => makePipe(path), /no regular file/],
  // What is behind the first 64 KiB might change the meaning of what is before.
  ["too much", (path) => Deno.writeTextFileSync(path, GOOD + " ".repeat(65536)), /64 KiB/],
];

function makePipe(path: string): void {
  assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
}

function namesIn(folder: TemporaryFolder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
}

/** What a service does with an export's state when it begins to serve it. */
function begin(folder: TemporaryFolder, masks?: readonly number[]) {
  const file = StateFile.open(folder.path, 1, 2, masks);
  const { state, setAside } = file.load();
  file.source = () => state;
  file.claim()[Symbol.dispose]();
  return { file, state, isUndecided: setAside !== undefined };
}

for (const [what, make, said] of USELESS) {
  Deno.test(`${what} in the place of a state is kept aside until it is cleared`, () => {
    using folder = new TemporaryFolder();
    make(`${folder.path}/${NAME}`);
    for (const restart of [0, 1, 2]) {
      const { file, state, isUndecided } = begin(folder, [ONE]);
      assertEquals([state, isUndecided], [{ ...EMPTY_STATE, masks: [ONE] }, true]);
      assertEquals(file.setAside?.path, `${folder.path}/${NAME}.unreadable`);
      assertMatch(file.setAside?.reason ?? "", said);
      assertEquals(namesIn(folder), ["dblade.lock", `${NAME}.unreadable`], `restart ${restart}`);
    }
    const { file } = begin(folder, [ONE]);
    assertEquals(file.clear(), { ...EMPTY_STATE, masks: [ONE] });
    assertEquals(file.setAside, undefined);
    assertEquals(namesIn(folder), ["dblade.lock", NAME, `${NAME}.cleared`]);
    const again = begin(folder);
    assertEquals([again.state, again.isUndecided], [{ ...EMPTY_STATE, masks: [ONE] }, false]);
  });

  Deno.test(`${what} in the place of a state stops who serves one export, and stays`, () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/${NAME}`;
    make(path);
    const error = assertThrows(() => StateFile.open(folder.path, 1, 2, [ONE]).read(), ConfigError);
    assertMatch(error.message, said);
    assertMatch(error.message, /mend the file, or remove it/);
    assertEquals(error.path, path);
    assertEquals(namesIn(folder), [NAME]);
  });
}

Deno.test("a file that the disk does not give is left where it is until it is cleared", () => {
  using folder = new TemporaryFolder();
  Deno.symlinkSync("/proc/self/mem", `${folder.path}/${NAME}`);
  for (const restart of [0, 1]) {
    const { file, isUndecided } = begin(folder);
    assertEquals(isUndecided, true);
    assertMatch(file.setAside?.reason ?? "", /EIO/);
    assertEquals(file.setAside?.path, `${folder.path}/${NAME}`);
    assertEquals(namesIn(folder), ["dblade.lock", NAME], `restart ${restart}`);
  }
  begin(folder).file.clear();
  assertEquals(namesIn(folder), ["dblade.lock", NAME, `${NAME}.cleared`]);
  assertEquals(Deno.readLinkSync(`${folder.path}/${NAME}.cleared`), "/proc/self/mem");
  assertEquals(begin(folder).isUndecided, false);
});

Deno.test("a link that leads to nothing is no empty state, and is left until it is cleared", () => {
  using folder = new TemporaryFolder();
  const target = `${folder.path}/not-mounted/${NAME}`;
  Deno.symlinkSync(target, `${folder.path}/${NAME}`);
  for (const restart of [0, 1]) {
    const { file, isUndecided } = begin(folder);
    assertEquals([isUndecided, file.setAside?.path], [true, `${folder.path}/${NAME}`]);
    assertMatch(file.setAside?.reason ?? "", /symbolic link/);
    assertEquals(namesIn(folder), ["dblade.lock", NAME], `restart ${restart}`);
  }
  // A clear that fails on its way leaves it aside, where it counts as much.
  const { file } = begin(folder);
  Deno.mkdirSync(`${folder.path}/${NAME}.new`);
  assertThrows(() => file.clear(), SystemError);
  Deno.removeSync(`${folder.path}/${NAME}.new`);
  assertEquals(begin(folder).isUndecided, true);
  begin(folder).file.clear();
  assertEquals(Deno.readLinkSync(`${folder.path}/${NAME}.cleared`), target);
  assertEquals(begin(folder).isUndecided, false);
});

Deno.test("a good state beside one that was put aside does not decide", () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/${NAME}`, GOOD);
  for (const suffix of ["", ".1", ".3"]) {
    const aside = `${folder.path}/${NAME}.unreadable${suffix}`;
    Deno.writeTextFileSync(aside, "{");
    const { file, state, isUndecided } = begin(folder);
    assertEquals([isUndecided, state.reservations], [true, [ONE]]);
    assertEquals(file.setAside, { path: aside, reason: "it is not a JSON object", content: "{" });
    const alone = StateFile.open(folder.path, 1, 2, undefined);
    assertEquals(assertThrows(() => alone.read(), ConfigError).path, aside);
    Deno.removeSync(aside);
  }
  assertEquals(begin(folder).isUndecided, false);
});

Deno.test("what was put aside counts again once it is mended and has its name back", () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/${NAME}`, "{");
  const { file } = begin(folder);
  const aside = `${folder.path}/${NAME}.unreadable`;
  Deno.writeTextFileSync(aside, GOOD);
  assertMatch(begin(folder).file.setAside?.reason ?? "", /can be read by now/);
  Deno.renameSync(aside, `${folder.path}/${NAME}`);
  const { state, setAside } = file.load();
  assertEquals([state.reservations, setAside, file.setAside], [[ONE], undefined, undefined]);
});

Deno.test("nothing that lies aside is written over, and all of it is cleared", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  const suffixes = ["", ".1", ".2", ".3"];
  for (const suffix of suffixes) {
    Deno.writeTextFileSync(path, `bad${suffix}`);
    assertEquals(begin(folder).file.setAside?.path, `${path}.unreadable${suffix}`);
  }
  // There is no room for more: it stays.
  Deno.writeTextFileSync(path, "bad.4");
  const full = begin(folder);
  assertEquals([full.isUndecided, full.file.setAside?.path], [true, path]);
  assertThrows(() => full.file.clear(), SystemError, "lie there already");
  assertEquals(Deno.readTextFileSync(path), "bad.4");
  Deno.removeSync(path);
  Deno.writeTextFileSync(`${path}.cleared`, "of an earlier time");
  begin(folder).file.clear();
  for (const suffix of suffixes) {
    assertEquals(Deno.readTextFileSync(`${path}.cleared${suffix}`), `bad${suffix}`);
  }
  assertEquals(namesIn(folder).filter((name) => name.includes("unreadable")), []);
  assertEquals(begin(folder).isUndecided, false);
});

Deno.test("a clear that fails on its way leaves the export undecided", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  Deno.writeTextFileSync(path, "{");
  const { file } = begin(folder);
  // The empty state cannot be stored: its name beside the file is taken.
  Deno.mkdirSync(`${path}.new`);
  assertThrows(() => file.clear(), SystemError);
  assertEquals([file.setAside?.path, begin(folder).isUndecided], [`${path}.unreadable`, true]);
  Deno.removeSync(`${path}.new`);
  // It is stored, but what lies aside cannot be renamed.
  Deno.mkdirSync(`${path}.cleared`);
  assertThrows(() => file.clear(), SystemError);
  assertEquals(begin(folder).isUndecided, true);
  Deno.removeSync(`${path}.cleared`);
  file.clear();
  assertEquals(begin(folder).isUndecided, false);
});

Deno.test("a state that is put aside while another target holds it stays where it is", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  const holder = StateFile.open(folder.path, 1, 2, undefined);
  holder.load();
  using _lock = holder.claim();
  Deno.writeTextFileSync(path, "{");
  const other = StateFile.open(folder.path, 1, 2, undefined);
  assert(other.load().setAside !== undefined);
  assertThrows(() => other.claim(), SystemError, "another target holds it");
  assertEquals(namesIn(folder), ["dblade.lock", NAME]);
});

Deno.test("a state that changed between load() and claim() is not claimed", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  for (const [before, after] of [["{", GOOD], [GOOD, "{"], ["{", "["], [GOOD, ""]] as const) {
    Deno.writeTextFileSync(path, before);
    const file = StateFile.open(folder.path, 1, 2, undefined);
    file.load();
    Deno.writeTextFileSync(path, after);
    assertThrows(() => file.claim(), ConfigError, "changed it just now");
    assertEquals(Deno.readTextFileSync(path), after);
  }
});

Deno.test("reportState() tells what is stored, and the beginning of what cannot be read", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/${NAME}`;
  const config = Uint8Array.of(0x41, 0xe9, 0);
  const state = { config, masks: [ONE], reservations: [ONE + 1] };
  const told = {
    name: "e1.2",
    configString: "Aé\0",
    masks: ["02:00:00:00:00:01"],
    reservations: ["02:00:00:00:00:02"],
  };
  assertEquals(reportState("e1.2", state, undefined), { ...told, path: null, setAside: null });
  assertEquals(reportState("e1.2", state, begin(folder).file), { ...told, path, setAside: null });
  Deno.writeTextFileSync(path, "{" + "x".repeat(9999));
  assertEquals(reportState("e1.2", state, begin(folder).file).setAside, {
    path: `${path}.unreadable`,
    reason: "it is not a JSON object",
    content: "{" + "x".repeat(4095),
  });
});
