/**
 * Sizes as 64-bit arguments. A BigInt that is made for a call is garbage after it, so each size is
 * made once and kept.
 *
 * @module
 */

/** Sizes up to this are kept; it covers every frame and every read or write of one. */
const KEPT_MAX = 128 * 1024;
/** Only even sizes are kept: others are rare. */
const STEP = 2;

const kept: (bigint | undefined)[] = new Array(KEPT_MAX / STEP + 1).fill(undefined);

/** The size in bytes as the BigInt that a `usize` parameter takes. */
export function sizeArgument(size: number): bigint {
  if (size % STEP !== 0 || size > KEPT_MAX) return BigInt(size);
  return kept[size / STEP] ??= BigInt(size);
}
