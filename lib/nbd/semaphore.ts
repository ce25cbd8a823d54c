/**
 * A bound on what is under way, kept in the order in which it was asked for.
 *
 * @module
 */

/** So many units, lent and given back. */
export class Semaphore {
  readonly #limit: number;
  readonly #waiting: { readonly units: number; readonly wake: () => void }[] = [];
  #lent = 0;

  /** Lends at most `limit` units at a time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many are lent. */
  get lent(): number {
    return this.#lent;
  }

  /** Waits for `units`; who asks for more than there are gets them when nobody has any. */
  async acquire(units: number): Promise<void> {
    if (this.#waiting.length > 0 || !this.#fits(units)) {
      await new Promise<void>((wake) => this.#waiting.push({ units, wake }));
      return;
    }
    this.#lent += units;
  }

  /** Gives `units` back. */
  release(units: number): void {
    this.#lent -= units;
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || !this.#fits(first.units)) return;
      this.#waiting.shift();
      this.#lent += first.units;
      first.wake();
    }
  }

  #fits(units: number): boolean {
    return this.#lent === 0 || this.#lent + units <= this.#limit;
  }
}
