/**
 * A service is changed while it runs: by its file, and by who asks it.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { ExportConfig } from "../lib/config.ts";
import { type BadFile, type GoodFile, readServiceConfig } from "../lib/config/read.ts";
import { LOCAL_SYSTEM } from "../lib/config/system.ts";
import { ServiceError } from "../lib/control/service.ts";
import { configureLog } from "../lib/log.ts";
import { RunningService } from "../lib/server/service.ts";
import { LocalCrew } from "./local_crew.ts";

const A = 0x02_00_00_00_00_0a;
const B = 0x02_00_00_00_00_0b;
const LISTS = `
[defaults]
interfaces = ["no-such-one"]
[acls]
hosts = ["02:00:00:00:00:0a"]
`;

/** A service whose file is a text. */
class Case implements Disposable {
  readonly local = new LocalCrew(2);
  readonly service: RunningService;
  text: string;

  constructor(text: string) {
    this.text = text;
    const { crew } = this.local;
    const file = this.#read();
    assert(file.mistakes === undefined);
    this.service = new RunningService({ path: "f", file, crew, read: this.#read });
  }

  readonly #read = (tolerates: (path: string) => boolean = () => true): GoodFile | BadFile => {
    return readServiceConfig("f", this.text, { ...LOCAL_SYSTEM, tolerates });
  };

  [Symbol.dispose](): void {
    this.local[Symbol.dispose]();
  }
}

/** A file that somebody else has locked. */
function lockedBy(other: LocalCrew): ExportConfig {
  const config = other.config(0);
  other.paths[0]?.add([{ config }]);
  return config;
}

Deno.test("an export that was added has the lists that the file has after a reload", async () => {
  using one = new Case(LISTS);
  const { local, service } = one;
  await service.begin();
  const path = local.folder.file("added.img", 4096);
  await service.add({ shelf: 0, slot: 0, path, accept: ["hosts"] });
  assertEquals(local.served("e0.0")?.config.accept, [A]);
  one.text = LISTS.replace("00:0a", "00:0b");
  assertEquals((await service.reload()).changed, ["e0.0"]);
  assertEquals(local.served("e0.0")?.target.settings.admits(A), false);
  one.text = LISTS.replace("hosts", "others");
  const { problems, changed } = await service.reload();
  assertEquals([problems.length, changed], [1, []]);
  assertStringIncludes(problems[0] ?? "", "e0.0 stays as it was");
  assertEquals(local.served("e0.0")?.config.accept, [B]);
});

Deno.test("a set that cannot be carried out leaves the export as it was", async () => {
  using one = new Case(LISTS);
  using other = new LocalCrew(1);
  const busy = lockedBy(other);
  const { local, service } = one;
  const path = local.folder.file("added.img", 4096);
  await service.add({ shelf: 0, slot: 0, path, buffers: 7 });
  const reserve = { reservations: [B] };
  local.served("e0.0")?.target.administer((state) => ({ ...state, ...reserve }), () => 0);
  const { changed, problems } = await service.set("e0.0", { path: busy.path });
  assertEquals([changed, problems.length], [[], 1]);
  assertStringIncludes(problems[0] ?? "", "e0.0 is served as before: Cannot lock");
  assertEquals(local.served("e0.0")?.config.path, path);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, [B]);
  await service.set("e0.0", { sync: true });
  const { buffers, sync } = local.served("e0.0")?.config ?? {};
  assertEquals([buffers, sync], [7, true]);
  assertEquals(await service.reload().then((report) => report.unchanged), 1);
});

/** The table of e0.`slot` in a file. */
function table(slot: number, path: string, more = ""): string {
  return `\n[[export]]\nshelf = 0\nslot = ${slot}\npath = "${path}"\n${more}\n`;
}

