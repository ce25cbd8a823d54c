/**
 * What the file of a service is held against besides itself: files, folders, interfaces, users.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { loadServiceConfig } from "../lib/config/load.ts";
import { formatMistake, type Mistake } from "../lib/config/mistakes.ts";
import { type BadFile, type GoodFile, readServiceConfig } from "../lib/config/read.ts";
import { type ConfigSystem, LOCAL_SYSTEM } from "../lib/config/system.ts";
import "./library.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";

function messages(mistakes: readonly Mistake[] | undefined): readonly string[] {
  return (mistakes ?? []).map(formatMistake);
}

/** Reads a file on this machine; FOLDER in it is the folder. */
function readIn(folder: TemporaryFolder, text: string): GoodFile | BadFile {
  return readServiceConfig("F", text.replaceAll("FOLDER", folder.path), LOCAL_SYSTEM);
}

function disk(slot: number, path: string, more = ""): string {
  return `[[export]]\nshelf = 0\nslot = ${slot}\npath = "${path}"\n${more}\n`;
}

/** A file's text, and how each mistake ends behind `F:`. */
const CASES: readonly (readonly [text: string, ...mistakes: readonly string[]])[] = [
  [disk(0, "FOLDER/disk")],
  [disk(0, "FOLDER/none"), '4: export[0].path: "FOLDER/none" does not exist; make it, or correct'],
  [disk(0, "FOLDER/disk/x"), '4: export[0].path: "FOLDER/disk/x" does not exist'],
  [disk(0, "FOLDER/none/"), '4: export[0].path: "FOLDER/none/" does not exist'],
  [
    disk(0, "FOLDER/disk/"),
    '4: export[0].path: "FOLDER/disk/" ends with "/", and is no folder; leave the / at its end out',
  ],
  [
    disk(0, "FOLDER/none", 'offset = "x"\nlength = 0'),
    '4: export[0].path: "FOLDER/none" does not exist',
    "5: export[0].offset: is the text",
    "6: export[0].length: is the number 0",
  ],
  [disk(0, "FOLDER/tiny", "length = 0"), "5: export[0].length: is the number 0; write a number"],
  [disk(0, "FOLDER"), '4: export[0].path: "FOLDER" is a folder; name a file or a block device'],
  [disk(0, "/dev/null"), '4: export[0].path: "/dev/null" is no file and no block device'],
  [disk(0, "FOLDER/tiny"), "4: export[0].path: is smaller than a sector of 512 bytes"],
  [disk(0, "FOLDER/disk", "offset = 15\nlength = 1")],
  [
    disk(0, "FOLDER/disk", "offset = 16"),
    "5: export[0].offset: is behind the end of the file at 16",
  ],
  [
    disk(0, "FOLDER/disk", 'offset = 4\nlength = "7K"'),
    "6: export[0].length: ends at sector 18, and the file at 16; write at most 12",
  ],
  [
    '[[export]]\nshelf = 0\nslot = 0\nuuid = "no-such"',
    '4: export[0].uuid: "/dev/disk/by-uuid/no-such" does not exist; attach it, or correct uuid',
  ],
  [
    '[[export]]\nshelf = 0\nid = "no-such"\nslot = 0',
    '3: export[0].id: "/dev/disk/by-id/no-such" does not exist; attach it, or correct id',
  ],
  [
    disk(0, "FOLDER/disk") + disk(1, "FOLDER/hard-link"),
    "9: export[1].path: is used by e0.0 (line 1), too",
  ],
  [
    disk(0, "FOLDER/disk", "length = 8") + disk(1, "FOLDER/soft-link", "offset = 7"),
    "9: export[1].path: is used by e0.0 (line 1), too",
  ],
  [disk(0, "FOLDER/disk", "length = 8") + disk(1, "FOLDER/soft-link", "offset = 8")],
  ['[server]\nstate-dir = "FOLDER"'],
  ['[server]\nstate-dir = "FOLDER/none"', '2: server.state-dir: "FOLDER/none" cannot be used: no'],
  ['[server]\nstate-dir = "FOLDER/disk"', '2: server.state-dir: "FOLDER/disk" cannot be used: not'],
];

for (const [text, ...expected] of CASES) {
  const name = expected[0] ?? `nothing in ${JSON.stringify(text.slice(30, 90))}`;
  Deno.test(`held against the machine: ${name.slice(0, 70)}`, () => {
    using folder = new TemporaryFolder();
    folder.file("disk", 16 * 512 + 100);
    folder.file("tiny", 511);
    Deno.linkSync(`${folder.path}/disk`, `${folder.path}/hard-link`);
    Deno.symlinkSync("disk", `${folder.path}/soft-link`);
    const file = readIn(folder, text);
    const wanted = expected.map((line) => `F:${line.replaceAll("FOLDER", folder.path)}`);
    const found = messages(file.mistakes).map((line, at) => line.slice(0, wanted[at]?.length));
    assertEquals(found, wanted);
    assertEquals(file.warnings, []);
  });
}

