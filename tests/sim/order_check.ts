/**
 * Whether what was read from one sector fits any order of what was written to it.
 *
 * Every write has a value of its own and a span: from when it came in to when it was acknowledged;
 * its effect lies somewhere between. A read has a span, too, and saw one value. The question is
 * whether an order exists that keeps whatever ended before another began before that other, and in
 * which each read comes after the write that it saw with no other write between. For values that
 * are unique Gibbons and Korach (Testing Shared Memories, SIAM J. Comput. 1997) gave an exact
 * answer in n log n: a write and all reads that saw it are one cluster. Let `ended` be when the
 * first of the cluster ended and `began` when the last of it began. If `ended < began`, the value
 * must have been there all that time (a forward zone); otherwise there is a moment, between the
 * two, at which the whole cluster may take effect at once (a backward zone). An order exists if and
 * only if
 *
 * 1. no read ended before the write that it saw began,
 * 2. no two forward zones overlap, and
 * 3. no backward zone lies within a forward zone.
 *
 * @module
 */

/** From when to when something may have taken effect: two moments, `start` < `end`. */
export interface Span {
  /** The value written or seen. */
  readonly value: number;
  /** Not before. */
  readonly start: number;
  /** Not after. */
  readonly end: number;
}

/** Why no order fits. */
export interface Contradiction {
  /** For people. */
  readonly text: string;
  /** The values concerned. */
  readonly values: readonly number[];
}

interface Zone {
  readonly value: number;
  /** When the write itself began. */
  readonly start: number;
  /** When the first of the cluster ended. */
  ended: number;
  /** When the last of the cluster began. */
  began: number;
}

/**
 * Looks for what contradicts every order.
 *
 * @param writes one for each value; among them the value that was there first
 * @param reads every value seen
 */
export function findContradiction(
  writes: readonly Span[],
  reads: readonly Span[],
): Contradiction | null {
  const zones = new Map<number, Zone>();
  for (const { value, start, end } of writes) {
    zones.set(value, { value, start, ended: end, began: start });
  }
  for (const { value, start, end } of reads) {
    const zone = zones.get(value);
    if (zone === undefined) return found(`value ${value} was read, which was never written`, value);
    if (end < zone.start) return found(`value ${value} was read before it was written`, value);
    zone.ended = Math.min(zone.ended, end);
    zone.began = Math.max(zone.began, start);
  }
  return compareZones([...zones.values()]);
}

function compareZones(zones: readonly Zone[]): Contradiction | null {
  const forward = zones.filter(({ ended, began }) => ended < began)
    .sort((one, other) => one.ended - other.ended);
  let before: Zone | undefined;
  for (const zone of forward) {
    if (before !== undefined && zone.ended < before.began) {
      return found(
        `value ${before.value} was still there after ${zone.value} had taken its place`,
        before.value,
        zone.value,
      );
    }
    before = zone;
  }
  for (const { value, ended, began } of zones) {
    if (ended < began) continue;
    const around = lastBefore(forward, began);
    if (around !== undefined && ended < around.began) {
      return found(
        `value ${value} was written while ${around.value} stayed`,
        value,
        around.value,
      );
    }
  }
  return null;
}

/** The last forward zone that begins before `moment`. */
function lastBefore(forward: readonly Zone[], moment: number): Zone | undefined {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((forward[middle]?.ended ?? moment) < moment) low = middle + 1;
    else high = middle;
  }
  return forward[low - 1];
}

function found(text: string, ...values: readonly number[]): Contradiction {
  return { text, values };
}
