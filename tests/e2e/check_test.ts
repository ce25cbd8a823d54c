/**
 * `dblade check` as a user runs it: what it prints, and how it ends.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { TemporaryFolder } from "../temporary.ts";
import { assertComplaint, SYSTEM, USAGE } from "./refusal.ts";
import { type Ended, programCommand, runCommand, runProgram } from "./target_process.ts";

const GOOD = `[acls]
hosts = ["02:00:5e:10:00:01", "02:00:5e:10:00:02"]

[server]
workers = 2

[[export]]
shelf = 0
slot = 1
path = "FOLDER/disk"
interfaces = ["lo", "nosuch0"]
accept = ["hosts"]
offset = 8
length = 4

[[export]]
shelf = 10
slot = 0
path = "FOLDER/disk"
read-only = true
length = 8
`;
const BAD = GOOD.replace("workers = 2", "wokers = 2").replace("slot = 0", "slot = 255");

/** Checks a file with `text`, in which FOLDER is the folder. */
async function check(
  folder: TemporaryFolder,
  text: string,
  ...options: readonly string[]
): Promise<Ended> {
  const path = `${folder.path}/dblade.toml`;
  Deno.writeTextFileSync(path, text.replaceAll("FOLDER", folder.path));
  folder.file("disk", 64 * 512);
  return await runProgram(["check", "-c", path, ...options]);
}

Deno.test("dblade check shows the exports of a good file, and warns", async () => {
  using folder = new TemporaryFolder();
  const { code, stdout, stderr } = await check(folder, GOOD);
  assertEquals(code, 0, stderr);
  assertEquals(
    stdout,
    [
      `${folder.path}/dblade.toml: 2 exports, 2 workers`,
      "DISK   MODE  PART               INTERFACES  ACCESS      PATH",
      `e0.1   rw    2 KiB at sector 8  lo,nosuch0  2 accepted  ${folder.path}/disk`,
      `e10.0  ro    4 KiB              all         all         ${folder.path}/disk`,
      "",
    ].join("\n"),
  );
  assertEquals(
    stderr,
    `warning: ${folder.path}/dblade.toml:11: export[0].interfaces: there is no interface nosuch0 ` +
      "now; it is taken up when it comes; correct the name if it never will\n",
  );
});

Deno.test("dblade check shows how the bytes are reached, and who is shut out", async () => {
  using folder = new TemporaryFolder();
  const station = '"02:00:5e:10:00:01"';
  const text = `[acls]\nhosts = [${station}]\n[[export]]\nshelf = 0\nslot = 0\ndirect = true\n` +
    `sync = true\npath = "FOLDER/disk"\ndeny = "hosts"\nmask = ${station}\n`;
  const shown = async (more: string): Promise<string> => {
    const { code, stdout, stderr } = await check(folder, text + more);
    assertEquals([code, stderr], [0, ""]);
    return stdout.split("\n")[2] ?? "";
  };
  const both = "whole  all         1 denied, 1 in the mask";
  assertStringIncludes(await shown(""), `e0.0  rw,direct,sync  ${both}  ${folder.path}/disk`);
  assertStringIncludes(await shown("read-only = true"), `e0.0  ro,direct,sync  ${both}`);
});

for (const [what, text, status] of [["good", GOOD, 0], ["bad", BAD, USAGE]] as const) {
  Deno.test(`dblade check says nothing to who reads no more, of a ${what} file`, async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/dblade.toml`;
    Deno.writeTextFileSync(path, text.replaceAll("FOLDER", folder.path));
    folder.file("disk", 64 * 512);
    const words = programCommand(["check", "--json", "-c", path]).join(" ");
    // "true" ends before anything is printed.
    const script =
      `{ sleep 1; ${words} 2>${folder.path}/told; echo $? >${folder.path}/status; } | true`;
    await runCommand(["sh", "-c", script]);
    assertEquals(Deno.readTextFileSync(`${folder.path}/status`), `${status}\n`);
    assertEquals(/EPIPE|standard output/.test(Deno.readTextFileSync(`${folder.path}/told`)), false);
  });
}

Deno.test("dblade check tells every mistake, and ends with 2", async () => {
  using folder = new TemporaryFolder();
  const { code, stdout, stderr } = await check(folder, BAD);
  const path = `${folder.path}/dblade.toml`;
  assertEquals([code, stdout], [USAGE, ""]);
  assertEquals(stderr.split("\n").filter((line) => !line.startsWith("warning: ")), [
    `${path}:5: server.wokers: is not known; did you mean "workers"?`,
    `${path}:18: export[1].slot: is the number 255; write a whole number from 0 to 254`,
    "",
  ]);
});

Deno.test("dblade check --json has exports, mistakes and warnings", async () => {
  using folder = new TemporaryFolder();
  const good = await check(folder, GOOD, "--json");
  const { mistakes, warnings, exports } = JSON.parse(good.stdout);
  assertEquals([good.code, mistakes, warnings.length], [0, [], 1]);
  assertEquals(exports[0].accept, ["02:00:5e:10:00:01", "02:00:5e:10:00:02"]);
  assertEquals([exports[1].disk, exports[1].lengthSectors, exports[1].accept], ["e10.0", 8, null]);
  const bad = await check(folder, BAD, "--json");
  assertEquals([bad.code, JSON.parse(bad.stdout).exports], [USAGE, []]);
  assertEquals(JSON.parse(bad.stdout).mistakes[0], {
    line: 5,
    key: "server.wokers",
    problem: "is not known",
    remedy: 'did you mean "workers"?',
  });
  assertStringIncludes(bad.stderr, "server.wokers");
});

Deno.test("dblade check says where there is no file", async () => {
  using folder = new TemporaryFolder();
  const ended = await runProgram(["check", "-c", `${folder.path}/none.toml`]);
  assertComplaint(ended, SYSTEM, [`"${folder.path}/none.toml"`, "no such file"]);
  assertComplaint(await runProgram(["check", "extra"]), USAGE, ['"extra"', "dblade help check"]);
});
