/**
 * A quick "no" to the question whether a range of bytes touches any of many others: requests that
 * are under way together rarely touch each other. A range behind all others touches none, which is
 * how a file is read from start to end. For the rest the disk is cut into regions, of which many
 * share one counter.
 *
 * @module
 */

/** Bytes from `begin` up to, but without, `end`. */
export interface ByteRange {
  /** Its first byte. */
  readonly begin: number;
  /** The first byte behind it. */
  readonly end: number;
}

const REGION_SIZE = 4096;
const COUNTERS = 4096;
/** The regions of a larger range are not worth counting one by one. */
const WIDE = 8 * REGION_SIZE;

/** A set of ranges that forgets where they are, but knows where none is. */
export class RangeFilter {
  readonly #counts = new Uint16Array(COUNTERS);
  /** How many are larger than {@linkcode WIDE}: they may be anywhere. */
  #wideCount = 0;
  #rangeCount = 0;
  /** No range ends behind it. An array, because a new value of a private field is garbage. */
  readonly #highestEnd = new Float64Array(1);

  /** Whether a range of the set may touch `range`; false is certain. */
  mayTouch(range: ByteRange): boolean {
    if (range.begin >= (this.#highestEnd[0] ?? 0)) return false;
    if (this.#wideCount > 0 || isWide(range)) return true;
    const last = lastCounterOf(range);
    for (let counter = firstCounterOf(range);; counter = (counter + 1) % COUNTERS) {
      if (this.#counts[counter] !== 0) return true;
      if (counter === last) return false;
    }
  }

  /** Adds a range, which is not empty. */
  add(range: ByteRange): void {
    this.#rangeCount++;
    if (range.end > (this.#highestEnd[0] ?? 0)) this.#highestEnd[0] = range.end;
    this.#count(range, 1);
  }

  /** Takes a range out that was added. */
  remove(range: ByteRange): void {
    if (--this.#rangeCount === 0) this.#highestEnd[0] = 0;
    this.#count(range, -1);
  }

  #count(range: ByteRange, change: 1 | -1): void {
    if (isWide(range)) {
      this.#wideCount += change;
      return;
    }
    const last = lastCounterOf(range);
    for (let counter = firstCounterOf(range);; counter = (counter + 1) % COUNTERS) {
      this.#counts[counter] = (this.#counts[counter] ?? 0) + change;
      if (counter === last) return;
    }
  }
}

function isWide({ begin, end }: ByteRange): boolean {
  return end - begin > WIDE;
}

// The lowest 32 bits of a region's number, whatever its size, are quicker had than the rest of a
// division; and a range as the argument, not a number, leaves no garbage.

function firstCounterOf({ begin }: ByteRange): number {
  return (begin / REGION_SIZE >>> 0) % COUNTERS;
}

function lastCounterOf({ end }: ByteRange): number {
  return ((end - 1) / REGION_SIZE >>> 0) % COUNTERS;
}
