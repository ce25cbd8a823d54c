/**
 * `deno task aarch64`: on an x86-64 machine, the program under Deno for aarch64 in emulation
 * (qemu-user). It is the sources that run, because npm has no runtime to compile for aarch64 with.
 *
 * The tests are those of what differs between the two, and some that take their time patiently.
 * Direct I/O is tested by itself (tests/abi_test.ts): of statx, qemu 7.2 does not hand on what the
 * program asks about it.
 *
 * @module
 */
import { apt, inTurn } from "../e2e/requires.ts";
import { fillDenoDir } from "./deno_dir.ts";
import { NotOnNpmError, npmFile } from "./npm_file.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const QEMU = "/usr/bin/qemu-aarch64";
const LIBRARIES = "/usr/aarch64-linux-gnu";
/** What has to be there, and the Debian packages that bring it. */
const NEEDED: readonly (readonly [path: string, name: string])[] = [
  [QEMU, "qemu-user"],
  [`${LIBRARIES}/lib/libc.so.6`, "libc6-arm64-cross"],
  [`${LIBRARIES}/lib/libgcc_s.so.1`, "libgcc-s1-arm64-cross"],
];
const DENO = {
  name: "@deno/linux-arm64-glibc",
  version: "2.9.5",
  path: "package/deno",
  sha256: "e1a70c5eb03b0ebaf761077029ef86b9ba22d50e2b54ca45ce5437457f701b63",
};
const KERNEL_TESTS = ["abi", "mapping", "block_file_lock", "small_file", "net_interface"];
const SERVING_FILES = ["access", "serve", "state"];
const SERVING_TESTS = ["a part of the file", "a loopback", "no command", "outlives SIGTERM"];
/** Exit status: it cannot be done here. */
const SKIPPED_STATUS = 77;

function absent(): readonly string[] {
  return NEEDED.filter(([path]) => {
    try {
      return !Deno.statSync(path).isFile;
    } catch {
      return true;
    }
  }).map(([, name]) => name);
}

/** Why it cannot be done here; undefined where it can. Installs what it may. */
function obstacle(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return "this is no x86-64 Linux";
  const names = absent();
  if (names.length > 0 && Deno.uid() === 0) {
    inTurn(() => apt("update", "-qq") && apt("install", "-y", "-qq", ...names));
  }
  const still = absent();
  return still.length === 0 ? undefined : `needs ${still.join(", ")}`;
}

/** Runs tests; false where one fails, or where fewer than `least` are found. */
async function test(
  words: readonly string[],
  least: number,
  env: Record<string, string> = {},
): Promise<boolean> {
  const [program = "", ...args] = words;
  const options = { args, cwd: ROOT, env: { ...env, NO_COLOR: "1" }, stdin: "null" } as const;
  const { stdout, success } = await new Deno.Command(program, { ...options, stderr: "inherit" })
    .output();
  Deno.stdout.writeSync(stdout);
  const passed = /^ok \| (\d+) passed/m.exec(new TextDecoder().decode(stdout))?.[1];
  return success && Number(passed) >= least;
}

async function runTests(deno: string): Promise<boolean> {
  const folder = Deno.makeTempDirSync();
  try {
    fillDenoDir(folder);
    const env = [`DENO_DIR=${folder}`, "DBLADE_EMULATED=1"];
    const emulated = ["env", ...env, QEMU, "-L", LIBRARIES, deno];
    const program = `${folder}/dblade`;
    const line = [...emulated, "run", "--allow-ffi", `${ROOT}main.ts`].join(" ");
    Deno.writeTextFileSync(program, `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
    const files = KERNEL_TESTS.map((name) => `tests/${name}_test.ts`);
    const kernel = [...emulated, "test", "-A", "--no-check", ...files];
    const filter = `--filter=/${SERVING_TESTS.join("|")}/`;
    const serving = [Deno.execPath(), "test", "-A", "--no-check", filter];
    serving.push(...SERVING_FILES.map((name) => `tests/e2e/${name}_test.ts`));
    return await test(kernel, files.length) &&
      await test(serving, SERVING_TESTS.length, { DBLADE_PROGRAM: program });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function main(): Promise<number> {
  const reason = obstacle();
  if (reason !== undefined) return skip(reason);
  try {
    return await runTests(await npmFile(DENO)) ? 0 : 1;
  } catch (error) {
    if (error instanceof NotOnNpmError) return skip(error.message);
    throw error;
  }
}

function skip(reason: string): number {
  const line = `aarch64 is not tested [skipped: ${reason}]\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(line));
  return SKIPPED_STATUS;
}

Deno.exit(await main());
