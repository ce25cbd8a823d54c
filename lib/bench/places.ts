/**
 * What is asked of a disk, request after request: the same for the same seed.
 *
 * @module
 */

/** Which places, and what is done there. */
export interface PlacesOptions {
  /** In their order, or anywhere. */
  readonly pattern: "random" | "sequential";
  /** First sector of the region. */
  readonly offset: number;
  /** Sectors in the region, at least one request's. */
  readonly length: number;
  /** Sectors in a request. */
  readonly sectors: number;
  /** How many of a hundred requests write. */
  readonly writePercent: number;
  /** Another one means other places, 0 to 2³² - 1. */
  readonly seed: number;
}

const WORD = 2 ** 32;

/** An endless sequence of requests, one at a time. */
export class Places {
  /** First sector of the present request. */
  lba = 0;
  /** Whether it writes. */
  isWrite = false;
  readonly #options: PlacesOptions;
  readonly #count: number;
  #state: number;
  #next = 0;

  /** Begins the sequence; {@linkcode next} goes to its first request. */
  constructor(options: PlacesOptions) {
    this.#options = options;
    this.#count = Math.floor(options.length / options.sectors);
    this.#state = (Math.imul(options.seed, 0x9e3779b9) ^ 0x5bd1e995) | 1;
    for (let turn = 0; turn < 8; turn++) this.#random(); // small seeds differ in few bits
  }

  /** Goes to the next request. */
  next(): void {
    const { pattern, offset, sectors, writePercent } = this.#options;
    this.isWrite = writePercent > 0 && this.#random() % 100 < writePercent;
    let place = this.#next;
    if (pattern === "random") place = this.#place();
    else this.#next = place + 1 === this.#count ? 0 : place + 1;
    this.lba = offset + place * sectors;
  }

  #place(): number {
    const low = this.#random();
    if (this.#count <= WORD) return low % this.#count;
    return (this.#random() % 2 ** 20 * WORD + low) % this.#count;
  }

  /** Xorshift, 32 bits (Marsaglia 2003). */
  #random(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }
}
