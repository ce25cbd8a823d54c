/**
 * The guess at what was meant.
 *
 * @module
 */

/** More changes than this make another word. */
const DISTANCE_MAX = 2;
/** What is longer was no name that somebody mistyped. */
const LENGTH_MAX = 200;

/** The name nearest to a mistyped one; undefined where none is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  if (typed.length > LENGTH_MAX) return undefined;
  const begun = names.find((name) => typed.length > 2 && name.startsWith(typed));
  if (begun !== undefined) return begun;
  let best: string | undefined;
  let bestDistance = Math.min(DISTANCE_MAX, typed.length - 1) + 1;
  for (const name of names) {
    // Texts differ by no less than their lengths do.
    if (Math.abs(name.length - typed.length) >= bestDistance) continue;
    const distance = editDistance(typed, name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** The half sentence that proposes it; empty where there is none. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `; did you mean "${name}"?`;
}

/** Levenshtein's distance: how many characters must change to make one text the other. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1];
    for (let to = 0; to < other.length; to++) {
      const change = (row[to] ?? 0) + (one[at] === other[to] ? 0 : 1);
      next.push(Math.min(change, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
