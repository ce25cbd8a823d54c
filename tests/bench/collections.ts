/**
 * Garbage collections, as `--v8-flags=--trace-gc` tells them.
 *
 * @module
 */

/** Collections in some time. */
export interface Collections {
  readonly count: number;
  /** The longest that one stopped the program, in milliseconds; 0 where there were none. */
  readonly longestPauseMs: number;
}

/** A line of V8's, such as `[7:0x55]  13 ms: Scavenge 15.6 (23.4) -> 9.1 (23.4) MB, 0.17 / ...`. */
const LINE =
  /^\[\d+:0x[0-9a-f]+\] .* ms: .*(?:Scavenge|Mark-Compact|Minor).* ([\d.]+) \/ [\d.]+ ms/;

/** What is told of collections in a part of a target's standard output. */
export function collectionsIn(text: string): Collections {
  const pauses = text.split("\n").flatMap((line) => {
    const pauseMs = LINE.exec(line)?.[1];
    return pauseMs === undefined ? [] : [Number(pauseMs)];
  });
  return { count: pauses.length, longestPauseMs: Math.max(0, ...pauses) };
}
