/**
 * `dblade stat` prints what aoe-stat prints, for every target on the wire.
 *
 * @module
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { TemporaryFolder } from "../../temporary.ts";
import { Image } from "../image.ts";
import { e2e } from "../requires.ts";
import { runCommand, type TargetProcess } from "../target_process.ts";
import { DBLADE_SIZE, startVblade, ToolRig, VBLADE_SIZE } from "./tools.ts";

/** What aoe-stat prints of disks that the kernel has as these. */
async function aoeStat(disks: readonly (readonly [string, Record<string, string>])[]) {
  using folder = new TemporaryFolder();
  for (const [name, files] of disks) {
    const block = `${folder.path}/block/etherd!${name}`;
    Deno.mkdirSync(block, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${block}/${file}`, `${text}\n`);
    }
  }
  // It passes over paths with a "p", as partitions have.
  return (await runCommand(["env", "sysfs_dir=.", "aoe-stat"], folder.path)).stdout;
}

e2e("stat prints the very lines of aoe-stat", ["vblade", "aoe-stat"], async () => {
  await using rig = await ToolRig.open();
  const { code, stdout } = await rig.run("stat");
  assertEquals(code, 0);
  const common = { state: "up", payload: "1024" };
  const [size, other] = [`${VBLADE_SIZE / 512}`, `${DBLADE_SIZE / 512}`];
  const expected = await aoeStat([
    ["e0.0", { ...common, size, netif: "eth0" }],
    ["e0.1", { ...common, size: other, netif: "eth0,eth1" }],
  ]);
  assertEquals(stdout, expected);
  assertMatch(stdout, /0\.003GB/);

  const json = JSON.parse((await rig.run("stat", "eth1", "--json")).stdout);
  assertEquals(json.length, 1);
  const [{ disk, bytes, interfaces, payload, state }] = json;
  assertEquals([disk, bytes, interfaces, payload, state], [
    "e0.1",
    DBLADE_SIZE,
    ["eth1"],
    1024,
    "up",
  ]);
});

e2e("stat tells different disks of one address apart", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  using image = new Image(7 * 2 ** 20);
  await using _second = await startVblade(rig.wire, "eth1", image.path);
  const { code, stdout, stderr } = await rig.run("stat");
  assertEquals(code, 5);
  assertEquals(stdout.split("\n").filter((line) => line.includes("e0.0")).length, 2);
  assertStringIncludes(stderr, "e0.0 is served by different disks");
});

e2e("stat says what is wrong", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  const down = await rig.run("stat", "nix0");
  assertEquals([down.code, down.stdout], [1, ""]);
  assertStringIncludes(down.stderr, '"nix0": there is no such interface');
  const none = await rig.run("stat", "eth0", "--wait", "0", "--json");
  assertEquals(none.code, 2);
  assertStringIncludes(none.stderr, '--wait is "0"');
  rig.vblade.kill("SIGSTOP");
  rig.dblade.kill("SIGSTOP");
  const silent = await rig.run("stat", "--json");
  assertEquals([silent.code, silent.stdout], [3, "[]\n"]);
  assertStringIncludes(silent.stderr, "No target answers on eth0, eth1");
});

/** Waits until e0.1 has sent something on an interface, as its counters tell. */
async function hasAnswered(target: TargetProcess, name: string): Promise<void> {
  const line = new RegExp(`e0\\.1 on "${name}": .*?(\\d+) received,.*?(\\d+) sent`);
  for (let round = 0; round < 600; round++) {
    target.kill("SIGUSR2");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const [, received = 0, sent = 0] = line.exec(target.stderr.slice(-500)) ?? [];
    if (Number(received) > 0 && Number(sent) > 0) return;
  }
  throw new Error(`nothing was asked on ${name}: ${target.stderr}`);
}

e2e("stat shows a disk as down that does not describe itself", ["vblade"], async () => {
  await using rig = await ToolRig.open();
  // The target is stopped between its answers: the first is that to the config query.
  const stat = rig.start("stat", "eth1", "--wait", "5", "--timeout", "0.5");
  await hasAnswered(rig.dblade, "eth1");
  rig.dblade.kill("SIGSTOP");
  const { code, stdout } = await stat.output();
  rig.dblade.kill("SIGCONT");
  assertEquals(code, 0);
  assertMatch(new TextDecoder().decode(stdout), /^ +e0\.1 +\(NA\) +eth1 1024 +down +\n$/);
});

e2e("two disks that describe themselves alike are told apart by what they hold", [
  "vblade",
], async () => {
  await using rig = await ToolRig.open();
  using image = new Image(VBLADE_SIZE);
  await using _second = await startVblade(rig.wire, "eth1", image.path);
  assertEquals((await rig.run("config", "set", "e0.1", "\\ ä")).code, 0);
  const found = JSON.parse((await rig.run("discover", "--json")).stdout);
  const { config, configHex } = found.find(({ disk }: { disk: string }) => disk === "e0.1");
  assertEquals([config, configHex], ["\\\\ \\xc3\\xa4", "5c20c3a4"]);
  // Nothing tells two empty ones apart, which is documented.
  assertEquals((await rig.run("stat")).code, 0);
  using file = Deno.openSync(image.path, { write: true });
  file.seekSync(VBLADE_SIZE - 1, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array([1]));
  for (const line of ["stat", "discover", "identify e0.0"]) {
    const { code, stderr } = await rig.run(...line.split(" "));
    assertEquals(code, 5, line);
    assertStringIncludes(stderr, "e0.0 is served by different disks");
    if (line !== "identify e0.0") continue;
    assertStringIncludes(stderr, "describe themselves alike, but differ in what they hold");
  }
});
