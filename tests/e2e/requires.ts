/**
 * What the end-to-end tests need of the machine. As root on Debian it is installed where it is
 * missing; elsewhere the tests that need it are skipped, and their names say why.
 *
 * @module
 */
import "../library.ts";

/** Programs and the Debian packages that bring them. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  aoeping: "aoetools",
  aoecfg: "aoetools",
  "aoe-sancheck": "aoetools",
  script: "bsdutils",
  setpriv: "util-linux",
  taskset: "util-linux",
  vblade: "vblade",
  losetup: "mount",
  mke2fs: "e2fsprogs",
  mkfifo: "coreutils",
  capsh: "libcap2-bin",
  chrt: "util-linux",
  setcap: "libcap2-bin",
};

const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function isInstalled(program: string): boolean {
  return FOLDERS.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

function install(names: readonly string[]): void {
  if (Deno.env.get("DBLADE_NO_INSTALL") !== undefined || !isInstalled("apt-get")) return;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const run = (...args: string[]): void => {
    new Deno.Command("apt-get", { args, env, stdout: "null", stderr: "null" }).outputSync();
  };
  run("update", "-qq");
  run("install", "-y", "-qq", ...names);
}

/**
 * Why the tests that need root and `programs` cannot run; undefined where they can. What can be
 * installed is.
 */
export function missing(...programs: readonly string[]): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length > 0) {
    install([...new Set(absent.map((program) => PACKAGES[program] ?? program))]);
  }
  const still = absent.filter((program) => !isInstalled(program));
  if (still.length === 0) return undefined;
  return still.map((program) => `needs ${program} (package ${PACKAGES[program]})`).join(", ");
}

/** Registers a test that needs root and `programs`. */
export function e2e(
  name: string,
  programs: readonly string[],
  run: (test: Deno.TestContext) => Promise<void>,
): void {
  const reason = missing("ip", ...programs);
  if (reason === undefined) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: ${reason}]`, () => {});
}
