/**
 * Partition tables: GPT (UEFI 2.10, chapter 5) and the PC's master boot record.
 *
 * @module
 */
import { hasText, u16, u32 } from "./bytes.ts";
import type { Ends } from "./contents.ts";

const GPT_SIGNATURE = "EFI PART";
/** Sector sizes in which the first GPT header lies in sector 1, the second in the last one. */
const SECTOR_SIZES = [512, 4096];

const MBR_ENTRIES = 446;
const MBR_ENTRY_SIZE = 16;
const MBR_ENTRY_COUNT = 4;
const MBR_SIGNATURE = 510;
/** Type of the one partition by which a GPT disk protects itself. */
const PROTECTIVE = 0xee;

/** Names the partition tables. */
export function findPartitions({ head, tail }: Ends): readonly string[] {
  const isGpt = SECTOR_SIZES.some((size) =>
    hasText(head, size, GPT_SIGNATURE) || hasText(tail, tail.length - size, GPT_SIGNATURE)
  );
  const types = mbrTypes(head);
  const isMbr = types.some((type) => type !== PROTECTIVE) ||
    (types.length > 0 && !isGpt);
  return [
    ...(isGpt ? ["a GPT partition table"] : []),
    ...(isMbr ? ["an MBR partition table"] : []),
  ];
}

/**
 * Types of the partitions; none where it is no partition table: boot sectors of file systems have
 * the same signature, and code in the table's place.
 */
function mbrTypes(head: Uint8Array): readonly number[] {
  if (u16(head, MBR_SIGNATURE) !== 0xaa55) return [];
  const entries = Array.from({ length: MBR_ENTRY_COUNT }, (_, index) => {
    const at = MBR_ENTRIES + index * MBR_ENTRY_SIZE;
    return {
      flag: head[at] ?? 0,
      type: head[at + 4] ?? 0,
      start: u32(head, at + 8),
      count: u32(head, at + 12),
    };
  });
  if (entries.some(({ flag }) => flag !== 0 && flag !== 0x80)) return [];
  return entries.filter(({ type, start, count }) => type !== 0 && start > 0 && count > 0)
    .map(({ type }) => type);
}
