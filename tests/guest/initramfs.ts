/**
 * The first file system of the Linux guest: busybox, e2fsprogs, aoetools' scripts and the kernel's
 * own modules, packed as an initramfs.
 *
 * @module
 */
import { inTurn } from "../e2e/requires.ts";
import { PackageError } from "./debian.ts";

const MODULES = ["virtio_pci", "virtio_net", "aoe", "ext4", "crc32c_generic"];
/** aoe-stat is written for bash. */
const PROGRAMS = ["/sbin/mke2fs", "/sbin/e2fsck", "/sbin/resize2fs", "/bin/bash"];
const TOOLS = ["discover", "flush", "interfaces", "revalidate", "stat", "version"];
const FOLDERS = ["bin", "sbin", "dev", "proc", "sys", "mnt", "tmp", "etc"];

function run(program: string, ...args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new PackageError(`${program} failed: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** Copies a file, following links, to the same path below `root`, or to another one. */
function copy(path: string, root: string, to = path): void {
  Deno.mkdirSync(`${root}${to}`.replace(/\/[^/]*$/, ""), { recursive: true });
  Deno.copyFileSync(path, `${root}${to}`);
}

/** Path of the kernel itself in the folder of its package. */
export function kernelImage(kernel: string): string {
  const names = [...Deno.readDirSync(`${kernel}/boot`)].map(({ name }) => name);
  return `${kernel}/boot/${names.find((name) => name.startsWith("vmlinuz"))}`;
}

/**
 * Packs the file system into `file`.
 *
 * @param kernel folder with the files of the kernel's package
 * @param busybox folder with the files of the package busybox-static
 * @param program the first program, a script beside this file
 */
export function packInitramfs(
  kernel: string,
  busybox: string,
  file: string,
  program: string = "init.sh",
): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const folder of FOLDERS) Deno.mkdirSync(`${root}/${folder}`);
    copy(`${busybox}/bin/busybox`, root, "/bin/busybox");
    for (const tool of TOOLS) copy(`/sbin/aoe-${tool}`, root);
    for (const path of PROGRAMS) {
      // busybox has names of its own for these, which the folder /bin would hide.
      copy(path, root);
      for (const [library] of run("ldd", path).matchAll(/\/\S+\.so\S*/g)) copy(library, root);
    }
    copyModules(kernel, root);
    const init = new URL(program, import.meta.url).pathname;
    copy(init, root, "/init");
    Deno.chmodSync(`${root}/init`, 0o755);
    run("sh", "-c", 'cd "$1" && find . | cpio -o -H newc | gzip -1 > "$2"', "-", root, file);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

/** Copies the modules and all that they need, with the list of what needs what. */
function copyModules(kernel: string, root: string): void {
  const [release] = [...Deno.readDirSync(`${kernel}/lib/modules`)];
  if (release === undefined) throw new PackageError("the kernel's package has no modules");
  const { name } = release;
  inTurn(() => {
    if (!hasFile(`${kernel}/lib/modules/${name}/modules.dep`)) run("depmod", "-b", kernel, name);
  });
  for (const module of MODULES) {
    const args = ["-d", kernel, "-S", name, "--show-depends", module];
    for (const [, path = ""] of run("modprobe", ...args).matchAll(/^insmod (\S+)/gm)) {
      copy(path, root, path.slice(kernel.length));
    }
  }
  for (const list of ["modules.order", "modules.builtin", "modules.builtin.modinfo"]) {
    copy(`${kernel}/lib/modules/${name}/${list}`, root, `/lib/modules/${name}/${list}`);
  }
  run("depmod", "-b", root, name);
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
