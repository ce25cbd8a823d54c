/**
 * The crew of a service carries changes out, also where a file cannot be opened or a disk hangs:
 * what kept clients from a disk holds all the same.
 *
 * @module
 */
import "./library.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ExportConfig } from "../lib/config.ts";
import { byAddress, changesBetween } from "../lib/server/changes.ts";
import { LocalCrew } from "./local_crew.ts";
import { configureLog } from "../lib/log.ts";
import { StateFile } from "../lib/server/state_file.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";

const A = 0x02_00_00_00_00_0a;
const B = 0x02_00_00_00_00_0b;

/** Serves just these from now on; what could not be done. */
async function become(local: LocalCrew, configs: readonly ExportConfig[]) {
  const { crew } = local;
  return (await crew.carryOut(changesBetween(crew.configs, byAddress(configs)))).problems;
}

function reserve(local: LocalCrew, name: string, mac: number): void {
  const change = { reservations: [mac] };
  const target = local.served(name)?.target;
  assertEquals(target?.administer((state) => ({ ...state, ...change }), () => 0), 0);
}

Deno.test("an export keeps its reservation where what takes its place fails", async () => {
  using local = new LocalCrew();
  const first = local.config(0);
  await become(local, [first, local.config(1)]);
  reserve(local, "e0.0", A);
  const broken = { ...first, path: `${local.folder.path}/missing.img` };
  const [problem = ""] = await become(local, [broken, local.config(1)]);
  assertStringIncludes(problem, "e0.0 is not served: ");
  assertEquals(local.served("e0.0"), undefined);
  await become(local, [{ ...first, readOnly: true }, local.config(1)]);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, [A]);
});

Deno.test("an export that was removed leaves nothing to a later one of its address", async () => {
  using local = new LocalCrew();
  const first = local.config(0);
  await become(local, [first]);
  reserve(local, "e0.0", A);
  await become(local, [{ ...first, path: `${local.folder.path}/missing.img` }]);
  await become(local, []);
  await become(local, [first]);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, []);
});

for (
  const [what, before, after, expected] of [
    ["given", undefined, [B], [B]],
    ["given in the place of others", [A], [B], [B]],
    ["the same, of which clients made others", [B], [B], [A]],
    ["given no more", [B], undefined, [A]],
  ] as const
) {
  Deno.test(`masks that are ${what} count after a change without a state folder`, async () => {
    using local = new LocalCrew();
    await become(local, [local.config(0, { masks: before })]);
    local.served("e0.0")?.target.administer((state) => ({ ...state, masks: [A] }), () => 0);
    await become(local, [local.config(0, { masks: after, sync: true })]);
    assertEquals(local.served("e0.0")?.target.settings.current.masks, expected);
  });
}

Deno.test("two exports that swap their files, and a region that moves, are served", async () => {
  using local = new LocalCrew();
  const [one, other] = [local.config(0), local.config(1)];
  const half = { ...local.config(2), lengthSectors: 4 };
  await become(local, [one, other, half]);
  const moved = { ...half, slot: 3, lengthSectors: 8 };
  const problems = await become(local, [
    { ...one, path: other.path },
    { ...other, path: one.path },
    moved,
  ]);
  assertEquals(problems, []);
  assertEquals(local.served("e0.0")?.config.path, other.path);
  assertEquals(local.served("e0.1")?.config.path, one.path);
  assertEquals(local.served("e0.3")?.target.disk.sectors, 8);
});

Deno.test("an export whose requests do not end keeps no other one from a change", async () => {
  using local = new LocalCrew(1);
  const configs = [local.config(0), local.config(1)];
  await become(local, configs);
  const [path] = local.paths;
  const hung = local.served("e0.0");
  reserve(local, "e0.0", A);
  const { engine } = path ?? {};
  if (engine === undefined || path === undefined) return;
  let isHung = true;
  engine.unfinished = (served) => isHung && served === hung ? 1 : 0;
  const changed = configs.map((config) => ({ ...config, readOnly: true }));
  assertEquals(await become(local, changed), [
    "e0.0 is served no more, but its last requests still run",
    "e0.0 is not served: requests of what had its address still run",
  ]);
  assertEquals(local.served("e0.1")?.config.readOnly, true);
  assertEquals((await become(local, changed)).length, 1);
  isHung = false;
  path.tend(performance.now());
  assertEquals(await become(local, changed), []);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, [A]);
});

