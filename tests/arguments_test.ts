/**
 * The command line.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseInvocation } from "../lib/cli/arguments.ts";
import { singleConfig } from "../lib/cli/commands/export.ts";
import { EXPORT_OPTIONS } from "../lib/cli/table/export.ts";
import type { SingleConfig } from "../lib/config.ts";
import { UsageError } from "../lib/error.ts";

const PLACE = ["1", "2", "eth0", "disk.img"];
const DEFAULTS: SingleConfig = {
  shelf: 1,
  slot: 2,
  interfaces: ["eth0"],
  path: "disk.img",
  buffers: 128,
  busyPollUs: 50,
  direct: false,
  sync: false,
  readOnly: false,
  masks: undefined,
  offsetSectors: 0,
  lengthSectors: undefined,
  engine: "auto",
  stateFolder: undefined,
  shared: false,
  force: false,
  logLevel: "info",
  logFormat: "text",
  interfaceSettings: new Map(),
  accept: undefined,
  deny: [],
  broadcast: false,
  serial: undefined,
  model: undefined,
};
const MAC = 0x02005e1000ff;
const SECTORS_MAX = 2 ** 44;

function configOf(...args: string[]): SingleConfig {
  const invocation = parseInvocation(args);
  assert(invocation.command === "run" && invocation.spec.name === "export");
  return singleConfig(invocation.values);
}

for (
  const line of [
    "state --control-socket /s --json show e0.1",
    "state --control-socket=/s show --json e0.1",
    "--json state --control-socket /s show e0.1",
    "--control-socket=/s state --json show -- e0.1",
    "state show e0.1 --json --control-socket /s",
  ]
) {
  Deno.test(`parseInvocation() finds the action and its options in "${line}"`, () => {
    const invocation = parseInvocation(line.split(" "));
    assert(invocation.command === "run");
    const { spec, values } = invocation;
    assertEquals([spec.name, values.operand("EXPORT")], ["state show", "e0.1"]);
    assertEquals([values.has("json"), values.text("control-socket")], [true, "/s"]);
  });
}

Deno.test("parseInvocation() takes an option's value for no action of a group", () => {
  const invocation = parseInvocation(["config", "-i", "get", "get", "e0.1"]);
  assert(invocation.command === "run");
  const { spec, values } = invocation;
  assertEquals([spec.name, values.text("interface")], ["config get", "get"]);
});

Deno.test("parseInvocation() fills in the defaults", () => {
  assertEquals(configOf(...PLACE), DEFAULTS);
});

const GOOD: readonly [args: readonly string[], change: Partial<SingleConfig>][] = [
  [["--buffers", "64"], { buffers: 64 }],
  [["--buffers=64"], { buffers: 64 }],
  [["-b", "64"], { buffers: 64 }],
  [["-b64"], { buffers: 64 }],
  [["-b=64"], { buffers: 64 }],
  [["-b", "0x40"], { buffers: 64 }],
  [["-b", "2"], { buffers: 2 }],
  [["-b", "65535"], { buffers: 65535 }],
  [["--direct"], { direct: true }],
  [["-d"], { direct: true }],
  [["--sync"], { sync: true }],
  [["-s"], { sync: true }],
  [["--read-only"], { readOnly: true }],
  [["-r"], { readOnly: true }],
  [["-ds"], { direct: true, sync: true }],
  [["-dsr"], { direct: true, sync: true, readOnly: true }],
  [["-d", "-s"], { direct: true, sync: true }],
  [["-rb", "64"], { readOnly: true, buffers: 64 }],
  [["--mask", "02:00:5e:10:00:ff"], { masks: [MAC] }],
  [["--mask=02-00-5E-10-00-FF,02005e100001"], { masks: [MAC, 0x02005e100001] }],
  [["-m", "02005e1000ff"], { masks: [MAC] }],
  [["-m", "all"], { masks: [] }],
  [["-m", "02:00:5e:10:00:ff,02005e1000ff"], { masks: [MAC] }],
  [["--offset", "63"], { offsetSectors: 63 }],
  [["-o", "0x3F"], { offsetSectors: 63 }],
  [["-o", "0"], {}],
  [["-o", `${SECTORS_MAX}`], { offsetSectors: SECTORS_MAX }],
  [["--length", "2048"], { lengthSectors: 2048 }],
  [["-l", "1"], { lengthSectors: 1 }],
  [["-l", "0x100000000000"], { lengthSectors: SECTORS_MAX }],
  [["--engine", "plain"], { engine: "plain" }],
  [["--engine", "ring"], { engine: "ring" }],
  [["--busy-poll", "0"], { busyPollUs: 0 }],
  [["--busy-poll", "10000"], { busyPollUs: 10000 }],
  [["--engine", "auto"], {}],
  [["--state", "/var/lib/dblade"], { stateFolder: "/var/lib/dblade" }],
  [["--state=a=b"], { stateFolder: "a=b" }],
  [["--shared"], { shared: true }],
  [["--force"], { force: true }],
  [["--log-level", "debug"], { logLevel: "debug" }],
  [["--log-level", "warning"], { logLevel: "warning" }],
  [["--log-level", "error"], { logLevel: "error" }],
  [["--log-format", "json"], { logFormat: "json" }],
  [["--"], {}],
];
for (const [args, change] of GOOD) {
  const line = args.join(" ");
  Deno.test(`parseInvocation() takes ${line} before the place and behind it`, () => {
    assertEquals(configOf(...args, ...PLACE), { ...DEFAULTS, ...change });
    if (line !== "--") assertEquals(configOf(...PLACE, ...args), { ...DEFAULTS, ...change });
  });
}

Deno.test("parseInvocation() is tested with every option of the table", () => {
  const tested = GOOD.map(([args]) => args[0] ?? "");
  for (const { name, short } of EXPORT_OPTIONS) {
    if (name === "help" || name === "version") continue;
    assert(tested.some((typed) => typed === `--${name}`), `--${name}`);
    assert(short === undefined || tested.some((typed) => typed === `-${short}`), `-${short}`);
  }
});

for (
  const [shelf, slot, change] of [
    ["0", "0", { shelf: 0, slot: 0 }],
    ["4095", "254", { shelf: 4095, slot: 254 }],
    ["65534", "0xfe", { shelf: 65534, slot: 254 }],
    ["0xFFFE", "007", { shelf: 65534, slot: 7 }],
  ] as const
) {
  Deno.test(`parseInvocation() takes the address ${shelf} ${slot}`, () => {
    assertEquals(configOf(shelf, slot, "eth0", "disk.img"), { ...DEFAULTS, ...change });
  });
}

Deno.test("parseInvocation() takes the word export in front", () => {
  assertEquals(configOf("export", "-r", ...PLACE), { ...DEFAULTS, readOnly: true });
  assertEquals(configOf("-r", "export", ...PLACE), { ...DEFAULTS, readOnly: true });
});

Deno.test("parseInvocation() keeps numbers as interface and file", () => {
  const config = configOf("1", "2", "007", "0x10");
  assertEquals([config.interfaces, config.path], [["007"], "0x10"]);
});

Deno.test("parseInvocation() takes several interfaces in their order", () => {
  const { interfaces } = configOf("1", "2", "eth1,eth0,lan 2", "disk.img");
  assertEquals(interfaces, ["eth1", "eth0", "lan 2"]);
});

Deno.test("parseInvocation() takes a file that begins with a dash behind --", () => {
  assertEquals(configOf("-s", "--", "1", "2", "eth0", "-x"), {
    ...DEFAULTS,
    sync: true,
    path: "-x",
  });
});

for (
  const [args, command] of [
    [["--help"], "help"],
    [["-h"], "help"],
    [["-h", "-V"], "help"],
    [["--help", "--nonsense"], "help"],
    [[...PLACE, "-h"], "help"],
    [["--version"], "version"],
    [["-V"], "version"],
    [["-V", "1"], "version"],
  ] as const
) {
  Deno.test(`parseInvocation() takes ${args.join(" ")} as ${command}`, () => {
    assertEquals(parseInvocation(args).command, command);
  });
}

/** Masks enough for `count` stations. */
function manyMacs(count: number): string {
  return Array.from({ length: count }, (_, index) => (MAC + index).toString(16).padStart(12, "0"))
    .join(",");
}

