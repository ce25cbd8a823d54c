/**
 * `deno task compile` where it cannot do its work: it says why in plain words, and leaves nothing.
 * What it makes where it can is what `deno task executable` tests.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listFolder } from "../sources.ts";
import { TemporaryFolder } from "../temporary.ts";
import { fillDenoDir } from "./deno_dir.ts";
import { runtimeVersion, type Target, TARGETS } from "./runtime.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const OWN = TARGETS.find(({ architecture }) => architecture === Deno.build.arch);
const FOREIGN = TARGETS.find(({ architecture }) => architecture !== Deno.build.arch);
assert(OWN !== undefined && FOREIGN !== undefined);

/** Nobody listens there. */
const NOWHERE = "http://127.0.0.1:9";

async function compile(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/executable/compile.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", DENORT_BIN: "", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function distFiles(): readonly string[] {
  const isThere = listFolder("").some(({ name }) => name === "dist");
  return isThere ? listFolder("dist/").map(({ name }) => name).sort() : ["none"];
}

async function assertFails(
  args: readonly string[],
  env: Record<string, string>,
  says: readonly string[],
): Promise<void> {
  const before = distFiles();
  const { code, stdout, stderr } = await compile(args, env);
  assertEquals([code, stdout], [1, ""], stderr);
  for (const part of says) assertStringIncludes(stderr, part);
  assert(!/^\s+at |Uncaught|backtrace/m.test(stderr), `A stack trace: ${stderr}`);
  assertEquals(distFiles(), before);
}

/** The head of an ELF file for `machine`, and text. */
function elf(machine: number, text: string): Uint8Array {
  const bytes = new Uint8Array(64 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint16(18, machine, true);
  bytes.set(new TextEncoder().encode(text), 64);
  return bytes;
}

Deno.test("a wrong command line of the compile task is refused with its usage", async () => {
  const before = distFiles();
  const cases: readonly (readonly [args: readonly string[], says: string])[] = [
    [["--target", "riscv64"], `--target is "riscv64"`],
    [["--target=x86_64-apple-darwin"], `--target is "x86_64-apple-darwin"`],
    [["--target"], `--target is ""`],
    [["--target", "aarch64", "--target", "x86_64"], "--target is given 2 times"],
    [["--output", "x"], `"--output" is not understood`],
    [["x86_64"], `"x86_64" is not understood`],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await compile(args);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, says);
    assertStringIncludes(stderr, "usage: deno task compile");
  }
  assertEquals(distFiles(), before);
});

Deno.test("the compile task helps", async () => {
  const { code, stdout, stderr } = await compile(["--help"]);
  assertEquals([code, stderr], [0, ""]);
  for (const { triple, architecture } of TARGETS) {
    assertStringIncludes(stdout, `${architecture} (${triple})`);
  }
});

for (const target of TARGETS) {
  Deno.test(`no runtime for ${target.architecture}: what to do is said`, async () => {
    using folder = new TemporaryFolder();
    fillDenoDir(folder.path); // the packages are there, a runtime is not
    const proxies = { HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE, NO_PROXY: "registry.npmjs.org" };
    const env = { DENO_DIR: folder.path, ...proxies };
    await assertFails(["--target", target.triple], env, [
      "dl.deno.land",
      "Connection refused",
      `Set DENORT_BIN to the path of the denort of Deno ${Deno.version.deno} for ${target.triple}`,
    ]);
  });
}

Deno.test("a runtime that cannot fit is refused before anything is made", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/denort`;
  const refuse = (target: Target, says: string): Promise<void> =>
    assertFails(["--target", target.architecture], { DENORT_BIN: path }, [
      `"${path}"`,
      says,
      `denort of Deno ${Deno.version.deno} for ${target.triple}`,
    ]);
  await refuse(OWN, "Cannot read");
  Deno.writeTextFileSync(path, "#!/bin/sh\n");
  await refuse(OWN, "is no program for Linux");
  Deno.writeFileSync(path, elf(FOREIGN.machine, `Deno/${Deno.version.deno}`));
  await refuse(OWN, `is for ${FOREIGN.architecture}, not for ${OWN.architecture}`);
  // One of another version would show when the program is started, which cannot be done here.
  Deno.writeFileSync(path, elf(FOREIGN.machine, "Deno/1.2.3"));
  await refuse(FOREIGN, "is of Deno 1.2.3");
});

Deno.test("a program that does not run is not kept", async () => {
  await assertFails(["--target", OWN.architecture], { DENORT_BIN: Deno.execPath() }, [
    "does not run",
    `"deno ${Deno.version.deno}`,
    "DENORT_BIN must name a denort, not a deno, of the same version",
  ]);
});

Deno.test("runtimeVersion() finds the version that a runtime tells of itself", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/denort`;
  const cases: readonly (readonly [text: string, expected: string, found: string])[] = [
    ["...Deno/2.9.6+abc...", "2.9.6", "2.9.6"],
    ["Deno/2.10.11", "2.9.6", "2.10.11"],
    ["Deno/0.79.0 Deno/2.9.6 Deno/2.9.7", "2.9.6", "2.9.6"],
    ["Deno/0.79.0 Deno/2.9.7", "2.9.6", "2.9.7"],
    ["DDeno/Deno/ Deno/x", "2.9.6", "of unknown version"],
    ["", "2.9.6", "of unknown version"],
  ];
  for (const [text, expected, found] of cases) {
    Deno.writeFileSync(path, elf(OWN.machine, text));
    assertEquals(runtimeVersion(path, OWN, expected), found, text);
  }
});
