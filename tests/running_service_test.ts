/**
 * A service is changed while it runs: by its file, and by who asks it.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type GoodFile, readServiceConfig } from "../lib/config/read.ts";
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
    this.service = new RunningService({ path: "f", file: this.#read(), crew, read: this.#read });
  }

  readonly #read = (): GoodFile => {
    const file = readServiceConfig("f", this.text);
    assert(file.mistakes === undefined);
    return file;
  };

  [Symbol.dispose](): void {
    this.local[Symbol.dispose]();
  }
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
  const busy = other.config(0);
  other.paths[0]?.add([{ config: busy }]);
  const { local, service } = one;
  const path = local.folder.file("added.img", 4096);
  await service.add({ shelf: 0, slot: 0, path, buffers: 7 });
  const reserve = { reservations: [B] };
  local.served("e0.0")?.target.administer((state) => ({ ...state, ...reserve }), () => 0);
  const { changed, problems } = await service.set("e0.0", { path: busy.path });
  assertEquals([changed, problems.at(-1)], [[], "e0.0 is served as before"]);
  assertEquals(local.served("e0.0")?.config.path, path);
  assertEquals(local.served("e0.0")?.target.settings.current.reservations, [B]);
  await service.set("e0.0", { sync: true });
  const { buffers, sync } = local.served("e0.0")?.config ?? {};
  assertEquals([buffers, sync], [7, true]);
  assertEquals(await service.reload().then((report) => report.unchanged), 1);
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
