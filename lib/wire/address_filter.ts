/**
 * The part of a program for the kernel that looks at the address of a request: of many exports, or
 * a wildcard.
 *
 * @module
 */
import type { DiskAddress } from "./address.ts";
import { ACCEPT, acceptRanges, Code, type Instruction, type KeyRange } from "./bpf.ts";
import { SHELF_ANY, SLOT_ANY } from "./frame.ts";

const OFFSET_SHELF = 16;
const OFFSET_SLOT = 18;
/** The slot is all of the lowest byte of an address as one number. */
const SLOT_BITS = 8;
/** So many instructions a range takes, but for the first, and where there are many, a few more. */
const RANGE_SIZE = 2;

/** Shelf, slot and the command behind it are loaded as a word, of which the command is no part. */
const LOAD_ADDRESS: readonly Instruction[] = [
  [Code.LOAD_WORD, 0, 0, OFFSET_SHELF],
  [Code.SHIFT_RIGHT, 0, 0, SLOT_BITS],
];
const ACCEPT_ANY_SLOT: readonly Instruction[] = [
  [Code.LOAD_BYTE, 0, 0, OFFSET_SLOT],
  [Code.JUMP_EQUAL, 0, 1, SLOT_ANY],
  ACCEPT,
];

/**
 * Lets up requests to `addresses` and wildcards in at most `sizeMax` instructions, and with them as
 * few others as that allows.
 */
export function acceptAddresses(
  addresses: readonly DiskAddress[],
  sizeMax: number,
): readonly Instruction[] {
  const keys = addresses.map(({ shelf, slot }) => keyOf(shelf, slot));
  const wildcards = addresses.flatMap(({ shelf, slot }) => [
    keyOf(shelf, SLOT_ANY),
    keyOf(SHELF_ANY, slot),
    keyOf(SHELF_ANY, SLOT_ANY),
  ]);
  const countMax = Math.ceil(sizeMax / RANGE_SIZE);
  const exact = rangesOf([...keys, ...wildcards]);
  if (exact.length <= countMax) {
    const program = [...LOAD_ADDRESS, ...acceptRanges(exact)];
    if (program.length <= sizeMax) return program;
  }
  const anyShelf: KeyRange = [keyOf(SHELF_ANY, 0), keyOf(SHELF_ANY, SLOT_ANY)];
  const ranges = [...rangesOf(keys), anyShelf];
  const head = [...ACCEPT_ANY_SLOT, ...LOAD_ADDRESS];
  for (let count = Math.min(ranges.length, countMax); count > 0;) {
    const program = [...head, ...acceptRanges(joinNearest(ranges, count))];
    if (program.length <= sizeMax) return program;
    count -= Math.ceil((program.length - sizeMax) / RANGE_SIZE);
  }
  return [ACCEPT];
}

function keyOf(shelf: number, slot: number): number {
  return shelf << SLOT_BITS | slot;
}

/** The numbers as ranges, in order. */
function rangesOf(keys: readonly number[]): readonly KeyRange[] {
  const sorted = Float64Array.from(keys).sort();
  const ranges: [first: number, last: number][] = [];
  for (const key of sorted) {
    const range = ranges.at(-1);
    if (range !== undefined && key <= range[1] + 1) range[1] = key;
    else ranges.push([key, key]);
  }
  return ranges;
}

/** At most `count` ranges that hold all of `ranges`: the smallest gaps are filled. */
function joinNearest(ranges: readonly KeyRange[], count: number): readonly KeyRange[] {
  const gaps = ranges.map(([first], at) => first - (ranges[at - 1]?.[1] ?? -Infinity));
  const widest = gaps.map((_, at) => at).sort((one, other) =>
    (gaps[other] ?? 0) - (gaps[one] ?? 0)
  );
  const starts = new Set(widest.slice(0, count)); // the first range is among them
  const joined: [first: number, last: number][] = [];
  ranges.forEach(([first, last], at) => {
    const range = joined.at(-1);
    if (range === undefined || starts.has(at)) joined.push([first, last]);
    else range[1] = last;
  });
  return joined;
}
