/**
 * The target serves a disk: our own initiator and the tools of aoetools, at two MTUs.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Initiator } from "../../lib/client/initiator.ts";
import { formatMac } from "../../lib/wire/mac.ts";
import { Image, pattern } from "./image.ts";
import { command, inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { ENGINE, TargetProcess } from "./target_process.ts";

const MIB = 2 ** 20;
/** What is not answered by then was lost, however busy the machine is. */
const UNHURRIED = { waitMs: 5000, waitMaxMs: 5000, patienceMs: 30_000 };

for (const [mtu, sectorCount] of [[1500, 2], [9000, 17]] as const) {
  e2e(`the initiator writes and reads a whole image at MTU ${mtu}`, [], async () => {
    await using wire = await Wire.open(mtu);
    using image = new Image(4 * MIB);
    await using target = await TargetProcess.start(wire.target, "1", "2", "eth0", image.path);
    assertMatch(target.line, /^pid \d+: e1\.2, 8192 sectors O_RDWR\n$/);
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", UNHURRIED));
    const devices = await initiator.discover(1500);
    assertEquals(devices.length, 1);
    const device = await initiator.find(1, 2);
    assertEquals(device, devices[0]);
    assertEquals([device.bufferCount, device.sectorCount], [128, sectorCount]);
    assertEquals((await initiator.identify(device)).sectors, 8192);
    initiator.link.retransmitCount = 0;
    const data = pattern(4 * MIB, mtu);
    await initiator.write(device, 0, data);
    assertEquals(await initiator.read(device, 0, 8192), data);
    await initiator.flush(device);
    assertEquals(image.read(), data);
    assertEquals(initiator.link.retransmitCount, 0);
  });

  e2e(`aoetools use the target at MTU ${mtu}`, ["aoeping", "aoecfg", "aoe-sancheck"], async () => {
    await using wire = await Wire.open(mtu);
    using image = new Image(MIB);
    await using _target = await TargetProcess.start(wire.target, "0", "3", "eth0", image.path);
    const there = (...words: string[]): Promise<string> =>
      command("ip", "netns", "exec", wire.initiator, "timeout", "20", ...words);
    const identity = await there("aoeping", "-s", "5", "-I", "0", "3", "eth0");
    assertMatch(identity, /model: dblade/);
    for (const smart of ["read_data", "return_status", "enable", "disable"]) {
      await there("aoeping", "-s", "5", "-S", smart, "0", "3", "eth0");
    }
    await there("aoecfg", "-c", "set", "-s", "a shelf in the cellar", "0", "3", "eth0");
    assertStringIncludes(await there("aoecfg", "0", "3", "eth0"), "a shelf in the cellar");
    const check = await there("aoe-sancheck", "eth0");
    assertMatch(check, new RegExp(`e0\\.3\\s+1\\s+${sectorCount * 512}\\s+eth0`));
  });
}

e2e("the engine is the one that was asked for", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  const place = ["0", "0", "eth0", image.path];
  for (const name of ["ring", "plain"]) {
    await using target = await TargetProcess.start(wire.target, "--engine", name, ...place);
    await target.logged(`, engine ${name}`);
  }
  await using target = await TargetProcess.start(wire.target, ...place);
  await target.logged(`, engine ${ENGINE === "auto" ? "" : ENGINE}`);
});

e2e("direct and durable exports store what was written", [], async () => {
  await using wire = await Wire.open();
  for (const flags of [["-d"], ["-s"], ["-d", "-s"]]) {
    using image = new Image(MIB, "/var/tmp");
    await using _target = await TargetProcess.start(
      wire.target,
      ...flags,
      "0",
      "0",
      "eth0",
      image.path,
    );
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
    const device = await initiator.find(0, 0);
    const data = pattern(64 * 1024, 7);
    await initiator.write(device, 100, data);
    assertEquals(await initiator.read(device, 100, 128), data);
    assertEquals(image.read().subarray(51200, 51200 + data.length), data);
    const cache = (await initiator.identify(device)).data[170] ?? 0;
    assertEquals((cache & 0x20) === 0, flags.includes("-s"));
  }
});

e2e("a part of the file is exported, and a TRIM of it reads as zeros", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  Deno.writeFileSync(image.path, pattern(MIB, 3));
  const before = image.read();
  const args = ["-o", "8", "-l", "64", "0", "0", "eth0", image.path];
  await using target = await TargetProcess.start(wire.target, ...args);
  assertStringIncludes(target.line, "64 sectors");
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const device = await initiator.find(0, 0);
  assertEquals(await initiator.read(device, 0, 1), before.slice(8 * 512, 9 * 512));
  await initiator.trim(device, 16, 16);
  assertEquals(await initiator.read(device, 16, 16), new Uint8Array(16 * 512));
  const after = image.read();
  before.fill(0, 24 * 512, 40 * 512);
  assertEquals(after, before);
});

e2e("a loopback interface serves, where every MAC is zero", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  await using _target = await TargetProcess.start(wire.target, "0", "0", "lo", image.path);
  using initiator = inNamespace(wire.target, () => Initiator.open("lo"));
  const device = await initiator.find(0, 0);
  assertEquals(formatMac(device.mac), "00:00:00:00:00:00");
  assertEquals(device.sectorCount, 127);
  const data = pattern(MIB, 5);
  await initiator.write(device, 0, data);
  assertEquals(await initiator.read(device, 0, 2048), data);
});

e2e("a file that grows is advertised with its new size", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  await using target = await TargetProcess.start(wire.target, "0", "0", "eth0", image.path);
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
  const device = await initiator.find(0, 0);
  assertEquals((await initiator.identify(device)).sectors, 2048);
  Deno.truncateSync(image.path, 2 * MIB);
  await target.logged("e0.0 has 4096 sectors now");
  assertEquals((await initiator.identify(device)).sectors, 4096);
  assert(!target.stderr.includes("error"));
});
