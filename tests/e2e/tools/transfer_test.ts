/**
 * Data to disks and back, byte for byte: files, pipes and other disks, odd sizes and offsets.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Image, pattern } from "../image.ts";
import { Wire } from "../namespace.ts";
import { e2e } from "../requires.ts";
import { programCommand, runCommand } from "../target_process.ts";
import { runTool, sha256, startTarget, TARGETS } from "./transfer_rig.ts";

const MIB = 2 ** 20;
const SIZE = 8 * MIB;
const SIZES = [1, 511, 512, 513, 1024, 100_003, MIB, MIB + 1, 3 * MIB - 512, SIZE];

/** What is on a disk after `data` was written to byte `at` of it. */
function patched(old: Uint8Array<ArrayBuffer>, data: Uint8Array, at: number) {
  const bytes = old.slice();
  bytes.set(data, at);
  return bytes;
}

for (const kind of TARGETS) {
  e2e(
    `what is written to ${kind} is read and verified, whatever its size`,
    ["vblade"],
    async () => {
      await using wire = await Wire.open();
      using image = new Image(SIZE);
      using work = new Image(0);
      await using _target = await startTarget(wire, kind, image.path);
      let disk = image.read();
      for (const [index, size] of SIZES.entries()) {
        const data = pattern(size, index + 1);
        disk = patched(disk, data, 0);
        Deno.writeFileSync(work.path, data);
        const written = await runTool(wire, ["write", "e0.0", work.path, "--yes"]);
        assertEquals(written.code, 0, written.stderr);
        assertStringIncludes(written.stderr, await sha256(data));
        assertEquals(image.read(), disk, `${size} bytes`);
        const same = await runTool(wire, ["verify", "e0.0", work.path]);
        assertEquals(same.code, 0, same.stderr);
        assertStringIncludes(same.stderr, `e0.0 and ${work.path} are equal: ${size} bytes (`);
        assertStringIncludes(same.stderr, await sha256(data));
      }
      const read = await runTool(wire, ["read", "e0.0"]);
      assertEquals([read.code, read.bytes], [0, disk], read.stderr);
      const out = `${work.folder}/out`;
      assertEquals((await runTool(wire, ["read", "0.0", out])).code, 0);
      assertEquals(Deno.readFileSync(out), disk);
    },
  );

  e2e(`offsets and lengths reach the right sectors of ${kind}`, ["vblade"], async () => {
    await using wire = await Wire.open(9000);
    using image = new Image(SIZE);
    await using _target = await startTarget(wire, kind, image.path);
    const first = pattern(SIZE, 1);
    assertEquals((await runTool(wire, ["write", "e0.0", "--yes"], first)).code, 0);
    const data = pattern(5000, 2);
    const at = 1000 * 512;
    const written = await runTool(wire, ["write", "e0.0", "-", "-o", "1000", "-y"], data);
    assertEquals(written.code, 0, written.stderr);
    const disk = patched(first, data, at);
    assertEquals(image.read(), disk);
    const range = ["--offset", "1000", "--length", "5k"];
    const read = await runTool(wire, ["read", "e0.0", "-q", ...range]);
    assertEquals([read.code, read.bytes], [0, disk.slice(at, at + 5120)]);
    assertEquals(read.stderr, "");
    const same = await runTool(wire, ["verify", "e0.0", "-", "-o", "1000"], data);
    assertEquals(same.code, 0, same.stderr);
    const longer = await runTool(wire, ["verify", "e0.0", "-", ...range], data);
    assertEquals(longer.code, 5);
    assertStringIncludes(longer.stderr, "ends after 5000 bytes");
    const last = await runTool(wire, ["read", "e0.0", "-q", "-o", `${SIZE / 512 - 1}`]);
    assertEquals(last.bytes, disk.slice(-512));
  });

  e2e(`verify tells where ${kind} differs`, ["vblade"], async () => {
    await using wire = await Wire.open();
    using image = new Image(SIZE);
    await using _target = await startTarget(wire, kind, image.path);
    const data = pattern(SIZE, 1);
    await runTool(wire, ["write", "e0.0", "-y"], data);
    for (const at of [2 * MIB + 700, 2 * MIB + 701, SIZE - 1]) data[at] = (data[at] ?? 0) ^ 1;
    const found = await runTool(wire, ["verify", "e0.0", "-", "--json"], data);
    assertEquals(found.code, 5);
    assertStringIncludes(found.stderr, "first in sector 4097 at its byte 188");
    assertStringIncludes(found.stderr, "2 of 16384 sectors differ");
    const { seconds, bytesPerSecond, ...facts } = JSON.parse(found.stdout);
    assert(seconds > 0 && bytesPerSecond > 0);
    assertEquals(facts, {
      disk: "e0.0",
      file: "standard input",
      equal: false,
      bytes: SIZE,
      firstDifference: 2 * MIB + 700,
      differingSectors: 2,
      sha256: await sha256(image.read()),
    });
    const more = await runTool(wire, ["verify", "e0.0", "-"], pattern(SIZE + 1, 1));
    assertEquals(more.code, 5);
    assertStringIncludes(more.stderr, "has more than");
  });
}

