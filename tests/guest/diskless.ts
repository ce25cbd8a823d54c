/**
 * A disk from which a machine without disks boots: a boot loader, a kernel and a root file system,
 * made as docs/diskless.md tells, only smaller.
 *
 * @module
 */
import { command } from "../e2e/namespace.ts";
import { noLoopDevices } from "../temporary.ts";
import { debianPackage, PackageError } from "./debian.ts";
import { kernelImage, packInitramfs } from "./initramfs.ts";

/** Programs that {@linkcode makeDisklessDisk} needs. */
export const DISKLESS_PROGRAMS = [
  "mke2fs",
  "resize2fs",
  "losetup",
  "cpio",
  "depmod",
  "aoe-discover",
] as const;
/** Size of a sector. */
export const SECTOR = 512;
/** First sector of the partition. */
export const START = 2048;
const SIZE = 64 * 2 ** 20;
const LINUX = 0x83;
const ACTIVE = 0x80;

/** Gets what Debian's packages bring; throws where that, or a loop device, cannot be had. */
export function prepareDiskless(): void {
  const reason = noLoopDevices();
  if (reason !== undefined) throw new PackageError(reason);
  for (const name of ["linux-image-amd64", "busybox-static", "extlinux", "syslinux-common"]) {
    debianPackage(name);
  }
}

/**
 * Makes the disk.
 *
 * @param file where
 * @param root the device that will be the root file system
 * @param question what stands in the file /question there
 */
export async function makeDisklessDisk(
  file: string,
  root: string,
  question: Uint8Array,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const partition = `${folder}/partition`;
    await command("truncate", "-s", `${SIZE - START * SECTOR}`, partition);
    // extlinux cannot read a file system that has this feature.
    await command("/sbin/mke2fs", "-q", "-t", "ext4", "-O", "^64bit", partition);
    const mounted = `${folder}/mounted`;
    Deno.mkdirSync(mounted);
    await command("mount", "-o", "loop", partition, mounted);
    try {
      await fillRoot(mounted, root, question);
    } finally {
      await command("umount", mounted);
    }
    Deno.writeFileSync(file, firstSector());
    await command("dd", `if=${partition}`, `of=${file}`, `seek=${START}`, "conv=sparse,notrunc");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Fills the root file system that is mounted at `folder`. */
async function fillRoot(folder: string, root: string, question: Uint8Array): Promise<void> {
  const kernel = debianPackage("linux-image-amd64");
  const busybox = debianPackage("busybox-static");
  for (const name of ["bin", "boot", "dev", "proc", "sbin"]) {
    Deno.mkdirSync(`${folder}/${name}`);
  }
  Deno.copyFileSync(kernelImage(kernel), `${folder}/vmlinuz`);
  packInitramfs(kernel, busybox, `${folder}/initrd.img`, "diskless_init.sh");
  await command("cp", `${busybox}/bin/busybox`, `${folder}/bin/`);
  Deno.copyFileSync(new URL("diskless_root.sh", import.meta.url), `${folder}/sbin/init`);
  Deno.chmodSync(`${folder}/sbin/init`, 0o755);
  Deno.writeFileSync(`${folder}/question`, question);
  Deno.writeTextFileSync(
    `${folder}/boot/extlinux.conf`,
    "DEFAULT linux\nLABEL linux\n LINUX /vmlinuz\n INITRD /initrd.img\n" +
      ` APPEND root=${root} console=ttyS0 quiet panic=-1\n`,
  );
  await command(`${debianPackage("extlinux")}/usr/bin/extlinux`, "--install", `${folder}/boot`);
}

/** The first sector: the loader's program and a table of one partition. */
function firstSector(): Uint8Array {
  const program = `${debianPackage("syslinux-common")}/usr/lib/syslinux/mbr/mbr.bin`;
  const sector = new Uint8Array(SECTOR);
  sector.set(Deno.readFileSync(program));
  const view = new DataView(sector.buffer);
  view.setUint8(446, ACTIVE);
  view.setUint8(450, LINUX);
  view.setUint32(454, START, true);
  view.setUint32(458, SIZE / SECTOR - START, true);
  view.setUint16(510, 0xaa55, true);
  return sector;
}
