/**
 * The requests of a ring engine: free, in use for an export, or ended while a reply may still wait
 * to be sent from their memory.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { Request } from "../target/request.ts";
import type { FramePlaces } from "./frame_places.ts";
import type { Unit } from "./unit.ts";

/** While fewer than this part of all is free, who has many gets no more of them. */
const RESERVED_PART = 1 / 4;
/** So many are not many. */
const SHARE = 16;

/** See above. */
export class RequestPool {
  /** All that there are, by their slots. */
  readonly all: readonly Request[];
  readonly #free: Request[];
  readonly #ended: Request[] = [];
  /** Whose each request is, by its slot. */
  readonly #owners: (Unit | undefined)[];
  readonly #reservedCount: number;
  readonly #units: { readonly all: readonly Unit[] };

  /** `count` requests for `units`, whose frames lie in `places`; all are free. */
  constructor(count: number, places: FramePlaces, units: { readonly all: readonly Unit[] }) {
    this.#units = units;
    this.#reservedCount = Math.ceil(count * RESERVED_PART);
    this.all = Array.from(
      { length: count },
      (_, slot) => new Request(slot, places.at(slot).views),
    );
    this.#free = this.all.toReversed();
    this.#owners = new Array(count).fill(undefined);
  }

  /** How many can be taken for frames that come in: one is kept for what a target wants to say. */
  get room(): number {
    return this.#free.length - 1;
  }

  /**
   * Whether one can be taken for a frame that `owner` is to look at: exports whose disks do not
   * answer must not have all of them, or the others would stand still with them.
   */
  grants(owner: Unit): boolean {
    return this.isAmple ||
      (this.room > 0 && (owner.count < SHARE || this.#units.all.length === 1));
  }

  /** Whether there are enough for everybody. */
  get isAmple(): boolean {
    return this.#free.length > this.#reservedCount;
  }

  /** Whether none is free. */
  get isEmpty(): boolean {
    return this.#free.length === 0;
  }

  /** Takes one for `owner`; null: none is free. */
  take(owner: Unit): Request | null {
    const request = this.#free.pop();
    if (request === undefined) return null;
    this.#owners[request.slot] = owner;
    return request;
  }

  /** Whose the request of that slot is. */
  owner(slot: number): Unit | undefined {
    return this.#owners[slot];
  }

  /** The request of that slot. */
  at(slot: number): Request {
    const request = this.all[slot];
    assert(request !== undefined, `there is no request ${slot}`);
    return request;
  }

  /** A request has ended; its memory is needed until all replies are sent. */
  end(request: Request): void {
    this.#ended.push(request);
  }

  /** All replies are sent: what has ended is free. */
  reclaim(): void {
    for (let done = this.#ended.pop(); done !== undefined; done = this.#ended.pop()) {
      this.#free.push(done);
    }
  }
}
