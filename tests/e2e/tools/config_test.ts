/**
 * `dblade config` reads, sets and tests config strings, of vblade and of dblade.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TemporaryFolder } from "../../temporary.ts";
import { pattern } from "../image.ts";
import { e2e } from "../requires.ts";
import { assertWrong, ToolRig, type WrongLine } from "./tools.ts";

for (const disk of ["e0.0", "e0.1"]) {
  e2e(`config reads, sets and tests the string of ${disk}`, ["vblade"], async () => {
    await using rig = await ToolRig.open();
    const get = async (): Promise<string> => (await rig.run("config", "get", disk)).stdout;
    assertEquals(await get(), "\n");
    for (const _again of [1, 2]) {
      const set = await rig.run("config", "set", disk, "root of web3");
      assertEquals([set.code, set.stdout, set.stderr], [0, "", ""]);
    }
    assertEquals(await get(), "root of web3\n");
    const other = await rig.run("config", "set", disk, "other");
    assertEquals([other.code, other.stdout], [4, ""]);
    assertStringIncludes(other.stderr, 'it is "root of web3"; "dblade config force" replaces it');
    for (
      const [action, string, code, answer] of [
        ["test", "root of web3", 0, "yes\n"],
        ["test", "root", 5, "no\n"],
        ["prefix", "root", 0, "yes\n"],
        ["prefix", "oot", 5, "no\n"],
        ["prefix", "", 0, "yes\n"],
      ] as const
    ) {
      const ended = await rig.run("config", action, disk, string, "--timeout", "0.5");
      assertEquals([ended.code, ended.stdout, ended.stderr], [code, answer, ""]);
    }
    const json = await rig.run("config", "test", disk, "x", "--json", "--timeout", "0.5");
    assertEquals(JSON.parse(json.stdout), {
      disk,
      matches: false,
      size: 12,
      config: "root of web3",
      hex: "726f6f74206f662077656233",
    });
    assertEquals((await rig.run("config", "force", disk, "")).code, 0);
    assertEquals(await get(), "\n");
  });

  e2e(`config takes and gives bytes of any kind, up to 1024, of ${disk}`, ["vblade"], async () => {
    await using rig = await ToolRig.open();
    using folder = new TemporaryFolder();
    const bytes = pattern(1024, 5);
    Deno.writeFileSync(`${folder.path}/string`, bytes);
    assertEquals((await rig.run("config", "set", disk, "--file", `${folder.path}/string`)).code, 0);
    const raw = await rig.start("config", "get", disk, "--raw").output();
    assertEquals(raw.stdout, bytes);
    const { stdout } = await rig.run("config", "get", disk, "--hex");
    assertEquals(stdout.split("\n").map(({ length }) => length), [...Array(32).fill(64), 0]);
    assertEquals(stdout.replaceAll("\n", ""), bytes.toHex());
    const fed = await rig.feed(
      new Uint8Array([0x00, 0xff, 0x5c, 0x0a]),
      "config",
      "force",
      disk,
      "-",
    );
    assertEquals(fed.code, 0, fed.stderr);
    assertEquals(fed.stderr, "The string ends with a newline, as it came from standard input\n");
    const none = await rig.feed(new Uint8Array(0), "config", "force", disk, "-");
    assertEquals([none.code, none.stdout], [2, ""]);
    assertStringIncludes(none.stderr, 'Standard input is empty; "" instead of "-" clears');
    const shown = await rig.run("config", "get", disk, "--json");
    assertEquals(JSON.parse(shown.stdout), {
      disk,
      size: 4,
      config: "\\x00\\xff\\\\\\x0a",
      hex: "00ff5c0a",
    });
    const long = await rig.feed(pattern(1025, 5), "config", "force", disk, "-");
    assertEquals(long.code, 2);
    assertStringIncludes(long.stderr, "more than 1024 bytes");
  });
}

const WRONG: readonly WrongLine[] = [
  ["config", 2, "followed by one of get, set, force, test, prefix"],
  ["config gte e0.0", 2, 'not by "gte"', '"get"?'],
  ["config get", 2, "Missing DISK", "dblade help config get"],
  ["config get e0.0 --raw --hex", 2, "--raw and --hex are two forms"],
  ["config set e0.0", 2, "Missing STRING", "standard input", "--file"],
  ["config set e0.0 two words", 2, '"words" is one argument too many'],
  ["config set e0.0 x --file y", 2, "given twice"],
  ["config set e0.0 --file /nowhere", 1, 'Cannot read "/nowhere"', "no such file"],
  ["config set e0.0 --file /proc", 1, 'Cannot read "/proc"'],
  [`config set e0.0 ${"x".repeat(1025)}`, 2, "has 1025 bytes", "at most 1024"],
  ["config test e0.9 x --timeout 0.3", 3, "No target answers for e0.9"],
  ['config get ""', 2, "DISK is empty"],
];

e2e("config says what is wrong", ["vblade"], async (test) => {
  await using rig = await ToolRig.open();
  await assertWrong(test, rig, WRONG);
  await rig.wire.setMtu(600);
  const small = await rig.run("config", "set", "e0.1", "x".repeat(1000), "--interface", "eth0");
  assertEquals(small.code, 1);
  assertStringIncludes(small.stderr, 'The string has 1000 bytes; a frame on "eth0" (MTU 600)');
});
