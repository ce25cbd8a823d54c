/**
 * What the end-to-end tests need of the machine. As root on Debian it is installed where it is
 * missing; elsewhere the tests that need it are skipped, and their names say why.
 *
 * @module
 */
import "../library.ts";

/** Programs and the Debian packages that bring them, with a space between several. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  tc: "iproute2",
  aoeping: "aoetools",
  aoecfg: "aoetools",
  "aoe-stat": "aoetools",
  "aoe-sancheck": "aoetools",
  script: "bsdutils",
  setpriv: "util-linux",
  unshare: "util-linux",
  taskset: "util-linux",
  vblade: "vblade",
  tcpdump: "tcpdump",
  tshark: "tshark",
  losetup: "mount",
  mount: "mount",
  fsfreeze: "util-linux",
  mke2fs: "e2fsprogs",
  mkfifo: "coreutils",
  prlimit: "util-linux",
  resize2fs: "e2fsprogs",
  "aoe-discover": "aoetools",
  "qemu-system-x86_64": "qemu-system-x86",
  "qemu-img": "qemu-utils",
  "qemu-io": "qemu-utils",
  nbdinfo: "libnbd-bin",
  nbdcopy: "libnbd-bin",
  nbdkit: "nbdkit",
  "nbd-client": "nbd-client",
  cpio: "cpio",
  depmod: "kmod",
  capsh: "libcap2-bin",
  chrt: "util-linux",
  gcc: "gcc libc6-dev",
  nft: "nftables",
  setcap: "libcap2-bin",
  nasm: "nasm",
  bash: "bash",
  fish: "fish",
  zsh: "zsh",
  mandoc: "mandoc",
  groff: "groff",
  man: "man-db",
  cmp: "diffutils",
  mkswap: "util-linux",
  sfdisk: "fdisk",
  cryptsetup: "cryptsetup-bin",
  genisoimage: "genisoimage",
  mksquashfs: "squashfs-tools",
  pvcreate: "lvm2",
  "mkfs.btrfs": "btrfs-progs",
  "mkfs.exfat": "exfatprogs",
  "mkfs.f2fs": "f2fs-tools",
  "mkfs.fat": "dosfstools",
  "mkfs.ntfs": "ntfs-3g",
  "mkfs.xfs": "xfsprogs",
};

const FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

// A shell of root's may not look into all of them, and neither would the tests.
Deno.env.set("PATH", [Deno.env.get("PATH") ?? "", ...FOLDERS].join(":"));

function isInstalled(program: string): boolean {
  return FOLDERS.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Runs apt-get; false where it failed, is not there, or must not be used. */
export function apt(...args: string[]): boolean {
  if (Deno.env.get("DBLADE_NO_INSTALL") !== undefined || !isInstalled("apt-get")) return false;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  return new Deno.Command("apt-get", { args, env, stdout: "null", stderr: "null" }).outputSync()
    .success;
}

/**
 * Runs `work` while no other test file does the same: several run at once, and neither apt nor what
 * is fetched once for all is made for that.
 */
export function inTurn<T>(work: () => T): T {
  using lock = Deno.openSync("/tmp/dblade-tests.lock", { create: true, write: true });
  lock.lockSync(true);
  return work();
}

function install(programs: readonly string[]): void {
  // What another file has installed meanwhile is there.
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length === 0) return;
  const names = absent.flatMap((program) => (PACKAGES[program] ?? program).split(" "));
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...new Set(names));
}

/**
 * Why the tests that need root and `programs` cannot run; undefined where they can. What can be
 * installed is.
 */
export function missing(...programs: readonly string[]): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length > 0) inTurn(() => install(absent));
  const still = absent.filter((program) => !isInstalled(program));
  if (still.length === 0) return undefined;
  return still.map((program) => `needs ${program} (package ${PACKAGES[program]})`).join(", ");
}

/** What `prepare` complains of, such as that a package cannot be had. */
function complaint(prepare: () => void): string | undefined {
  try {
    prepare();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`;
  }
}

/**
 * Registers a test that needs root and `programs`, and what `prepare` gets, which throws where it
 * cannot be had.
 */
export function e2e(
  name: string,
  programs: readonly string[],
  run: (test: Deno.TestContext) => Promise<void>,
  prepare: () => void = () => {},
): void {
  const reason = missing("ip", ...programs) ?? complaint(prepare);
  if (reason === undefined) Deno.test(name, run);
  else Deno.test.ignore(`${name} [skipped: ${reason}]`, () => {});
}