Deno.test("parseInvocation() takes 255 MACs, each counted once", () => {
  assertEquals(configOf("-m", manyMacs(255), ...PLACE).masks?.length, 255);
  assertEquals(configOf("-m", `${manyMacs(255)},${manyMacs(3)}`, ...PLACE).masks?.length, 255);
});

const BAD: readonly [args: readonly string[], ...named: string[]][] = [
  [[], "SHELF, SLOT, INTERFACE, FILE"],
  [["1"], "SLOT, INTERFACE, FILE"],
  [["1", "2", "eth0"], "Missing FILE"],
  [[...PLACE, "more"], '"more"'],
  [["1", "2", "", "disk.img"], "INTERFACE is empty"],
  [["1", "2", "eth0", ""], "FILE is empty"],
  [["1", "2", "eth0,", "f"], "INTERFACE", '"eth0,"', "empty name"],
  [["1", "2", ",", "f"], "INTERFACE", '","', "empty name"],
  [["1", "2", "eth0,eth1,eth0", "f"], "INTERFACE", '"eth0" twice'],
  [["65535", "2", "eth0", "f"], "SHELF", '"65535"', "0 to 65534"],
  [["x", "2", "eth0", "f"], "SHELF", '"x"'],
  [["1.5", "2", "eth0", "f"], "SHELF", '"1.5"'],
  [["1e1", "2", "eth0", "f"], "SHELF", '"1e1"'],
  [["0b1", "2", "eth0", "f"], "SHELF", '"0b1"'],
  [[" 1", "2", "eth0", "f"], "SHELF", '" 1"'],
  [["1", "255", "eth0", "f"], "SLOT", '"255"', "0 to 254"],
  [["1", "0x", "eth0", "f"], "SLOT", '"0x"'],
  [["-1", "2", "eth0", "f"], '"-1"', "negative"],
  [["-b", "1", ...PLACE], "--buffers", '"1"', "2 to 65535"],
  [["-b", "65536", ...PLACE], "--buffers", '"65536"'],
  [["-b", "many", ...PLACE], "--buffers", '"many"'],
  [["-b1e3", ...PLACE], "--buffers", '"1e3"'],
  [["--buffers=", ...PLACE], "--buffers needs a value"],
  [[...PLACE, "-b"], "--buffers needs a value"],
  [["-b", "4", "--buffers=8", ...PLACE], "--buffers", "2 times"],
  [["-o", `${SECTORS_MAX + 1}`, ...PLACE], "--offset", `"${SECTORS_MAX + 1}"`],
  [["--offset=-1", ...PLACE], "--offset", '"-1"'],
  [["-l", "0", ...PLACE], "--length", '"0"', "from 1 "],
  [["-l", "99999999999999999999999", ...PLACE], "--length", '"99999999999999999999999"'],
  [["-m", "02:00", ...PLACE], "--mask", '"02:00"'],
  [["-m", "02005e1000ff,", ...PLACE], "--mask", '""'],
  [["-m", "02005e1000ff, 02005e100001", ...PLACE], "--mask", '" 02005e100001"'],
  [["-m", "01:00:5e:00:00:01", ...PLACE], "--mask", "01:00:5e:00:00:01", "group"],
  [["-m", "ffffffffffff", ...PLACE], "--mask", "ff:ff:ff:ff:ff:ff", "group"],
  [["-m", manyMacs(256), ...PLACE], "--mask", "256", "255"],
  [["--engine", "fast", ...PLACE], "--engine", '"fast"', "auto, ring, plain"],
  [["--mask", "all,02:00:00:00:00:01", ...PLACE], "--mask", '"all"', "alone"],
  [["--busy-poll", "10001", ...PLACE], "--busy-poll", '"10001"', "0 to 10000"],
  [["--log-level", "loud", ...PLACE], "--log-level", '"loud"', "debug, info, warning, error"],
  [["--log-format", "xml", ...PLACE], "--log-format", '"xml"', "text, json"],
  [["--log-level", "Info", ...PLACE], "--log-level", '"Info"'],
  [[...PLACE, "--state"], "--state needs a value"],
  [["--bufers", "4", ...PLACE], '"--bufers"', '"--buffers"'],
  [["--read_only", ...PLACE], '"--read_only"', '"--read-only"'],
  [["--no-direct", ...PLACE], '"--no-direct"'],
  [["--frobnicate=1", ...PLACE], '"--frobnicate=1"'],
  [["-x", ...PLACE], '"-x"'],
  [["-dx", ...PLACE], '"-dx"'],
  [["--__proto__=1", ...PLACE], '"--__proto__=1"'],
];
for (const [args, ...named] of BAD) {
  const line = args.join(" ");
  const shown = line.length > 60 ? `${line.slice(0, 60)}...` : line;
  Deno.test(`parseInvocation() refuses "${shown}" and says ${named[0]}`, () => {
    const error = assertThrows(() => configOf(...args), UsageError);
    for (const part of named) assertStringIncludes(error.message, part);
  });
}

