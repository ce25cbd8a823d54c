/**
 * Bars of characters.
 *
 * @module
 */

/** One bar. */
export interface Bar {
  /** What stands before it. */
  readonly label: string;
  /** What it says; bars are as long as this, at least 0. */
  readonly value: number;
  /** The value as a person reads it. */
  readonly text: string;
}

/** Longest bar, in characters. */
export const BAR_WIDTH = 40;
/** Eighths of a character cell, from one to eight. */
const BLOCKS = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"] as const;

/** A line for each bar, the longest of {@linkcode BAR_WIDTH}; `hasBlocks`: not of ASCII only. */
export function plot(bars: readonly Bar[], hasBlocks: boolean): string {
  const most = Math.max(0, ...bars.map(({ value }) => value));
  const width = (pick: (bar: Bar) => string): number =>
    Math.max(0, ...bars.map((bar) => pick(bar).length));
  const [labels, texts] = [width(({ label }) => label), width(({ text }) => text)];
  return bars.map(({ label, value, text }) => {
    const share = most === 0 ? 0 : value / most;
    const line = `${label.padStart(labels)}  ${text.padStart(texts)}  ${barOf(share, hasBlocks)}`;
    return line.trimEnd() + "\n";
  }).join("");
}

/** A bar of a share, 0 to 1; whatever is more than nothing shows. */
function barOf(share: number, hasBlocks: boolean): string {
  if (!hasBlocks) return "#".repeat(Math.ceil(share * BAR_WIDTH));
  const eighths = Math.ceil(share * BAR_WIDTH * 8);
  const rest = eighths % 8;
  return "█".repeat(Math.floor(eighths / 8)) + (rest === 0 ? "" : BLOCKS[rest - 1]);
}