for (
  const [what, isRemovedFirst] of [["at once", true], ["after it was changed", false]] as const
) {
  Deno.test(`what is removed ${what} leaves nothing, however late it ends`, async () => {
    using local = new LocalCrew(1);
    const config = local.config(0);
    await become(local, [config]);
    const [path] = local.paths;
    const hung = local.served("e0.0");
    reserve(local, "e0.0", A);
    if (path === undefined) return;
    let isHung = true;
    path.engine.unfinished = (served) => isHung && served === hung ? 1 : 0;
    if (!isRemovedFirst) await become(local, [{ ...config, readOnly: true }]);
    await become(local, []);
    // The later one waits, and has nothing to do with it all the same.
    assertEquals((await become(local, [config])).length, 1);
    isHung = false;
    path.tend(performance.now());
    assertEquals(await become(local, [config]), []);
    assertEquals(local.served("e0.0")?.target.settings.current.reservations, []);
  });
}

/** Serves an export of e0.0, reserves it for A, and stores that. */
async function serveReserved(local: LocalCrew): Promise<ExportConfig> {
  const config = local.config(0);
  await become(local, [config]);
  const { target, state } = local.served("e0.0") ?? {};
  const change = { reservations: [A] };
  const save = state === undefined ? undefined : state.save.bind(state);
  const outcome = save && target?.administer((one) => ({ ...one, ...change }), save);
  assertEquals(outcome, 0);
  return config;
}

for (
  const [what, spoil] of [
    ["is gone", (path: string) => Deno.removeSync(path)],
    ["says something else", (path: string) => {
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace("02:00:00:00:00:0a", ""));
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace('[\n    ""\n  ]', "[]"));
    }],
  ] as const
) {
  Deno.test(`a reservation whose file ${what} outlives a change, and is stored`, async () => {
    using states = new TemporaryFolder();
    using local = new LocalCrew(2, states.path);
    const path = `${states.path}/e0.0.json`;
    const config = await serveReserved(local);
    const text = Deno.readTextFileSync(path);
    spoil(path);
    const lines: string[] = [];
    configureLog("error", "text", (line) => lines.push(line));
    assertEquals(StateFile.open(states.path, 0, 0, undefined).read().reservations, []);
    assertEquals(await become(local, [{ ...config, readOnly: true }]), []);
    assertEquals(local.served("e0.0")?.target.settings.current.reservations, [A]);
    assertEquals(Deno.readTextFileSync(path), text);
    configureLog("error", "text", () => {});
    assertEquals(lines.length, 1);
    assertStringIncludes(lines[0] ?? "", "what e0.0 left is stored again");
  });
}

Deno.test("an export waits until its reservation can be stored again", async () => {
  using states = new TemporaryFolder();
  using local = new LocalCrew(2, states.path);
  const path = `${states.path}/e0.0.json`;
  const config = await serveReserved(local);
  Deno.removeSync(path);
  Deno.mkdirSync(`${path}.new`); // nothing can be written there
  const changed = [{ ...config, readOnly: true }];
  const [problem = ""] = await become(local, changed);
  assertStringIncludes(problem, "e0.0 is not served: Cannot write");
  assertEquals(local.served("e0.0"), undefined);
  Deno.removeSync(`${path}.new`);
  assertEquals(await become(local, changed), []);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, [A]);
  assertEquals(StateFile.open(states.path, 0, 0, undefined).read().reservations, [A]);
});

Deno.test("an export that is undecided stays so where what could not be read is gone", async () => {
  using states = new TemporaryFolder();
  using local = new LocalCrew(2, states.path);
  const config = local.config(0);
  const path = `${states.path}/e0.0.json`;
  Deno.writeTextFileSync(path, "{");
  await become(local, [config]);
  Deno.removeSync(`${path}.unreadable`);
  for (const readOnly of [true, false]) {
    assertEquals(await become(local, [{ ...config, readOnly }]), []);
    const { target, state } = local.served("e0.0") ?? {};
    assertEquals([target?.disk.isUndecided, state?.setAside?.path], [true, path]);
    assertEquals([...Deno.readDirSync(states.path)].map(({ name }) => name), ["dblade.lock"]);
  }
  // Somebody mended it: that is not written over.
  using other = new TemporaryFolder();
  const mended = StateFile.open(other.path, 0, 0, undefined);
  assertEquals(mended.save({ ...mended.initial, reservations: [B] }), 0);
  Deno.renameSync(`${other.path}/e0.0.json`, path);
  assertEquals(await become(local, [{ ...config, readOnly: true }]), []);
  const { target } = local.served("e0.0") ?? {};
  assertEquals(target?.disk.isUndecided, false);
  assertEquals(target?.settings.current.reservations, [B]);
});

