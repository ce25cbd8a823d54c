/**
 * Every mistake that the file of a service can have: its line, its key, what is said of it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { formatMistake } from "../lib/config/mistakes.ts";
import { readServiceConfig } from "../lib/config/read.ts";

/** All that is said of a text, without the file's name. */
function complaints(text: string): readonly string[] {
  const { mistakes } = readServiceConfig("F", text);
  return (mistakes ?? []).map((mistake) => formatMistake(mistake).replace(/^F:/, ""));
}

/** A good export from line 1 to 4; more keys of it from line 5 on. */
const DISK = `[[export]]\nshelf = 0\nslot = 0\npath = "/d"\n`;
/** A list from line 1 to 2, then a good export; more keys of it from line 7 on. */
const LISTS = `[acls]\nhosts = ["02:00:5e:10:00:01"]\n${DISK}`;

/** What a text is about, the text, and how each complaint begins. */
const CASES: readonly (readonly [text: string, ...complaints: readonly string[]])[] = [
  // Tables.
  ["[sevrer]\nworkers = 2", "1: sevrer: is not known; did you mean [server]?"],
  ["\n[[exports]]\nslot = 1", "2: exports: is not known; did you mean [[export]]?"],
  ["[nonsense]", "1: nonsense: is not known; leave it out, or look it up in docs/"],
  ["workers = 2", "1: workers: has no place here; put it into [server]"],
  ["[[server]]", "1: server: is a list; write [server]"],
  ["server = 1", "1: server: is the number 1; write [server]"],
  ["defaults = true", "1: defaults: is true; write [defaults]"],
  ["acls = []", "1: acls: is a list; write [acls]"],
  ["[[interfaces]]", "1: interfaces: is a list; write [interfaces.NAME]"],
  ["\n[export]\nshelf = 1", "2: export: is a table; write [[export]], with two brackets"],
  ["export = [1]", "1: export: has what is no table; write [[export]]"],
  // [server]
  ["[server]\n\nworker = 1", '3: server.worker: is not known; did you mean "workers"?'],
  ["[server]\nbusy_poll = 1", '2: server.busy_poll: is not known; did you mean "busy-poll"?'],
  ["[server]\nlog-level = 1", '2: server.log-level: is not known; did you mean "log"?'],
  ["[server]\nread_only = true", "2: server.read_only: has no place here; put it into [defaults]"],
  ['[server]\n"a b" = 1', '2: server."a b": is not known'],
  [
    "[server]\nworkers = 0",
    "2: server.workers: is the number 0; write a whole number from 1 to 64",
  ],
  ["[server]\nworkers = 65", "2: server.workers: is the number 65"],
  ["[server]\nworkers = 1.5", "2: server.workers: is the number 1.5"],
  ['[server]\nworkers = "2"', '2: server.workers: is the text "2"; write a whole number'],
  ["[server]\nworkers = [2]", "2: server.workers: is a list"],
  ["[server]\nworkers = {}", "2: server.workers: is a table"],
  ["[server]\nworkers = 2024-01-01", "2: server.workers: is a date"],
  ["[server]\nworkers = nan", "2: server.workers: is the number NaN"],
  [
    '[server]\nengine = "rign"',
    '2: server.engine: is the text "rign"; write one of "auto", "ring", "plain", perhaps "ring"',
  ],
  ["[server]\nengine = true", "2: server.engine: is true; write one of"],
  ["[server]\nbusy-poll = 10001", "2: server.busy-poll: is the number 10001; write a whole"],
  ['[server]\nlog = "warn"', '2: server.log: is the text "warn"; write one of "debug", "info"'],
  ['[server]\nlog-format = "xml"', '2: server.log-format: is the text "xml"; write one of "text"'],
  ['[server]\nstate-dir = "var"', '2: server.state-dir: is the text "var"; write a path that'],
  ["[server]\ncontrol-socket = 5", "2: server.control-socket: is the number 5; write a path"],
  [
    `[server]\ncontrol-socket = "/${"x".repeat(107)}"`,
    `2: server.control-socket: is the text "/${
      "x".repeat(79)
    }"; write a path that begins with /, ` +
    "of at most 107 bytes",
  ],
  ['[server]\nuser = ""', '2: server.user: is the text ""; write 1 to 32 printable ASCII'],
  // What is no value.
  [
    "[server]\nworkers = x",
    '2: server.workers: "x" is no value; write a whole number from 1 to 64',
  ],
  ["[server]\nengine = ring", '2: server.engine: "ring" is no value; write text in quotes: "ring"'],
  ["[server]\nengine = fast", '2: server.engine: "fast" is no value; write one of "auto", "ring"'],
  ["[server]\nuser = dblade", '2: server.user: "dblade" is no value; write text in quotes: "dbl'],
  ["[server]\nwrokers = x", '2: server.wrokers: "x" is no value; write text in quotes: "x"'],
  ["[server.x]\nworkers = x", "1: ", '2: server.x.workers: "x" is no value; write text in quotes'],
  ["[defaults]\nsync = yes", '2: defaults.sync: "yes" is no value; write true or false'],
  [
    '[interfaces."eth0.5"]\nmtu = jumbo',
    '2: interfaces."eth0.5".mtu: "jumbo" is no value; write a whole number from 548 to 65536',
  ],
  [`${DISK}length = 10G`, '5: export[0].length: "10G" is no value; write text in quotes: "10G"'],
  [`${DISK}length = all`, '5: export[0].length: "all" is no value; write a number of sectors from'],
  [`${DISK}deny = [hosts]`, '5: export[0].deny: "hosts" is no value; write text in quotes: "host'],
  [`${DISK}x = 1\nbuffers = 2k`, "5: ", '6: export[0].buffers: "2k" is no value; write a whole'],
  // [defaults]
  ['[defaults]\npath = "/d"', "2: defaults.path: has no place here; put it into [[export]]"],
  ['[defaults]\nserial = "A"', "2: defaults.serial: has no place here; put it into [[export]]"],
  ["[defaults]\nworkers = 2", "2: defaults.workers: has no place here; put it into [server]"],
  [`${DISK}[defaults]\nsync = 1`, "6: defaults.sync: is the number 1; write true or false"],
  [`${DISK}[defaults]\naccept = ["x"]`, '6: defaults.accept[0]: "x" is no MAC address and no'],
  [`${DISK}[defaults]\naccept = []`, "6: defaults.accept: lets nobody in; name stations, or write"],
  // [acls]
  ['[acls]\na = "02:00:5e:10:00:01"', "2: acls.a: is the text"],
  ['[acls]\na = [\n1,\n""]', "3: acls.a[0]: is the number 1", "4: acls.a[1]: is empty"],
  ["[acls]\nnone = []", "2: acls.none: is empty; name stations, or leave the list out"],
  [
    `[acls]\nnone = []\nmore = ["none"]\n${DISK}deny = ["more"]`,
    "2: acls.none: is empty; name stations",
  ],
  [
    '[acls]\nhost = ["02005e100001"]\na = ["hots"]',
    '3: acls.a[0]: "hots" is no MAC address and no list of',
  ],
  ['[acls]\na = ["01:00:00:00:00:00"]', "2: acls.a[0]: 01:00:00:00:00:00 is a group address"],
  ['[acls]\na = ["00:00:00:00:00:00"]', "2: acls.a[0]: 00:00:00:00:00:00 is no address of a"],
  ['[acls]\na = ["a"]', "2: acls.a[0]: closes a circle of lists: a, a; leave one of them out"],
  [
    '[acls]\na = ["b"]\nb = [\n"c"]\nc = ["02:00:5e:10:00:01", "b"]',
    "5: acls.c[1]: closes a circle of lists: b, c, b",
  ],
  ['[acls]\nall = ["02005e100002"]', "2: acls.all: means all stations; choose another name"],
  [
    '[acls]\n02005e100001 = ["02005e100002"]',
    "2: acls.02005e100001: is a MAC address; choose another name",
  ],
  [
    `[acls]\n${
      Array.from({ length: 102 }, (_, at) => `a${at} = ["a${at + 1}"]\n`).join("")
    }a102 = ["02005e100001"]`,
    "101: acls.a99[0]: is behind more than 100 lists that name each other",
  ],
  // [interfaces.NAME]
  ["[interfaces.eth0]\nmtu = 547", "2: interfaces.eth0.mtu: is the number 547; write a whole"],
  ["[interfaces.eth0]\nmtu = 65537", "2: interfaces.eth0.mtu: is the number 65537"],
  ["[interfaces.eth0]\nring-slots = 8", "2: interfaces.eth0.ring-slots: is the number 8"],
  ["[interfaces.eth0]\nrings = 8", "2: interfaces.eth0.rings: is not known"],
  ["[interfaces]\neth0 = 9000", "2: interfaces.eth0: is the number 9000; write [interfaces.NAME]"],
  ['[interfaces."eth*"]', '1: interfaces."eth*": "eth*" is a pattern, and here one interface'],
  ["[interfaces.a123456789012345]", '1: interfaces.a123456789012345: "a123456789012345" has more'],
  // [[export]]: address and file
  [
    "\n[[export]]\nsync = true",
    "2: export[0].shelf: is missing; write shelf = NUMBER",
    "2: export[0].slot: is missing",
    '2: export[0].path: is missing; write path = "/...", or uuid or id instead',
  ],
  [
    `${DISK}[[export]]\nshelf = 65535\nslot = 255\npath = "/e"`,
    "6: export[1].shelf: is the number" +
    " 65535; write a whole number from 0 to 65534",
    "7: export[1].slot: is the number 255; write a",
  ],
  [`${DISK}shelf = 1`, "5: export[0].shelf: is set already on line 2; keep one"],
  [
    `${DISK}[[export]]\npath = "/e"\nslot = 0\nshelf = 0`,
    "7: export[1].slot: makes the address of e0.0 (line 1) again; choose another",
  ],
  [`${DISK}uuid = "u"`, "5: export[0].uuid: is beside path; keep one of them"],
  [
    `${DISK}uuid = "u"\nid = "i"`,
    "5: export[0].uuid: is beside path",
    "6: export[0].id: is beside",
  ],
  [`[[export]]\nshelf = 0\nslot = 0\nuuid = "../sda"`, '4: export[0].uuid: is the text "../sda"'],
  [`[[export]]\nshelf = 0\nslot = 0\nid = ".."`, '4: export[0].id: is the text ".."; write the'],
  [`[[export]]\nshelf = 0\nslot = 0\npath = "d.img"`, '4: export[0].path: is the text "d.img"'],
  [`[[export]]\nshelf = 0\nslot = 0\npath = "/d\\u0000"`, "4: export[0].path: is the text"],
  // [[export]]: which part
  [`${DISK}offset = -1`, "5: export[0].offset: is the number -1; write a number of sectors from 0"],
  [`${DISK}offset = "1X"`, '5: export[0].offset: is the text "1X"'],
  [`${DISK}length = 0`, "5: export[0].length: is the number 0; write a number of sectors from 1"],
  [`${DISK}length = "100P"`, '5: export[0].length: is the text "100P"'],
  [`${DISK}lenght = 1`, '5: export[0].lenght: is not known; did you mean "length"?'],
  [`${DISK}size = 1`, '5: export[0].size: is not known; did you mean "length"?'],
  // [[export]]: the others
  [`${DISK}read-only = "yes"`, '5: export[0].read-only: is the text "yes"; write true or false'],
  [`${DISK}buffers = 1`, "5: export[0].buffers: is the number 1; write a whole number from 2 to"],
  [`${DISK}serial = "${"s".repeat(21)}"`, "5: export[0].serial: is the text"],
  [`${DISK}serial = "ö"`, '5: export[0].serial: is the text "ö"; write 1 to 20 printable ASCII'],
  [`${DISK}model = "${"m".repeat(41)}"`, "5: export[0].model: is the text"],
  [`${DISK}interfaces = []`, '5: export[0].interfaces: is empty; name interfaces, or write ["*"]'],
  [`${DISK}interfaces = 5`, "5: export[0].interfaces: is the number 5; write a name such as"],
  [`${DISK}interfaces = [5]`, "5: export[0].interfaces[0]: is the number 5; write text in quotes"],
  [`${DISK}interfaces = "a/b"`, '5: export[0].interfaces[0]: "a/b" is no name of an interface'],
  [`${DISK}interfaces = ["e",\n"eth["]`, '6: export[0].interfaces[1]: "eth[" is no pattern'],
  [`${DISK}interfaces = "eth[^0]"`, '5: export[0].interfaces[0]: "eth[^0]" is no pattern; write *'],
  [`${DISK}mtu = 9000`, "5: export[0].mtu: has no place here; put it into [interfaces.NAME]"],
  [`${DISK}x.y = 1`, "5: export[0].x: is not known"],
  // [[export]]: who is served
  [`${LISTS}accept = []`, "7: export[0].accept: lets nobody in; name stations"],
  [
    `${LISTS}accept = 5`,
    '7: export[0].accept: is the number 5; write a MAC such as "02:00:5e:10:00:ff", a name of ' +
    '[acls], or a list of them, or "all"',
  ],
  [`${LISTS}accept = ""`, "7: export[0].accept[0]: is empty; write text in quotes"],
  [`${LISTS}deny = "host"`, '7: export[0].deny[0]: "host" is no MAC address and no list of [acls]'],
  [`${LISTS}mask = "hosts"`, '7: export[0].mask[0]: "hosts" is no MAC address; write a MAC such'],
  [
    `${LISTS}accept = [\n  "hosts",\n  "hots",\n]`,
    '9: export[0].accept[1]: "hots" is no MAC address and no list of [acls]; did you mean "hosts"?',
  ],
  [`${LISTS}accept = ["all", "hosts"]`, '7: export[0].accept: has "all" beside others; let it'],
  [`${LISTS}deny = ["all"]`, '7: export[0].deny[0]: "all" is no MAC address and no list'],
  [`${LISTS}deny = ["hosts", "x"]`, '7: export[0].deny[1]: "x" is no MAC address and no list'],
  [`${LISTS}mask = []`, '7: export[0].mask: is empty; name stations, or write ["all"]'],
  [`${LISTS}mask = ["hosts"]`, '7: export[0].mask[0]: "hosts" is no MAC address; write a MAC such'],
  [
    `${DISK}mask = [${
      Array.from({ length: 256 }, (_, at) => `"0200000001${at.toString(16).padStart(2, "0")}"`)
    }]`,
    "5: export[0].mask: has 256 MACs; name at most 255",
  ],
  [
    `[acls]\nnone = []\n${DISK}accept = ["none"]`,
    "2: acls.none: is empty",
    "7: export[0].accept: lets nobody in",
  ],
  // Two exports of one file
  [
    `${DISK}[[export]]\nshelf = 0\nslot = 1\npath = "/d"`,
    "8: export[1].path: is used by e0.0 (line 1), too, for sectors that overlap, and one of them " +
    "writes; make both read-only, set offset and length apart, or set shared = true in both",
  ],
  [
    `[[export]]\nshelf = 0\nslot = 0\nid = "d"\n` +
    `[[export]]\nshelf = 0\nslot = 1\npath = "/dev/disk/by-id/d"\n` +
    `[[export]]\nshelf = 0\nslot = 2\nid = "d"`,
    "8: export[1].path: is used by e0.0 (line 1), too",
    "12: export[2].id: is used by e0.0 (line 1), too",
  ],
  [`${DISK}[[export]]\nshelf = 0\nslot = 1\npath = "//./d"`, "8: export[1].path: is used by e0.0"],
  [
    `${DISK}length = 8\n[[export]]\nshelf = 0\nslot = 1\npath = "/d"\noffset = 7\nread-only = true`,
    "9: export[1].path: is used by e0.0 (line 1), too",
  ],
  [
    `${DISK}shared = true\n[[export]]\nshelf = 0\nslot = 1\npath = "/d"`,
    "9: export[1].path: is used by e0.0 (line 1), too",
  ],
];

