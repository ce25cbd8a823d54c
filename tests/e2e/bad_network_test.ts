/**
 * An interface that carries no Ethernet frames, and rights that are missing, are refused with
 * status 1 and with the remedy; what only is to be waited for, or known, is served with a warning.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { Image } from "./image.ts";
import { command, inNamespace, Wire } from "./namespace.ts";
import { assertComplaint, assertRefused, SYSTEM } from "./refusal.ts";
import { e2e } from "./requires.ts";
import { runProgram, TargetProcess } from "./target_process.ts";

const IMAGE_SIZE = 64 * 1024;

e2e("what is no Ethernet interface is refused", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await wire.ip(wire.target, "tuntap add tun0 mode tun");
  const cases: readonly (readonly [name: string, reason: string])[] = [
    ["eth7", "there is no such interface"],
    ["a-name-too-long-for-one", "there is no such interface"],
    ["tun0", "it is not an Ethernet interface"],
  ];
  for (const [name, reason] of cases) {
    for (const names of [name, `eth0,${name},lo`]) {
      await assertRefused(image.folder, {
        args: ["0", "0", names, image.path],
        code: SYSTEM,
        says: [`Cannot export on "${name}": ${reason}`, `"ip link" lists them`],
        namespace: wire.target,
      });
    }
  }
});

e2e("an interface in the place of the file is told", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await assertRefused(image.folder, {
    args: ["0", "0", image.path, "eth0"],
    code: SYSTEM,
    says: [`"eth0" is an interface and "${image.path}" is none`, "the interface comes before"],
    namespace: wire.target,
  });
});

e2e("an MTU that carries no sector is warned of", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await wire.ip(wire.target, "link set eth0 mtu 547");
  await target.logged(`"eth0" has an MTU of 547 now, too small for a sector`);
  await wire.ip(wire.target, "link set eth0 mtu 548");
  await target.logged(`"eth0" has an MTU of 548 now: one sector a frame`);
});

e2e("an interface that is down is waited for", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await wire.ip(wire.target, "link set eth0 down");
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  await target.logged(`"eth0" is down: waiting until it comes up`);
  await wire.ip(wire.target, "link set eth0 up");
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const device = await initiator.find(0, 0);
  assertEquals((await initiator.read(device, 0, 1)).length, 512);
  await target.logged(`"eth0" is up`);
});

e2e("shelf 4095 is served with a warning", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await using target = await TargetProcess.start(wire.target, "4095", "0", "eth0", image.path);
  await target.logged("The Linux driver refuses shelf 4095");
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  assertEquals((await initiator.identify(await initiator.find(4095, 0))).sectors, 128);
});

e2e("without CAP_NET_RAW it says what to grant", ["setpriv"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  await assertRefused(image.folder, {
    args: ["0", "0", "eth0", image.path],
    code: SYSTEM,
    says: [
      `Cannot open a packet socket on "eth0": operation not permitted (EPERM); ` +
      "run as root or grant CAP_NET_RAW",
    ],
    namespace: wire.target,
    prefix: ["setpriv", "--bounding-set", "-net_raw"],
  });
});

e2e("CAP_NET_RAW is all the power that it needs", ["setpriv"], async () => {
  await using wire = await Wire.open();
  using image = new Image(IMAGE_SIZE);
  const limited = ["setpriv", "--bounding-set", "-all,+net_raw"];
  const prefix = [...limited, "timeout", "--preserve-status", "2"];
  const args = ["0", "0", "eth0", image.path];
  const ended = await runProgram(args, { namespace: wire.target, prefix });
  assertEquals(ended.code, 0, ended.stderr);
  assertMatch(ended.stdout, /^pid \d+: e0\.0, 128 sectors O_RDWR\n$/);
});

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const BARE = [Deno.execPath(), "run", MAIN];
/** Only the sources are run without permissions: a compiled program has its own. */
const FROM_SOURCES = Deno.env.get("DBLADE_PROGRAM") === undefined;

if (FROM_SOURCES) {
  e2e("help and version need no permission, and no terminal is asked", ["script"], async () => {
    assertMatch(await command(...BARE, "--version"), /^dblade \d+\.\d+\.\d+\n$/);
    assertStringIncludes(await command(...BARE, "--help"), "usage: dblade [OPTIONS] SHELF SLOT");
    const told = await onTerminal([...BARE, "--help"]);
    assertStringIncludes(told.text, "usage: dblade");
    assertEquals(told.text.includes("Deno requests"), false);
  });

  e2e("without --allow-ffi it says so, and no terminal is asked", ["script"], async () => {
    await using wire = await Wire.open();
    using image = new Image(IMAGE_SIZE);
    const words = [...BARE, "0", "0", "eth0", image.path];
    const inside = ["ip", "netns", "exec", wire.target, "timeout", "10", ...words];
    const [program = "", ...args] = inside;
    const output = await new Deno.Command(program, { args, stdin: "null" }).output();
    const text = new TextDecoder();
    const [stdout, stderr] = [text.decode(output.stdout), text.decode(output.stderr)];
    assertComplaint({ code: output.code, stdout, stderr }, SYSTEM, [
      "deno run --allow-ffi main.ts",
    ]);
    const told = await onTerminal(inside);
    assertEquals(told.code, SYSTEM, told.text);
    assertStringIncludes(told.text, "deno run --allow-ffi main.ts");
    assertEquals(told.text.includes("Deno requests"), false);
  });
}

/** Runs a command on a terminal of its own; its streams are one there. */
async function onTerminal(words: readonly string[]): Promise<{ code: number; text: string }> {
  const line = words.map((word) => `'${word}'`).join(" ");
  const args = ["10", "script", "-qec", line, "/dev/null"];
  const output = await new Deno.Command("timeout", { args, stdin: "null" }).output();
  return { code: output.code, text: new TextDecoder().decode(output.stdout) };
}
