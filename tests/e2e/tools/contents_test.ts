/**
 * What the programs that make file systems and partition tables leave on a disk is told by name.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { listContents } from "../../../lib/transfer/contents.ts";
import { LoopDevice, needLoopDevices } from "../../temporary.ts";
import { Image } from "../image.ts";
import { command } from "../namespace.ts";
import { e2e } from "../requires.ts";

const MIB = 2 ** 20;

/** What is found in a file. */
async function contentsOf(path: string): Promise<readonly string[]> {
  using file = Deno.openSync(path);
  const read = async (bytes: Uint8Array, offset: number): Promise<number> => {
    await file.seek(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < bytes.length) done += await file.read(bytes.subarray(done)) ?? bytes.length;
    return done;
  };
  // One at a time: both ends are read through one file position.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (bytes: Uint8Array, offset: number): Promise<number> => {
    const next = last.then(() => read(bytes, offset));
    last = next;
    return next;
  };
  return await listContents({ size: Deno.statSync(path).size, read: inTurn });
}

const MADE: readonly (readonly [line: string, mib: number, what: string])[] = [
  ["mke2fs -q -t ext2 FILE", 4, "an ext2 file system"],
  ["mke2fs -q -t ext3 FILE", 8, "an ext3 file system"],
  ["mke2fs -q -t ext4 -L root FILE", 8, 'an ext4 file system "root"'],
  ["mkfs.xfs -q -L data FILE", 320, 'an XFS file system "data"'],
  ["mkfs.btrfs -q -L tree FILE", 128, 'a Btrfs file system "tree"'],
  ["mkfs.fat -F 12 FILE", 4, "a FAT file system"],
  ["mkfs.fat -F 32 -n BOOT FILE", 64, 'a FAT file system "BOOT"'],
  ["mkfs.exfat FILE", 16, "an exFAT file system"],
  ["mkfs.ntfs -q -F FILE", 16, "an NTFS file system"],
  ["mkfs.f2fs -q FILE", 128, "an F2FS file system"],
  ["mksquashfs /etc/apt FILE -quiet -noappend", 1, "a squashfs file system"],
  ["genisoimage -quiet -V DEBIAN -o FILE /etc/apt", 1, 'an ISO 9660 file system "DEBIAN"'],
  ["mkswap -L s FILE", 4, 'swap space "s"'],
  [
    "cryptsetup -q --pbkdf-force-iterations 1000 --pbkdf pbkdf2 luksFormat FILE /etc/hostname",
    32,
    "a LUKS encrypted volume",
  ],
  ["cryptsetup -q -i 1 --type luks1 luksFormat FILE /etc/hostname", 32, "a LUKS encrypted volume"],
];

for (const [line, mib, what] of MADE) {
  const [program = ""] = line.split(" ");
  e2e(`a disk after "${line}" has ${what}`, [program], async () => {
    using image = new Image(mib * MIB);
    await command(...line.split(" ").map((word) => word === "FILE" ? image.path : word));
    assertEquals(await contentsOf(image.path), [`has ${what}`]);
  });
}

for (const [label, what] of [["dos", "an MBR"], ["gpt", "a GPT"]] as const) {
  e2e(`a disk after sfdisk --label ${label} has ${what} partition table`, ["sfdisk"], async () => {
    using image = new Image(4 * MIB);
    const script = `echo ';' | sfdisk -q --label ${label} ${image.path}`;
    await command("sh", "-c", script);
    assertEquals(await contentsOf(image.path), [`has ${what} partition table`]);
  });
}

e2e("a disk after pvcreate has an LVM physical volume", ["pvcreate", "losetup"], async () => {
  using image = new Image(8 * MIB);
  {
    using device = new LoopDevice(image.path);
    await command("pvcreate", "-q", "--devices", device.path, device.path);
  }
  assertEquals(await contentsOf(image.path), ["has an LVM physical volume"]);
}, needLoopDevices);
