/**
 * What a disk holds, by marks that are put there by hand; tests/e2e/tools/contents_test.ts has
 * those of the programs that make them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { findContents, HEAD_SIZE, listContents, TAIL_SIZE } from "../lib/transfer/contents.ts";
import { pattern } from "./e2e/image.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SIZE = 4 * MIB;

type Mark = readonly [offset: number, text: string];

/** What is found on a disk of `size` bytes with nothing but the marks, one byte a character. */
function found(size: number, ...marks: readonly Mark[]): readonly string[] {
  const disk = new Uint8Array(size);
  for (const [offset, text] of marks) {
    disk.set([...text].map((letter) => letter.charCodeAt(0)), offset);
  }
  return contentsOf(disk);
}

function contentsOf(disk: Uint8Array): readonly string[] {
  const head = disk.slice(0, HEAD_SIZE);
  const tail = disk.slice(Math.max(0, disk.length - TAIL_SIZE));
  return findContents({ head, tail, size: disk.length });
}

const BOOT: Mark = [510, "\x55\xaa"];
/** Flag, head, sector, cylinder, type, end, start, count. */
const LINUX: Mark = [446, "\x80\x01\x01\x00\x83\xfe\xff\xff\x00\x08\x00\x00\x00\x10\x00\x00"];
const PROTECTIVE: Mark = [446, "\x00\x00\x02\x00\xee\xff\xff\xff\x01\x00\x00\x00\xff\x1f\x00\x00"];
/** Numbers of inodes and blocks, the magic number. */
const EXT: readonly Mark[] = [[1024, "\x10"], [1028, "\x40"], [1080, "\x53\xef"]];
const MD = "\xfc\x4e\x2b\xa9\x01";
const MD_NAME: Mark = [4 * KIB + 32, "box:0"];
const UBERBLOCK = "\x0c\xb1\xba\x00\x00\x00\x00\x00";
const UBERBLOCK_BIG = "\x00\x00\x00\x00\x00\xba\xb1\x0c";

const CASES: readonly (readonly [what: string, ...marks: Mark[]])[] = [
  ["an MBR partition table", BOOT, LINUX],
  ["a GPT partition table", BOOT, PROTECTIVE, [512, "EFI PART"]],
  ["a GPT partition table", [SIZE - 512, "EFI PART"]],
  ["a GPT partition table", [4 * KIB, "EFI PART"]],
  ["a GPT partition table", [SIZE - 4 * KIB, "EFI PART"]],
  ["an MBR partition table", BOOT, PROTECTIVE],
  ["an ext2 file system", ...EXT],
  ["an ext3 file system", ...EXT, [1116, "\x3c"]],
  ['an ext4 file system "root"', ...EXT, [1116, "\x3c"], [1120, "\x42"], [1144, "root"]],
  ["an ext4 file system", ...EXT, [1124, "\x08"]],
  ['an XFS file system "data"', [0, "XFSB"], [108, "data"]],
  ['a Btrfs file system "b"', [64 * KIB + 64, "_BHRfS_M"], [64 * KIB + 0x12b, "b"]],
  ["a squashfs file system", [0, "hsqs"]],
  ["an EROFS file system", [1024, "\xe2\xe1\xf5\xe0"]],
  ["an F2FS file system", [1024, "\x10\x20\xf5\xf2"]],
  ["an NTFS file system", [3, "NTFS    "], BOOT],
  ["an exFAT file system", [3, "EXFAT   "], BOOT],
  ["a BitLocker volume", [3, "-FVE-FS-"], BOOT],
  ["a FAT file system", [54, "FAT16   "], [43, "NO NAME    "], BOOT],
  ['a FAT file system "BOOT"', [82, "FAT32   "], [71, "BOOT       "], BOOT],
  ["an APFS container", [32, "NXSB"]],
  ["an HFS+ file system", [1024, "H+\x00\x04"]],
  ['an ISO 9660 file system "DEBIAN"', [32769, "CD001"], [32808, "DEBIAN "]],
  ["a UDF file system", [32769, "BEA01"]],
  ["swap space", [4 * KIB - 10, "SWAPSPACE2"]],
  ['swap space "s"', [64 * KIB - 10, "SWAPSPACE2"], [1052, "s"]],
  ["a hibernated system", [4 * KIB - 10, "S1SUSPEND"]],
  ["a LUKS encrypted volume", [0, "LUKS\xba\xbe\x00\x01"]],
  ['a LUKS encrypted volume "safe"', [0, "LUKS\xba\xbe\x00\x02"], [24, "safe"]],
  ["an LVM physical volume", [512, "LABELONE"]],
  ["an LVM physical volume", [1536, "LABELONE"]],
  ["a bcache device", [4120, "\xc6\x85\x73\xf6\x4e\x1a\x45\xca"]],
  ["a member of a Linux RAID array", [0, MD]],
  ['a member of a Linux RAID array "box:0"', [4 * KIB, MD], MD_NAME],
  ["a member of a Linux RAID array", [SIZE - 8 * KIB, MD]],
  ["a member of a Linux RAID array", [SIZE - 64 * KIB, "\xfc\x4e\x2b\xa9\x00"]],
  ["a member of a ZFS pool", [128 * KIB, UBERBLOCK]],
  ["a member of a ZFS pool", [384 * KIB + 8 * KIB, UBERBLOCK_BIG]],
  ["a member of a ZFS pool", [SIZE - 384 * KIB, UBERBLOCK]],
  ["a member of a ZFS pool", [SIZE - KIB, UBERBLOCK]],
];

