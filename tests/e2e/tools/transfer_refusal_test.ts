/**
 * What copying refuses before anything is written, with what there is to do about it.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { LoopDevice, needLoopDevices } from "../../temporary.ts";
import { Image, pattern } from "../image.ts";
import { command, inNamespace, Wire } from "../namespace.ts";
import { Initiator } from "../../../lib/client/initiator.ts";
import { assertComplaint, SYSTEM, USAGE } from "../refusal.ts";
import { e2e } from "../requires.ts";
import { programCommand, runCommand, TargetProcess } from "../target_process.ts";
import { runTool, startTarget, TARGETS } from "./transfer_rig.ts";

const MIB = 2 ** 20;
const SIZE = 4 * MIB;
const REFUSED = 4;

for (const kind of TARGETS) {
  e2e(`a disk of ${kind} that is in use is not overwritten`, ["vblade", "mke2fs"], async () => {
    await using wire = await Wire.open();
    using image = new Image(SIZE);
    using work = new Image(1000);
    await command("mke2fs", "-q", "-t", "ext4", "-L", "root", image.path);
    await using _target = await startTarget(wire, kind, image.path);
    const before = image.read();
    for (
      const args of [
        ["write", "e0.0", work.path],
        ["write", "e0.0", work.path, "--offset", "2M"],
        ["copy", work.path, "e0.0"],
      ]
    ) {
      const refused = await runTool(wire, args);
      assertComplaint(refused, SYSTEM, ["e0.0 (4 MiB", 'an ext4 file system "root"', "--yes"]);
    }
    const piped = await runTool(wire, ["write", "e0.0"], pattern(1000, 1));
    assertComplaint(piped, SYSTEM, ["ext4", "--yes"]);
    assertEquals(image.read(), before);
    assertEquals((await runTool(wire, ["write", "e0.0", work.path, "--yes"])).code, 0);
    assertEquals(image.read().subarray(0, 1000), new Uint8Array(1000));
    assertEquals((await runTool(wire, ["copy", "e0.0", `${work.folder}/new`])).code, 0);
  });
}

e2e("a partition table is in use as well, and unknown data is not", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(SIZE);
  await using _target = await startTarget(wire, "dblade", image.path);
  const data = pattern(SIZE, 1);
  assertEquals((await runTool(wire, ["write", "e0.0"], data)).code, 0);
  assertEquals((await runTool(wire, ["write", "e0.0"], data)).code, 0);
  const entry = [0x80, 1, 1, 0, 0x83, 254, 255, 255, 0, 8, 0, 0, 0, 16, 0, 0];
  data.fill(0, 0, 512);
  data.set(entry, 446);
  data.set([0x55, 0xaa], 510);
  assertEquals((await runTool(wire, ["write", "e0.0"], data)).code, 0);
  const refused = await runTool(wire, ["write", "e0.0"], data);
  assertComplaint(refused, SYSTEM, ["an MBR partition table", "--yes"]);
});

e2e("on a terminal the question is asked, and only yes is yes", ["mke2fs", "script"], async () => {
  await using wire = await Wire.open();
  using image = new Image(SIZE);
  using work = new Image(1000);
  await command("mke2fs", "-q", "-t", "ext2", image.path);
  await using _target = await startTarget(wire, "dblade", image.path);
  const before = image.read();
  const line = programCommand(["write", "e0.0", work.path]).join(" ");
  const answer = async (text: string) => {
    const script = `(echo '${text}'; sleep 6) | script -qec "${line}" /dev/null`;
    return await runCommand(["ip", "netns", "exec", wire.initiator, "sh", "-c", script]);
  };
  const no = await answer("n");
  assertStringIncludes(no.stdout, "has an ext2 file system: overwrite? [y/N]");
  assertStringIncludes(no.stdout, "the answer was not yes");
  assertEquals(image.read(), before);
  const yes = await answer("y");
  assertStringIncludes(yes.stdout, "SHA-256", yes.stdout);
  assertEquals(image.read().subarray(0, 1000), new Uint8Array(1000));
});

e2e("what does not fit is refused before anything is written", ["vblade"], async () => {
  await using wire = await Wire.open();
  using small = new Image(MIB);
  using large = new Image(SIZE);
  using work = new Image(MIB + 1);
  await using _small = await startTarget(wire, "vblade", small.path, 0);
  await using _large = await startTarget(wire, "dblade", large.path, 1);
  Deno.writeFileSync(small.path, pattern(MIB, 1));
  const before = small.read();
  const cases: readonly (readonly [args: readonly string[], says: string])[] = [
    [["write", "e0.0", work.path], "do not fit into the 1048576 bytes of e0.0"],
    [["write", "e0.0", work.path, "-l", "1M", "-o", "1"], "behind byte 512"],
    [["write", "e0.0", work.path, "-o", "2049"], "e0.0 has 1048576 bytes"],
    [["write", "e0.0", "-o", "2048"], "no writing from byte 1048576 on"],
    [["copy", work.path, "e0.0", "--dest-offset", "2048"], "e0.0 has 1048576 bytes"],
    [["read", "e0.0", "-", "-o", "2048"], "from byte 1048576 on: it has 1048576 bytes"],
    [["copy", "e0.0", "e0.1", "-o", "2048"], "it has 1048576 bytes"],
    [["verify", "e0.0", work.path, "-o", "2048"], "it has 1048576 bytes"],
    [["copy", "e0.1", "e0.0"], "do not fit"],
    [["copy", "e0.0", "e0.0"], "are the same"],
    [["copy", "e0.0", "e0.0", "-l", "16", "--dest-offset", "15"], "are the same"],
    [["copy", work.path, work.path, "-y"], "are the same"],
    [
      ["read", "e0.0", "-", "-o", "2000", "-l", "49"],
      "Cannot read 25088 bytes of e0.0 from byte 1024000 on",
    ],
    [["write", "e0.0", "/nonexistent"], 'Cannot open "/nonexistent"'],
    [["write", "e0.0", "/dev/zero"], "(- < /dev/zero)"],
    [["read", "e0.0", work.path], "is not empty; give --yes"],
    [["read", "e0.0", "/tmp"], "EISDIR"],
  ];
  for (const [args, says] of cases) assertComplaint(await runTool(wire, args), SYSTEM, [says]);
  const wrong: readonly (readonly [args: readonly string[], says: string])[] = [
    [["read", "disk"], "no address"],
    [["read", "e0.0", "e0.1"], "./e0.1"],
    [["copy", "e0.0", "e0:1"], '"e0.1"?'],
    [["copy", "-", "e0.0", "--resume", "r"], "--resume needs"],
    [["copy", "-", "e0.0", "--offset", "1"], "--offset needs"],
    [["copy", "e0.0", "-", "--dest-offset", "1"], "--dest-offset needs"],
    [["copy", "e0.0", "e0.1", "--mac", "02:00:00:00:00:01"], "--mac does not say"],
    [["write", "e0.0", work.path, "--length", "0"], "--length"],
  ];
  for (const [args, says] of wrong) assertComplaint(await runTool(wire, args), USAGE, [says]);
  assertEquals(small.read(), before);
  assertEquals([...Deno.readDirSync(work.folder)].length, 1, "no file was made");
});

e2e("input of unknown size fills the disk, and what did not fit is told", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  await using _target = await startTarget(wire, "dblade", image.path);
  const data = pattern(SIZE, 1);
  const ended = await runTool(wire, ["write", "e0.0"], data);
  assertComplaint(ended, SYSTEM, ["standard input has more than e0.0 can take", "all 1048576"]);
  assertEquals(image.read(), data.slice(0, MIB));
  const early = await runTool(wire, ["write", "e0.0", "-l", "2"], data.slice(0, 1000));
  assertComplaint(early, SYSTEM, ["standard input ended after 1000 bytes, 24 before"]);
});

e2e("a local block device is written, unless it is in use", ["losetup"], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  using local = new Image(2 * MIB);
  const data = pattern(MIB, 1);
  Deno.writeFileSync(image.path, data);
  await using _target = await startTarget(wire, "dblade", image.path);
  {
    using device = new LoopDevice(local.path);
    const copied = await runTool(wire, ["copy", "e0.0", device.path]);
    assertEquals(copied.code, 0, copied.stderr);
    const same = await runTool(wire, ["verify", "e0.0", device.path, "-l", "1M"]);
    assertEquals(same.code, 0, same.stderr);
    await command("mke2fs", "-q", "-t", "ext4", device.path);
    const refused = await runTool(wire, ["read", "e0.0", device.path]);
    assertComplaint(refused, SYSTEM, ["an ext4 file system", "--yes"]);
    const mounted = `${local.folder}/mounted`;
    Deno.mkdirSync(mounted);
    await command("mount", device.path, mounted);
    const busy = await runTool(wire, ["read", "e0.0", device.path, "--yes"]);
    await command("umount", mounted);
    assertComplaint(busy, SYSTEM, ["EBUSY", "unmount it"]);
  }
}, needLoopDevices);

e2e("a disk that is exported read-only is told before anything is asked", ["mke2fs"], async () => {
  await using wire = await Wire.open();
  using image = new Image(SIZE);
  using work = new Image(1000);
  await command("mke2fs", "-q", "-t", "ext4", image.path);
  await using _target = await TargetProcess.start(wire.target, "-r", "0", "0", "eth0", image.path);
  for (const args of [["write", "e0.0", work.path], ["copy", work.path, "e0.0", "--yes"]]) {
    const refused = await runTool(wire, args);
    assertComplaint(refused, REFUSED, ["dblade: e0.0 is exported read-only\n"]);
  }
  const same = await runTool(wire, ["verify", "e0.0", work.path]);
  assertEquals(same.code, 0, same.stderr);
});

for (const kind of TARGETS) {
  e2e(`who reserved a disk of ${kind} is told`, ["vblade"], async () => {
    await using wire = await Wire.open();
    using image = new Image(SIZE);
    using work = new Image(1000);
    await using _target = await startTarget(wire, kind, image.path);
    using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0"));
    const device = await initiator.find(0, 0);
    await initiator.reserve(device, [0x02005e100001]);
    for (
      const args of [
        ["read", "e0.0", `${work.folder}/out`],
        ["write", "e0.0", work.path, "--yes"],
        ["copy", work.path, "e0.0", "--yes"],
        ["verify", "e0.0", work.path],
      ]
    ) {
      const says = ["dblade: e0.0: The target refused", "02:00:5e:10:00:01", '"dblade reserve"'];
      assertComplaint(await runTool(wire, args), REFUSED, says);
    }
  });
}
