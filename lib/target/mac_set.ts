/**
 * A set of MACs that is asked for each frame: a search in a sorted array makes no garbage, where a
 * `Set` would have to make an object of each number that it is asked for.
 *
 * @module
 */

/** MACs that stay the same. */
export class MacSet {
  readonly #sorted: Float64Array;

  /** Those of `macs`, in any order and however often. */
  constructor(macs: readonly number[]) {
    this.#sorted = Float64Array.from(macs).sort();
  }

  /** Whether `mac` is one of them. */
  has(mac: number): boolean {
    const sorted = this.#sorted;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < mac) low = middle + 1;
      else high = middle;
    }
    return sorted[low] === mac;
  }
}