for (const [what, ...marks] of CASES) {
  const places = marks.map(([offset]) => offset).join(", ");
  Deno.test(`findContents() tells ${what} by what lies at ${places}`, () => {
    assertEquals(found(SIZE, ...marks), [`has ${what}`]);
  });
}

Deno.test("findContents() finds what ends where a disk of an odd size does", () => {
  const size = SIZE + 3 * KIB;
  assertEquals(found(size, [SIZE - 8 * KIB, MD]).length, 1, "8 KiB at least, aligned to 4 KiB");
  assertEquals(found(size, [SIZE - 256 * KIB + 128 * KIB, UBERBLOCK]).length, 1);
  assertEquals(found(size, [size - 512, "EFI PART"]).length, 1);
});

Deno.test("findContents() names everything that there is", () => {
  const all = found(SIZE, BOOT, LINUX, ...EXT, [4 * KIB - 10, "SWAPSPACE2"]);
  assertEquals(all, ["has an MBR partition table", "has an ext2 file system", "has swap space"]);
});

Deno.test("findContents() finds nothing on what is zero, unknown, tiny or of no size", () => {
  for (const size of [0, 512, 1024, 4096, 65536, SIZE]) assertEquals(found(size), [], `${size}`);
  for (const seed of [1, 2, 3]) assertEquals(contentsOf(pattern(SIZE, seed)), []);
});

const NOTHING: readonly (readonly [why: string, ...marks: Mark[]])[] = [
  ["a boot signature without a partition", BOOT],
  ["a boot signature behind code", BOOT, [446, "\xfa\x31\xc0\x8e\x83\x8e\x01\x02\x03"]],
  ["a partition without a size", BOOT, [446, "\x00\x00\x00\x00\x83\x00\x00\x00\x01"]],
  ["a partition without a boot signature", LINUX],
  ["the magic number of ext without an inode", [1080, "\x53\xef"]],
  ["ext with blocks of 2 TiB", ...EXT, [1048, "\x1f"]],
  ["a signature one byte off", [1, "XFSB"]],
];

for (const [why, ...marks] of NOTHING) {
  Deno.test(`findContents() finds nothing in ${why}`, () => {
    assertEquals(found(SIZE, ...marks), []);
  });
}

Deno.test("findContents() shows no control characters of a name", () => {
  assertEquals(found(SIZE, [0, "XFSB"], [108, "a\x1b[31m"]), ['has an XFS file system "a?[31m"']);
});

Deno.test("listContents() reads both ends of a disk, and no more", async () => {
  const asked: number[][] = [];
  const read = (bytes: Uint8Array, offset: number): Promise<number> => {
    asked.push([offset, bytes.length]);
    if (offset > 0) bytes.set(new TextEncoder().encode("EFI PART"), bytes.length - 512);
    return Promise.resolve(bytes.length);
  };
  assertEquals(await listContents({ size: 8 * MIB, read }), ["has a GPT partition table"]);
  assertEquals(asked, [[0, 512 * KIB], [7 * MIB, MIB]]);
  assertEquals(await listContents({ size: 512, read }), []);
});