for (const [text, ...expected] of CASES) {
  Deno.test(`readServiceConfig() finds what is wrong: ${expected[0]?.slice(0, 60)}`, () => {
    const found = complaints(text);
    assertEquals(found.map((line, index) => line.slice(0, expected[index]?.length)), expected);
    for (const line of found) assert(/^[^;]*; [a-z["]/.test(line) && line.length < 400, line);
  });
}

Deno.test("readServiceConfig() tells all mistakes at once, in the order of the lines", () => {
  const text = `workers = 2\n[server]\nlog = eth0\nworkers = 99\n${LISTS}acept = 5\nslot = 1\n` +
    `[[export]]\nshelf = 0\nslot = 0\npath = "/d"\n[server]\nlog = "info"\n`;
  assertEquals(complaints(text).map((line) => line.split("; ")[0]), [
    "1: workers: has no place here",
    '3: server.log: "eth0" is no value',
    "4: server.workers: is the number 99",
    "11: export[0].acept: is not known",
    "12: export[0].slot: is set already on line 9",
    "15: export[1].slot: makes the address of e0.0 (line 7) again",
    "16: export[1].path: is used by e0.0 (line 7), too, for sectors that overlap, and one of " +
    "them writes",
    "17: server: is there already, on line 2",
  ]);
});

Deno.test("readServiceConfig() does not miss keys whose lines it could not read", () => {
  assertEquals(complaints(`[[export]]\nshelf = 0\nslot = 0\npath = /d`).length, 1);
});

Deno.test("formatMistake() leaves out what is not known", () => {
  const mistake = { file: "", line: 0, key: "slot", problem: "is missing", remedy: "write it" };
  assertEquals(formatMistake(mistake), "slot: is missing; write it");
  assertEquals(formatMistake({ ...mistake, file: "F" }), "F: slot: is missing; write it");
  assertEquals(
    formatMistake({ ...mistake, file: "F", line: 3, key: "" }),
    "F:3: is missing; write it",
  );
});

Deno.test("readServiceConfig() tells of 100 mistakes, and how many more there are", () => {
  const keys = Array.from({ length: 20_000 }, (_, at) => `key${at} = 1\n`);
  const found = complaints(`[server]\n${keys.join("")}`);
  assertEquals(found.length, 101);
  assertEquals(found[99]?.startsWith("101: server.key99: is not known"), true);
  assertEquals(found[100], " there are 19900 more; see to these first");
});

Deno.test("readServiceConfig() bounds the lists that lists in lists make", () => {
  const lists = Array.from({ length: 3000 }, (_, at) => {
    const mac = `02000000${at.toString(16).padStart(4, "0")}`;
    return `l${at} = ["${mac}"${at === 0 ? "" : `, "l${at - 1}"`}]\n`;
  });
  const found = complaints(`[acls]\n${lists.join("")}`);
  assertEquals(found.length, 1);
  assert(found[0]?.includes("makes more than 1048576 MACs in all lists; name fewer"), found[0]);
});