testLoop("a block device is measured, and known by each of its names", () => {
  using folder = new TemporaryFolder();
  using loop = new LoopDevice(folder.file("disk", 8 * 512));
  Deno.symlinkSync(loop.path, `${folder.path}/link`);
  const file = readIn(folder, disk(0, loop.path, "length = 9") + disk(1, "FOLDER/link"));
  assertEquals(messages(file.mistakes).map((line) => line.split(";")[0]), [
    "F:5: export[0].length: ends at sector 9, and the file at 8",
    "F:9: export[1].path: is used by e0.0 (line 1), too, for sectors that overlap, and one of " +
    "them writes",
  ]);
});

/** A machine with one interface and one user, on which no file can be looked at. */
const STRICT: ConfigSystem = {
  file: () => {
    throw new SystemError("", "statx", 13);
  },
  size: () => 0,
  checkFolder: () => {},
  interfaces: () => ["lo", "eth0"],
  userTrouble: (name) => name === "dblade" ? undefined : "there is no such user",
};

Deno.test("what may not be looked at is a warning", () => {
  const file = readServiceConfig("F", disk(0, "/d") + disk(1, "/d"), STRICT);
  assertEquals(messages(file.warnings).map((line) => line.split(";")[0]), [
    'F:4: export[0].path: "/d" could not be looked at: permission denied (EACCES)',
    'F:9: export[1].path: "/d" could not be looked at: permission denied (EACCES)',
  ]);
  // What has one name is one file all the same.
  assertEquals(messages(file.mistakes).length, 1);
});

Deno.test("an interface that is not there is a warning, once", () => {
  const text = `[defaults]\ninterfaces = ["eth0", "eth1"]\n[interfaces.eth2]\nmtu = 1500\n` +
    `[[export]]\ninterfaces = ["eth1", "eth3", "ens*", "lo"]\n`;
  const { warnings } = readServiceConfig("F", text, STRICT);
  assertEquals(messages(warnings).map((line) => line.split(";")[0]), [
    "F:2: defaults.interfaces: there is no interface eth1 now",
    "F:3: interfaces.eth2: there is no interface eth2 now",
    "F:6: export[0].interfaces: there is no interface eth3 now",
  ]);
});

Deno.test("a user that there is not is a mistake", () => {
  const read = (user: string, system: ConfigSystem): readonly string[] =>
    messages(readServiceConfig("F", `[server]\nuser = "${user}"`, system).mistakes);
  assertEquals(read("dblade", STRICT), []);
  assertEquals(read("nobody", STRICT).map((line) => line.split(";")[0]), [
    "F:2: server.user: there is no such user",
  ]);
  assertEquals(read("nobody", LOCAL_SYSTEM), []);
  assertEquals(read("no-such-user", LOCAL_SYSTEM).length, 1);
  for (const root of ["root", "0", "00"]) {
    assertEquals(read(root, LOCAL_SYSTEM), [
      "F:2: server.user: is root, which gives up nothing; leave it out, or name another one " +
      "(useradd makes one)",
    ]);
  }
});

Deno.test("loadServiceConfig() reads files of thousands of exports, and no endless ones", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.toml`;
  folder.file("disk", 1 << 20);
  const exports = Array.from(
    { length: 2000 },
    (_, at) =>
      disk(at % 200, `${folder.path}/disk`, "read-only = true")
        .replace("shelf = 0", `shelf = ${Math.floor(at / 200)}`),
  );
  Deno.writeTextFileSync(path, exports.join(""));
  assert(Deno.statSync(path).size > 64 * 1024);
  const file = loadServiceConfig(path);
  assert(file.mistakes === undefined, messages(file.mistakes)[0]);
  assertEquals(file.config.exports.length, 2000);
  assertEquals(messages(loadServiceConfig("/dev/zero").mistakes), [
    "/dev/zero: is larger than 4194304 bytes; shorten it",
  ]);
});

Deno.test("loadServiceConfig() names the line that is not UTF-8", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/dblade.toml`;
  Deno.writeFileSync(path, new Uint8Array([0xef, 0xbb, 0xbf, 0x0a, 0x23, 0x0a, 0x23, 0xff, 0x0a]));
  assertEquals(messages(loadServiceConfig(path).mistakes), [
    `${path}:3: is not written in UTF-8; save it as UTF-8`,
  ]);
  Deno.writeTextFileSync(path, "\ufeff[server]\nworkers = 2\n# \ufffd\n");
  assertEquals(loadServiceConfig(path).mistakes, undefined);
});

Deno.test("loadServiceConfig() throws where there is no file", () => {
  const error = assertThrows(() => loadServiceConfig("/no/such.toml"), SystemError);
  assert(error.message.includes('"/no/such.toml"') && error.message.includes("-c"));
  assertThrows(() => loadServiceConfig("/"), SystemError);
});
