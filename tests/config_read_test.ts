/**
 * What a good file of a service comes to, and one export that is given at run time.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { exportFromKeys, type ExportReading } from "../lib/config/exports.ts";
import { formatMistake } from "../lib/config/mistakes.ts";
import { type GoodFile, readServiceConfig } from "../lib/config/read.ts";
import { readText } from "./sources.ts";

/** A file that must be good. */
function read(text: string): GoodFile {
  const file = readServiceConfig("F", text);
  assert(file.mistakes === undefined, file.mistakes?.map(formatMistake).join("\n"));
  return file;
}

const DISK = `[[export]]\nshelf = 1\nslot = 2\npath = "/d"\n`;

/** What is not there. */
const USUAL = {
  interfaces: [],
  offsetSectors: 0,
  lengthSectors: undefined,
  readOnly: false,
  direct: false,
  sync: false,
  buffers: 128,
  accept: undefined,
  deny: [],
  broadcast: false,
  masks: undefined,
  serial: undefined,
  model: undefined,
  shared: false,
  force: false,
};
const HOSTS = [0x02005e100001, 0x02005e100002];
/** The exports of docs/dblade.toml, but for what all of them share. */
const SAMPLE_EXPORTS = [
  {
    shelf: 0,
    slot: 0,
    path: "/srv/disks/root.img",
    accept: HOSTS,
    deny: [0x02005e100099],
    broadcast: true,
    sync: true,
    serial: "ROOT-0001",
  },
  {
    shelf: 0,
    slot: 1,
    path: "/srv/disks/parts.img",
    lengthSectors: 10 * 2 ** 21,
    masks: [0x02005e100001],
  },
  {
    shelf: 0,
    slot: 2,
    path: "/srv/disks/parts.img",
    offsetSectors: 10 * 2 ** 21,
    lengthSectors: 2097152,
    accept: [...HOSTS, 0x02005e100003],
  },
  {
    shelf: 1,
    slot: 0,
    path: "/dev/disk/by-uuid/2f1c0b7e-6a0d-4a51-9a4e-0c8f3f2d9b11",
    interfaces: ["eth1"],
    readOnly: true,
  },
  {
    shelf: 1,
    slot: 1,
    path: "/dev/disk/by-id/ata-EXAMPLE_SSD_0123456789",
    direct: true,
    shared: true,
  },
];

Deno.test("readServiceConfig() gives what is not there its usual value", () => {
  for (const text of ["", "# nothing\n"]) {
    assertEquals(read(text).config, {
      stateFolder: undefined,
      controlSocket: "/run/dblade/control.sock",
      workers: 1,
      engine: "auto",
      busyPollUs: 50,
      logLevel: "info",
      logFormat: "text",
      user: undefined,
      interfaceSettings: new Map(),
      exports: [],
    });
  }
  assertEquals(read(DISK).config.exports, [{ ...USUAL, shelf: 1, slot: 2, path: "/d" }]);
});

Deno.test("docs/dblade.toml is read as it says", () => {
  const { config, acls } = read(readText("docs/dblade.toml"));
  const { exports, ...server } = config;
  assertEquals(server, {
    stateFolder: "/var/lib/dblade",
    controlSocket: "/run/dblade/control.sock",
    workers: 2,
    engine: "auto",
    busyPollUs: 50,
    logLevel: "info",
    logFormat: "json",
    user: "dblade",
    interfaceSettings: new Map([["eth0", { mtuMax: 9000, receiveSlots: 4096 }]]),
  });
  assertEquals([...acls.keys()], ["hosts", "cluster", "retired"]);
  const defaults = { interfaces: ["eth0", "ens*"], buffers: 64, model: "Example storage" };
  assertEquals(exports, SAMPLE_EXPORTS.map((one) => ({ ...USUAL, ...defaults, ...one })));
});

Deno.test("an export goes before the defaults, and can take them back", () => {
  const { config, rawExports, defaults } = read(
    `[acls]\na = ["02-00-5E-10-00-01"]\n[defaults]\naccept = ["a"]\nsync = true\nmask = ["all"]\n` +
      `interfaces = ["eth0"]\n${DISK}${DISK.replace("2", "3").replace("/d", "/e")}` +
      `accept = ["all"]\nsync = false\ninterfaces = "*"\n`,
  );
  const [first, second] = config.exports;
  assertEquals([first?.accept, first?.sync, first?.masks], [[0x02005e100001], true, []]);
  assertEquals([second?.accept, second?.sync, second?.masks], [undefined, false, []]);
  assertEquals([first?.interfaces, second?.interfaces], [["eth0"], ["*"]]);
  assertEquals([...rawExports.keys()], ["e1.2", "e1.3"]);
  assertEquals({ ...rawExports.get("e1.2") }, { shelf: 1, slot: 2, path: "/d" });
  assertEquals(Object.keys(defaults), ["accept", "sync", "mask", "interfaces"]);
});

