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

/** What to do about it; a function where it takes long to find: of many mistakes few are told. */
export type Remedy = string | (() => string);

/** Takes what is wrong with a key. */
export type Report = (key: string, problem: string, remedy: Remedy) => void;

/** Most that are told at once; nobody reads more, and a file may have very many. */
const TOLD_MAX = 100;

/** What is wrong, or should be looked at: as many as are told, and how many more there are. */
export class MistakeList {
  readonly #told: Mistake[] = [];
  #more = 0;

  /** How many there are. */
  get count(): number {
    return this.#told.length + this.#more;
  }

  /** Adds one. */
  add(mistake: Omit<Mistake, "remedy">, remedy: Remedy): void {
    if (this.#told.length === TOLD_MAX) this.#more++;
    else this.#told.push({ ...mistake, remedy: typeof remedy === "string" ? remedy : remedy() });
  }

  /** In the order of the lines; the last says how many are not told. */
  toList(): readonly Mistake[] {
    const told = this.#told.toSorted((one, other) => one.line - other.line);
    const [first] = told;
    if (first === undefined || this.#more === 0) return told;
    const problem = `there are ${this.#more} more`;
    return [...told, { ...first, line: 0, key: "", problem, remedy: "see to these first" }];
  }
}

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
