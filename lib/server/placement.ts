/**
 * Which worker serves which export. One that has a worker stays there; a new one goes where the
 * fewest are.
 *
 * @module
 */

/** See above. */
export class Placement {
  readonly #counts: number[];
  readonly #places = new Map<string, number>();

  /** Over `count` workers, numbered from 0. */
  constructor(count: number) {
    this.#counts = new Array(count).fill(0);
  }

  /** The worker of an export; undefined where it has none. */
  of(name: string): number | undefined {
    return this.#places.get(name);
  }

  /** Finds a worker for an export, which has none. */
  place(name: string): number {
    const index = this.#counts.indexOf(Math.min(...this.#counts));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#places.set(name, index);
    return index;
  }

  /** The export is served no more. */
  remove(name: string): void {
    const index = this.#places.get(name);
    if (index === undefined) return;
    this.#places.delete(name);
    this.#counts[index] = (this.#counts[index] ?? 1) - 1;
  }
}
