/**
 * How long things took: counts in buckets whose width grows with the value, so that a percentile is
 * right within a part of its size, whatever that is, and a sample costs an addition.
 *
 * @module
 */

/** Right within one part in 256. */
const BITS_DEFAULT = 7;
/** Values are counted in these parts of a microsecond. */
const PARTS = 16;
/** Largest value, of 31 bits, in microseconds: a little over two minutes. */
const VALUE_MAX = (2 ** 31 - 1) / PARTS;

/** One row of the histogram as it is shown. */
export interface Octave {
  /** Least duration in it, in microseconds. */
  readonly fromUs: number;
  /** Where the next one begins. */
  readonly toUs: number;
  /** Number of samples. */
  readonly count: number;
}

/** Durations in microseconds. */
export class Histogram {
  /** Number of samples. */
  count = 0;
  /** Each doubling has 2 to the power of so many buckets: half of one is the error. */
  readonly #bits: number;
  readonly #counts: Float64Array;
  /**
   * Sum, least and greatest sample, and the one at hand: in an array, because a double in a field,
   * or handed on as an argument, is made anew.
   */
  readonly #totals = new Float64Array([0, Infinity, 0, 0]);

  /** One whose percentiles are right within one part in 2 to the power of `bits` + 1. */
  constructor(bits: number = BITS_DEFAULT) {
    this.#bits = bits;
    this.#counts = new Float64Array(2 ** bits * (32 - bits));
  }

  /** Counts a sample of at most two minutes; a longer one is taken for as long. */
  add(us: number): void {
    this.#totals[3] = us;
    this.#count();
  }

  /** Counts the time since `start` came, and makes no garbage of it. */
  addSince(start: { readonly arrivedMs: number }, clock: { readonly nowMs: number }): void {
    this.#totals[3] = (clock.nowMs - start.arrivedMs) * 1000;
    this.#count();
  }

  #count(): void {
    const value = Math.min(Math.max(this.#totals[3] ?? 0, 0), VALUE_MAX);
    const index = indexOf(value * PARTS | 0, this.#bits);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.count++;
    const totals = this.#totals;
    totals[0] = (totals[0] ?? 0) + value;
    totals[1] = Math.min(totals[1] ?? 0, value);
    totals[2] = Math.max(totals[2] ?? 0, value);
  }

  /** The least sample, in microseconds; 0 where there is none. */
  get min(): number {
    return this.count === 0 ? 0 : this.#totals[1] ?? 0;
  }

  /** The greatest sample. */
  get max(): number {
    return this.#totals[2] ?? 0;
  }

  /** The arithmetic mean. */
  get mean(): number {
    return this.count === 0 ? 0 : (this.#totals[0] ?? 0) / this.count;
  }

  /** What that share of the samples, 0 to 1, does not exceed. */
  percentile(share: number): number {
    const rank = Math.max(1, Math.ceil(share * this.count));
    let passed = 0;
    for (let index = 0; index < this.#counts.length; index++) {
      passed += this.#counts[index] ?? 0;
      if (passed >= rank) {
        return Math.min(this.max, Math.max(this.min, middleOf(index, this.#bits)));
      }
    }
    return 0;
  }

  /** The samples by powers of two, from the first that is not empty to the last. */
  octaves(): readonly Octave[] {
    const octaves = new Map<number, number>();
    this.#counts.forEach((count, index) => {
      if (count === 0) return;
      const octave = Math.max(-4, Math.floor(Math.log2(middleOf(index, this.#bits))));
      octaves.set(octave, (octaves.get(octave) ?? 0) + count);
    });
    const [first, last] = [Math.min(...octaves.keys()), Math.max(...octaves.keys())];
    const length = octaves.size === 0 ? 0 : last - first + 1;
    return Array.from({ length }, (_, at) => ({
      fromUs: 2 ** (first + at),
      toUs: 2 ** (first + at + 1),
      count: octaves.get(first + at) ?? 0,
    }));
  }
}

/** The bucket of a value: its highest bits, and how far they were shifted. */
function indexOf(value: number, bits: number): number {
  const shift = Math.max(0, 31 - bits - Math.clz32(value));
  return (shift << bits) + (value >> shift);
}

/** Microseconds in the middle of a bucket. */
function middleOf(index: number, bits: number): number {
  const shift = Math.max(0, (index >> bits) - 1);
  return (index - (shift << bits) + 0.5) * 2 ** shift / PARTS;
}