Deno.test("an export without a state is changed without one", async () => {
  using states = new TemporaryFolder();
  using local = new LocalCrew(2, states.path);
  const config = local.config(0);
  await become(local, [config]);
  assertEquals(await become(local, [{ ...config, readOnly: true }]), []);
  assertEquals([...Deno.readDirSync(states.path)].map(({ name }) => name), ["dblade.lock"]);
});

Deno.test("an export whose sync failed refuses writes in its new shape, too", async () => {
  using local = new LocalCrew(1);
  const config = local.config(0);
  await become(local, [config]);
  local.served("e0.0")?.target.disk.fault();
  const replaced = [{ ...config, serial: "other" }];
  const { crew } = local;
  const { problems, warnings } = await crew.carryOut(
    changesBetween(crew.configs, byAddress(replaced)),
  );
  assertEquals([problems, warnings.length], [[], 1]);
  assertEquals(local.served("e0.0")?.target.disk.faulted, true);
  const link = `${local.folder.path}/link.img`;
  Deno.symlinkSync(config.path, link);
  const isFaulted = (name: string) => local.served(name)?.target.disk.faulted;
  await become(local, [{ ...config, path: link }]);
  assertEquals(isFaulted("e0.0"), true, "by another name of the file");
  await become(local, [{ ...config, slot: 7 }]);
  assertEquals(isFaulted("e0.7"), true, "at another address");
  await become(local, [{ ...config, slot: 7, path: local.folder.file("other.img", 4096) }]);
  assertEquals(isFaulted("e0.7"), false);
  await become(local, []);
  await become(local, [config]);
  assertEquals(isFaulted("e0.0"), true, "after others");
  Deno.renameSync(config.path, `${config.path}.moved`);
  await become(local, [{ ...config, path: local.folder.file("d0.img", 4096) }]);
  await become(local, [{ ...config, path: `${config.path}.moved` }]);
  assertEquals(isFaulted("e0.0"), true, "by its new name");
  await become(local, [{ ...config, serial: "other" }]);
  assertEquals(isFaulted("e0.0"), false, "another file has its old name");
  Deno.renameSync(`${config.path}.moved`, config.path);
  await become(local, [config]);
  assertEquals(isFaulted("e0.0"), true);
  await become(local, []);
  crew.forgive("e0.0");
  await become(local, [config]);
  assertEquals(isFaulted("e0.0"), false);
});

Deno.test("who is shut out by a change in place is served no more when it is done", async () => {
  using local = new LocalCrew(1);
  const config = local.config(0);
  await become(local, [config]);
  const target = local.served("e0.0")?.target ?? {};
  let isSettled = false;
  Object.defineProperty(target, "isSettled", { get: () => isSettled });
  let isDone = false;
  const change = become(local, [{ ...config, accept: [B] }]).finally(() => isDone = true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals([isDone, local.served("e0.0")?.config.accept], [false, [B]]);
  isSettled = true;
  assertEquals(await change, []);
});

testLoop("parts of one block device are served together, and may move", async () => {
  using local = new LocalCrew(2);
  using device = new LoopDevice(local.folder.file("device.img", 2 ** 20));
  const part = (slot: number, offsetSectors: number): ExportConfig => {
    return local.config(slot, { path: device.path, offsetSectors, lengthSectors: 1024 });
  };
  assertEquals(await become(local, [part(0, 0), local.config(1), part(2, 1024)]), []);
  assertEquals(await become(local, [part(0, 1024), local.config(1), part(2, 0)]), []);
  assertEquals(local.served("e0.2")?.config.offsetSectors, 0);
  // Claims are a thread's.
  const threads = ["e0.0", "e0.2"].map((name) =>
    local.paths.findIndex(({ exports }) => {
      return exports.has(name);
    })
  );
  assertEquals(threads[0], threads[1]);
});
