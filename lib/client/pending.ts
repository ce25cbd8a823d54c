/**
 * The requests under way, found by their tags. A tag has the number of a place in its lower bits
 * and how often the place was used above: a late reply to what was there before is known as such.
 *
 * @module
 */
import type { Exchange } from "./exchange.ts";
import type { Flow } from "./flow.ts";

const PLACE_BITS = 14;
/** Most requests under way on one link. */
export const PENDING_MAX: number = 2 ** PLACE_BITS;

/** One request under way. */
export interface Pending {
  /** The request; null where the place is free. */
  exchange: Exchange | null;
  /** The flow that it counts in. */
  flow: Flow | undefined;
  /** Its tag, or the last one of the place. */
  tag: number;
  /** When it was sent first. */
  sentMs: number;
  /** When it is sent again. */
  nextMs: number;
  /** How long is waited before it is sent again. */
  waitMs: number;
  /** When it is given up. */
  deadlineMs: number;
  /** How often it was sent. */
  sendCount: number;
  /** Why it can never be sent. */
  trouble: Error | undefined;
}

/** All requests under way. */
export class PendingTable {
  /** How many there are. */
  size = 0;
  readonly #places: Pending[] = [];
  readonly #free: number[] = [];
  /** Another program of this host had other tags, or its late replies would be taken for ours. */
  readonly #firstTag = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) & -PENDING_MAX;

  /** A place for a request, with a tag of its own; undefined where all are taken. */
  take(exchange: Exchange): Pending | undefined {
    const index = this.#free.pop() ?? this.#places.length;
    if (index >= PENDING_MAX) return undefined;
    const pending = this.#places[index] ??= newPending((this.#firstTag | index) >>> 0);
    pending.tag = (pending.tag + PENDING_MAX) >>> 0;
    // Tag 0 is that of advertisements.
    if (pending.tag === 0) pending.tag = PENDING_MAX;
    pending.exchange = exchange;
    this.size++;
    return pending;
  }

  /** The request of that tag. */
  find(tag: number): Pending | undefined {
    const pending = this.#places[tag & (PENDING_MAX - 1)];
    return pending !== undefined && pending.exchange !== null && pending.tag === tag
      ? pending
      : undefined;
  }

  /** Frees the place. */
  release(pending: Pending): void {
    pending.exchange = null;
    pending.flow = undefined;
    this.size--;
    this.#free.push(pending.tag & (PENDING_MAX - 1));
  }

  /** Calls `look` for each; it may release the one it is given. */
  forEach(look: (pending: Pending) => void): void {
    for (const pending of this.#places) if (pending.exchange !== null) look(pending);
  }
}

function newPending(tag: number): Pending {
  return {
    exchange: null,
    flow: undefined,
    tag,
    sentMs: 0,
    nextMs: 0,
    waitMs: 0,
    deadlineMs: 0,
    sendCount: 0,
    trouble: undefined,
  };
}