e2e("disks are copied to disks, files and pipes", ["vblade"], async () => {
  await using wire = await Wire.open();
  using one = new Image(SIZE);
  using other = new Image(SIZE + 4 * MIB);
  const data = pattern(SIZE, 5);
  Deno.writeFileSync(one.path, data);
  await using _one = await startTarget(wire, "vblade", one.path, 0);
  await using _other = await startTarget(wire, "dblade", other.path, 1);
  const copied = await runTool(wire, ["copy", "e0.0", "e0.1", "--dest-offset", "1M", "--json"]);
  assertEquals(copied.code, 0, copied.stderr);
  const json = JSON.parse(copied.stdout);
  assertEquals([json.bytes, json.sha256, json.durable], [SIZE, await sha256(data), true]);
  assertEquals(other.read(), patched(new Uint8Array(SIZE + 4 * MIB), data, MIB));
  const same = await runTool(wire, ["verify", "e0.1", "e0.0", "-o", "1M"]);
  assertEquals(same.code, 0, same.stderr);
  const piped = await runTool(wire, ["copy", "e0.0", "-", "-o", "1M", "--json", "--window", "3"]);
  assertEquals(piped.bytes, data.slice(MIB));
  assertEquals(JSON.parse(piped.stderr).bytes, 7 * MIB, "nothing but JSON");
  const within = await runTool(wire, ["copy", "e0.1", "e0.1", "-l", "1M", "--dest-offset", "10M"]);
  assertEquals(within.code, 0, within.stderr);
});

e2e("a file keeps its holes, and what lies around a copied part", [], async () => {
  await using wire = await Wire.open();
  using image = new Image(64 * MIB);
  using work = new Image(0);
  await using _target = await startTarget(wire, "dblade", image.path);
  await runTool(wire, ["write", "e0.0", "-o", "40M"], pattern(5000, 1));
  assertEquals((await runTool(wire, ["read", "e0.0", work.path])).code, 0);
  assertEquals(Deno.readFileSync(work.path), image.read());
  assert((Deno.statSync(work.path).blocks ?? 0) * 512 < MIB, "zeros take no room");
  const old = pattern(3 * MIB, 2);
  Deno.writeFileSync(work.path, old);
  const args = ["copy", "e0.0", work.path, "-l", "1M", "--dest-offset", "1M", "-y"];
  const patch = await runTool(wire, args);
  assertEquals(patch.code, 0, patch.stderr);
  assertEquals(Deno.readFileSync(work.path), patched(old, new Uint8Array(MIB), MIB));
  assertEquals((await runTool(wire, ["read", "e0.0", work.path, "-l", "8", "-y"])).code, 0);
  assertEquals(Deno.statSync(work.path).size, 4096, "what was longer is replaced");
});

e2e("the bar of a short copy ends with its mean rate", ["script"], async () => {
  await using wire = await Wire.open();
  using image = new Image(MIB);
  using work = new Image(0);
  await using _target = await startTarget(wire, "dblade", image.path);
  for (const args of [["read", "e0.0", work.path], ["verify", "e0.0", work.path]]) {
    const line = programCommand(args).join(" ");
    const words = ["script", "-qec", `stty cols 80; ${line}`, "/dev/null"];
    const ended = await runCommand(["ip", "netns", "exec", wire.initiator, ...words]);
    assertEquals(ended.code, 0, ended.stdout);
    const last = /100% [^\r]*/.exec(ended.stdout)?.[0] ?? "";
    assertMatch(last, /1 MiB of 1 MiB +[1-9][0-9.]* [KM]iB\/s +0:00 left/, ended.stdout);
  }
});
