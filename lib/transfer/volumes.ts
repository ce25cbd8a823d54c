/**
 * Members of RAID arrays and of pools, whose marks lie at several places, some at the disk's end.
 *
 * @module
 */
import { textAt, u32 } from "./bytes.ts";
import type { Ends } from "./contents.ts";
import { named } from "./signatures.ts";

const KIB = 1024;
/** md superblocks (kernel, include/uapi/linux/raid/md_p.h). */
const MD_MAGIC = 0xa92b4efc;
/** Of version 1.1 and 1.2: at the beginning, and 4 KiB on. */
const MD_HEAD_OFFSETS = [0, 4 * KIB];
/** Its name, of version 1 only. */
const MD_NAME = { OFFSET: 32, SIZE: 32 };

/** ZFS keeps four labels of 256 KiB, two at each end; their second half is uberblocks. */
const ZFS_LABEL_SIZE = 256 * KIB;
const ZFS_UBERBLOCKS = 128 * KIB;
/** The least size of an uberblock, whatever the sectors. */
const ZFS_STEP = KIB;
/** Low and high half of the magic number 0x00bab10c, in either order of bytes. */
const ZFS_MAGICS: readonly (readonly [number, number])[] = [[0x00bab10c, 0], [0, 0x0cb1ba00]];

/** Names what the disk is a member of. */
export function findVolumes(ends: Ends): readonly string[] {
  return [...findRaid(ends), ...findZfs(ends)];
}

function findRaid({ head, tail, size }: Ends): readonly string[] {
  const places = [
    ...MD_HEAD_OFFSETS.map((offset) => ({ bytes: head, offset })),
    // 1.0: 8 KiB before the end at least, aligned to 4 KiB.
    { bytes: tail, offset: fromTail(alignDown(size - 8 * KIB, 4 * KIB), { tail, size }) },
    // 0.90: the last 64 KiB that are aligned to 64 KiB.
    {
      bytes: tail,
      offset: fromTail(alignDown(size, 64 * KIB) - 64 * KIB, { tail, size }),
    },
  ];
  const place = places.find(({ bytes, offset }) => offset >= 0 && u32(bytes, offset) === MD_MAGIC);
  if (place === undefined) return [];
  const { bytes, offset } = place;
  const isNamed = u32(bytes, offset + 4) === 1;
  const name = isNamed ? textAt(bytes, offset + MD_NAME.OFFSET, MD_NAME.SIZE) : "";
  return [named("a member of a Linux RAID array", name)];
}

function findZfs({ head, tail, size }: Ends): readonly string[] {
  const end = alignDown(size, ZFS_LABEL_SIZE);
  const labels = [
    { bytes: head, offset: 0 },
    { bytes: head, offset: ZFS_LABEL_SIZE },
    { bytes: tail, offset: fromTail(end - 2 * ZFS_LABEL_SIZE, { tail, size }) },
    { bytes: tail, offset: fromTail(end - ZFS_LABEL_SIZE, { tail, size }) },
  ];
  const isZfs = labels.some(({ bytes, offset }) => offset >= 0 && hasUberblock(bytes, offset));
  return isZfs ? ["a member of a ZFS pool"] : [];
}

function hasUberblock(bytes: Uint8Array, label: number): boolean {
  for (let at = label + ZFS_UBERBLOCKS; at < label + ZFS_LABEL_SIZE; at += ZFS_STEP) {
    const [low, high] = [u32(bytes, at), u32(bytes, at + 4)];
    if (ZFS_MAGICS.some(([first, second]) => low === first && high === second)) return true;
  }
  return false;
}

function alignDown(offset: number, unit: number): number {
  return Math.floor(offset / unit) * unit;
}

/** Where a byte of the disk lies in its tail; negative: not there. */
function fromTail(offset: number, { tail, size }: Pick<Ends, "tail" | "size">): number {
  return offset < 0 ? -1 : offset - (size - tail.length);
}