Deno.test("lists of stations hold each MAC once, and lists may name lists", () => {
  const { acls } = read(
    `[acls]\nall-hosts = ["b", "a", "02005e100003"]\na = ["02:00:5e:10:00:01"]\n` +
      `b = ["a", "02:00:5e:10:00:02", "02-00-5e-10-00-02"]\n`,
  );
  assertEquals(acls.get("all-hosts"), [0x02005e100001, 0x02005e100002, 0x02005e100003]);
});

Deno.test("one text stands for a list of one", () => {
  const one = read(
    `[acls]\na = ["02005e100001"]\n${DISK}accept = "a"\ndeny = "02005e100002"\n` +
      `mask = "02005e100003"\ninterfaces = "eth0"\n`,
  ).config.exports[0];
  const { accept, deny, masks, interfaces } = one ?? {};
  assertEquals([accept, deny, masks], [[0x02005e100001], [0x02005e100002], [0x02005e100003]]);
  assertEquals(interfaces, ["eth0"]);
  const all = read(`${DISK}accept = "all"\nmask = "all"\n`).config.exports[0];
  assertEquals([all?.accept, all?.masks], [undefined, []]);
});

Deno.test("one file may be exported twice where nothing goes wrong by it", () => {
  const twice = (one: string, other: string): void => {
    read(`${DISK}${one}\n${DISK.replace("2", "3")}${other}\n`);
  };
  twice("read-only = true", "read-only = true");
  twice("shared = true", "shared = true");
  twice("length = 8", "offset = 8");
  twice("offset = 8", 'length = "4K"');
});

Deno.test("two serial numbers that are the same are warned of", () => {
  const { warnings } = read(
    `${DISK}serial = "S"\n${DISK.replace("2", "3").replace("/d", "/e")}serial = "S"\n`,
  );
  assertEquals(warnings.map(formatMistake), [
    "F:10: export[1].serial: is the same as that of e1.2 (line 1); choose another one: clients " +
    "may take both for one disk",
  ]);
});

/** What an export at run time comes to, beside the one of {@linkcode DISK}. */
function given(keys: Readonly<Record<string, unknown>>): ExportReading {
  const { config, defaults, acls } = read(
    `[defaults]\nsync = true\n[acls]\na = ["02005e100001"]\n${DISK}`,
  );
  return exportFromKeys(keys, { defaults, acls, others: config.exports, system: undefined });
}

Deno.test("exportFromKeys() reads as a file is read", () => {
  const reading = given({ shelf: 0, slot: 0, path: "/e", length: "1M" });
  assert(reading.mistakes === undefined);
  assertEquals([reading.config.sync, reading.config.lengthSectors], [true, 2048]);
});

Deno.test("exportFromKeys() tells all mistakes, without lines", () => {
  const reading = given({ shelf: 1, slot: 2, path: "/d", acept: [], accept: ["b"], buffers: 1 });
  assertEquals(reading.mistakes?.map((mistake) => formatMistake(mistake).split(/[;,] /)[0]), [
    "acept: is not known",
    "buffers: is the number 1",
    'accept[0]: "b" is no MAC address and no list of [acls]',
    "slot: makes the address of e1.2 again",
    "path: is used by e1.2",
  ]);
  const odd = given({ shelf: null, slot: 3, path: undefined, sync: {} }).mistakes;
  assertEquals(odd?.map((mistake) => formatMistake(mistake).split(";")[0]), [
    "shelf: is null",
    "path: is missing",
    "sync: is a table",
  ]);
  assertEquals(given({}).mistakes?.map(({ key }) => key), ["shelf", "slot", "path"]);
});

for (const more of ["", "read-only = true", "shared = true"]) {
  Deno.test(`readServiceConfig() reads 40000 parts of one file in seconds, with ${more}`, () => {
    const parts = Array.from({ length: 40_000 }, (_, at) => {
      const part = more === "" ? `offset = ${at}\nlength = 1` : more;
      return `[[export]]\nshelf = ${at >> 7}\nslot = ${at & 127}\npath = "/d"\n${part}\n`;
    });
    const startMs = performance.now();
    assertEquals(readServiceConfig("F", parts.join("")).mistakes, undefined);
    assert(performance.now() - startMs < 6000); // it took 10 s
  });
}
