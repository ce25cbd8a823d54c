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
  readonly #groups = new Map<string, string>();

  /** Over `count` workers, numbered from 0. */
  constructor(count: number) {
    this.#counts = new Array(count).fill(0);
  }

  /** The worker of an export; undefined where it has none. */
  of(name: string): number | undefined {
    return this.#places.get(name);
  }

  /**
   * Finds a worker for an export, which has none.
   *
   * @param group exports of one group are served by one worker
   */
  place(name: string, group?: string): number {
    const [fellow = ""] = [...this.#groups].find(([, other]) => other === group) ?? [];
    const index = this.#places.get(fellow) ?? this.#counts.indexOf(Math.min(...this.#counts));
    if (group !== undefined) this.#groups.set(name, group);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#places.set(name, index);
    return index;
  }

  /** The export is served no more. */
  remove(name: string): void {
    const index = this.#places.get(name);
    if (index === undefined) return;
    this.#places.delete(name);
    this.#groups.delete(name);
    this.#counts[index] = (this.#counts[index] ?? 1) - 1;
  }
}
