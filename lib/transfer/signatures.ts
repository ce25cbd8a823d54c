/**
 * File systems and volumes that can be told by a signature at a fixed place near the beginning.
 * Offsets are those of libblkid (util-linux, libblkid/src/superblocks/).
 *
 * @module
 */
import { hasText, textAt, u16, u32 } from "./bytes.ts";

interface Signature {
  /** What it is, with its article. */
  readonly what: string;
  /** Where the signature may begin, in bytes. */
  readonly offsets: readonly number[];
  /** The signature, one byte a character. */
  readonly text: string;
  /** Where its name is, and how long, in bytes. */
  readonly label?: readonly [offset: number, size: number];
}

/** The last ten bytes of a page, for all sizes of pages. */
const PAGE_ENDS = [4096, 8192, 16384, 32768, 65536].map((size) => size - 10);
const SWAP_LABEL = [1052, 16] as const;
const FIRST_SECTORS = [0, 512, 1024, 1536];

const SIGNATURES: readonly Signature[] = [
  { what: "an XFS file system", offsets: [0], text: "XFSB", label: [108, 12] },
  { what: "a Btrfs file system", offsets: [0x10040], text: "_BHRfS_M", label: [0x1012b, 256] },
  { what: "a squashfs file system", offsets: [0], text: "hsqs" },
  { what: "an EROFS file system", offsets: [1024], text: "\xe2\xe1\xf5\xe0" },
  { what: "an F2FS file system", offsets: [1024], text: "\x10\x20\xf5\xf2" },
  { what: "an NTFS file system", offsets: [3], text: "NTFS    " },
  { what: "a BitLocker volume", offsets: [3], text: "-FVE-FS-" },
  { what: "an exFAT file system", offsets: [3], text: "EXFAT   " },
  { what: "a FAT file system", offsets: [54], text: "FAT12   ", label: [43, 11] },
  { what: "a FAT file system", offsets: [54], text: "FAT16   ", label: [43, 11] },
  { what: "a FAT file system", offsets: [82], text: "FAT32   ", label: [71, 11] },
  { what: "an APFS container", offsets: [32], text: "NXSB" },
  { what: "an HFS+ file system", offsets: [1024], text: "H+\x00\x04" },
  { what: "an ISO 9660 file system", offsets: [32769], text: "CD001", label: [32808, 32] },
  { what: "a UDF file system", offsets: [32769], text: "BEA01" },
  { what: "swap space", offsets: PAGE_ENDS, text: "SWAPSPACE2", label: SWAP_LABEL },
  { what: "swap space", offsets: PAGE_ENDS, text: "SWAP-SPACE", label: SWAP_LABEL },
  { what: "a hibernated system", offsets: PAGE_ENDS, text: "S1SUSPEND\x00" },
  { what: "a LUKS encrypted volume", offsets: [0], text: "LUKS\xba\xbe\x00\x01" },
  {
    what: "a LUKS encrypted volume",
    offsets: [0],
    text: "LUKS\xba\xbe\x00\x02",
    label: [24, 48],
  },
  { what: "an LVM physical volume", offsets: FIRST_SECTORS, text: "LABELONE" },
  { what: "a bcache device", offsets: [4120], text: "\xc6\x85\x73\xf6\x4e\x1a\x45\xca" },
];

/** Names what has a signature in the first bytes of a disk. */
export function findSignatures(head: Uint8Array): readonly string[] {
  const found = SIGNATURES.filter(({ offsets, text }) =>
    offsets.some((offset) => hasText(head, offset, text))
  );
  return [
    ...findExt(head),
    ...found.map(({ what, label }) =>
      named(what, label === undefined ? "" : textAt(head, ...label))
    ),
  ];
}

/** `an ext4 file system "root"`. */
export function named(what: string, label: string): string {
  const isName = label !== "" && label !== "NO NAME";
  return isName ? `${what} "${label.replaceAll(/[^\x20-\x7e]/g, "?")}"` : what;
}

/** Where the superblock of ext2, ext3 and ext4 begins (kernel, fs/ext4/ext4.h). */
const EXT = 1024;
const EXT_MAGIC = 0xef53;
const EXT_BLOCK_SHIFT_MAX = 6;
const EXT_HAS_JOURNAL = 0x4;
/** Extents, 64 bit, flexible block groups and what came later. */
const EXT4_INCOMPATIBLE = ~0x3f & 0xffffffff;
/** Huge files and what came later. */
const EXT4_READ_ONLY = ~0x7 & 0xffffffff;

/** Its signature has two bytes only: other fields must be possible besides. */
function findExt(head: Uint8Array): readonly string[] {
  const isExt = u16(head, EXT + 56) === EXT_MAGIC && u32(head, EXT) > 0 && u32(head, EXT + 4) > 0 &&
    u32(head, EXT + 24) <= EXT_BLOCK_SHIFT_MAX;
  if (!isExt) return [];
  const is4 = (u32(head, EXT + 96) & EXT4_INCOMPATIBLE) !== 0 ||
    (u32(head, EXT + 100) & EXT4_READ_ONLY) !== 0;
  const is3 = (u32(head, EXT + 92) & EXT_HAS_JOURNAL) !== 0;
  const kind = is4 ? "ext4" : is3 ? "ext3" : "ext2";
  return [named(`an ${kind} file system`, textAt(head, EXT + 120, 16))];
}