for (const typed of ["-r1", "-r=x", "-r-s", "-dr1", "-rsd=1", "-d.s", "--read-only=no", "--_=3"]) {
  Deno.test(`parseInvocation() refuses ${typed}, it does not drop the flag`, () => {
    assertThrows(() => parseInvocation([typed, ...PLACE]), UsageError, typed);
  });
}

for (
  const typed of [["-rb64"], ["-rb", "64"], ["-r", "-b=64"], ["--read-only", "--buffers", "64"]]
) {
  Deno.test(`parseInvocation() takes ${typed.join(" ")}`, () => {
    assertEquals(configOf(...typed, ...PLACE), { ...DEFAULTS, readOnly: true, buffers: 64 });
  });
}

Deno.test("parseInvocation() takes an attached MAC, and a file after --", () => {
  assertEquals(configOf("-m02005e1000ff", ...PLACE).masks, [0x02005e1000ff]);
  assertEquals(configOf("-r", "--", "1", "2", "eth0", "-r").path, "-r");
});

Deno.test("parseInvocation() takes nothing for a flag's value", () => {
  assertThrows(() => parseInvocation(["-s", "true", ...PLACE]), UsageError, "too many");
});

Deno.test("parseInvocation() refuses what vblade would take for octal", () => {
  for (const name of ["-o", "-l", "-b"]) {
    assertThrows(() => configOf(name, "010", ...PLACE), UsageError, "octal");
  }
});
