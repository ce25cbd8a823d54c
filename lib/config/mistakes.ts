/**
 * What is wrong with a configuration, for the person who wrote it.
 *
 * @module
 */

/** One mistake, or one thing to look at. */
export interface Mistake {
  /** The file; "" where there is none. */
  readonly file: string;
  /** Its line, from 1; 0 where there is none. */
  readonly line: number;
  /** What it is about: `server.workers`, `export[2].path` (counted from 0); "": the text itself. */
  readonly key: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** Takes what is wrong with a key. */
export type Report = (key: string, problem: string, remedy: string) => void;

/** `FILE:LINE: KEY: what is wrong; what to do`, without what is not known. */
export function formatMistake({ file, line, key, problem, remedy }: Mistake): string {
  const place = [file, ...(line > 0 ? [line] : [])].join(":");
  return [place, key, `${problem}; ${remedy}`].filter((part) => part !== "").join(": ");
}

/** A value as a message names it. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 80))}`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return `${value}`;
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  return value instanceof Date ? "a date" : "a table";
}

/** Whether the value is a table. */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