Deno.test("a reload leaves an export as it was where it cannot be as the file says", async () => {
  using one = new Case(LISTS);
  using other = new LocalCrew(1);
  const busy = lockedBy(other);
  const { local, service } = one;
  const path = local.folder.file("first.img", 4096);
  one.text = LISTS + table(0, path) + table(1, local.folder.file("second.img", 4096));
  assertEquals((await service.reload()).added, ["e0.0", "e0.1"]);
  one.text = one.text.replace(path, busy.path);
  const lines: string[] = [];
  configureLog("warning", "text", (line) => lines.push(line));
  const { added, removed, changed, problems } = await service.reload();
  configureLog("error", "text", () => {});
  assert(lines.some((line) => line.includes("e0.0 is served as before: Cannot lock")));
  assertEquals([added, removed, changed], [[], [], []]);
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0] ?? "", "e0.0 is served as before: Cannot lock");
  assertEquals(local.served("e0.0")?.config.path, path);
  for (const name of ["first.img", "second.img"]) Deno.removeSync(`${local.folder.path}/${name}`);
  one.text = one.text.replace(busy.path, path).replace("slot = 0\n", "slot = 0\nsync = true\n");
  const lost = await service.reload();
  assertEquals([lost.removed, lost.changed, lost.unchanged], [["e0.0"], [], 1]);
  assertEquals((await service.status()).unserved.map(({ name }) => name), ["e0.0"]);
});

Deno.test("a file that is missing keeps no other export from a change", async () => {
  using one = new Case(LISTS);
  const { local, service } = one;
  const path = local.folder.file("first.img", 4096);
  one.text = LISTS + table(0, path);
  await service.reload();
  Deno.renameSync(path, `${path}.moved`);
  one.text += table(1, local.folder.file("second.img", 4096));
  const { added, warnings } = await service.reload();
  assertEquals(added, ["e0.1"]);
  assertStringIncludes(warnings.join("\n"), "does not exist");
  assertEquals((await service.set("e0.0", { deny: ["02:00:00:00:00:0a"] })).changed, ["e0.0"]);
  assertEquals(local.served("e0.0")?.target.settings.admits(A), false);
  // What is asked for just now must be there.
  one.text += table(2, `${path}.other`);
  await assertRejects(() => service.reload(), ServiceError, "does not exist");
  assertEquals(local.served("e0.1")?.name, "e0.1");
});

Deno.test("a file that names no export any more changes nothing", async () => {
  using one = new Case(LISTS);
  const { local, service } = one;
  one.text = LISTS + table(0, local.folder.file("first.img", 4096));
  await service.reload();
  one.text = "";
  await assertRejects(() => service.reload(), ServiceError, "names no export any more");
  assertEquals(service.names, ["e0.0"]);
  await service.remove("e0.0");
  assertEquals((await service.reload()).problems, []);
});

Deno.test("a file that takes sectors of an export that was added changes nothing", async () => {
  using one = new Case(LISTS);
  const { local, service } = one;
  const path = local.folder.file("added.img", 4096);
  await service.add({ shelf: 0, slot: 9, path });
  one.text = LISTS + table(5, path, "shared = true");
  await assertRejects(() => service.reload(), ServiceError, 'dblade remove e0.9" first');
  assertEquals([...local.crew.configs.keys()], ["e0.9"]);
  await service.remove("e0.9");
  assertEquals((await service.reload()).added, ["e0.5"]);
});

Deno.test("an add that failed may be tried again", async () => {
  using one = new Case(LISTS);
  using other = new LocalCrew(1);
  const busy = lockedBy(other);
  const [holder] = other.paths[0]?.exports.values() ?? [];
  const { service } = one;
  const keys = { shelf: 0, slot: 3, path: busy.path };
  for (let turn = 0; turn < 2; turn++) {
    const { added, problems } = await service.add(keys);
    assertEquals([added, problems.length], [[], 1]);
    assertEquals([service.names, (await service.status()).unserved], [[], []]);
  }
  if (holder !== undefined) await other.paths[0]?.remove(holder);
  assertEquals((await service.add(keys)).added, ["e0.3"]);
});

Deno.test("a reload tells each time what takes a restart", async () => {
  using one = new Case(LISTS);
  await one.service.begin();
  one.text = `${LISTS}\n[interfaces.eth0]\nmtu = 1500\n`;
  const expected = ["[interfaces] was changed in the file: it takes a restart"];
  for (const mtu of [1500, 1500, 9000]) {
    one.text = `${LISTS}\n[interfaces.eth0]\nmtu = ${mtu}\n`;
    const { problems } = await one.service.reload();
    assertEquals(problems, expected);
  }
  using other = new Case(one.text);
  other.text = one.text.replace("9000", "1500");
  assertEquals((await other.service.reload()).problems, expected);
});
