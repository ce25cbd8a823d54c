/**
 * A list of table entries, linked through two arrays: nothing is allocated, and an entry leaves
 * from anywhere in it at once.
 *
 * @module
 */

/** Entries from 0 to `size` - 1 in the order in which they were appended, each at most once. */
export class EntryList {
  /** What {@linkcode first} and {@linkcode after} say where there is no further entry. */
  readonly end: number;
  readonly #afters: Int32Array;
  readonly #befores: Int32Array;

  /** An empty list. */
  constructor(size: number) {
    this.end = size;
    // One more than there are entries: the end, which closes the circle.
    this.#afters = new Int32Array(size + 1).fill(size);
    this.#befores = new Int32Array(size + 1).fill(size);
  }

  /** The oldest entry. */
  get first(): number {
    return this.after(this.end);
  }

  /** The entry that follows `entry`. */
  after(entry: number): number {
    return this.#afters[entry] ?? this.end;
  }

  /** Adds an entry that is not in the list. */
  append(entry: number): void {
    const last = this.#befores[this.end] ?? this.end;
    this.#link(last, entry);
    this.#link(entry, this.end);
  }

  /** Takes an entry out that is in the list; what followed it stays known until it is back. */
  remove(entry: number): void {
    this.#link(this.#befores[entry] ?? this.end, this.after(entry));
  }

  #link(before: number, after: number): void {
    this.#afters[before] = after;
    this.#befores[after] = before;
  }
}
