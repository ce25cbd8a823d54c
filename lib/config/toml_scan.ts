/**
 * Finds where each key of a TOML text stands, and all that is not TOML: std's parser tells neither
 * lines nor more than one fault. Values are left to that parser.
 *
 * @module
 */
import { shown, TomlCursor, TomlTrouble } from "./toml_cursor.ts";
import { joinName, TomlNames } from "./toml_names.ts";

/** One thing that is not TOML. */
export interface TomlFault {
  /** Its line, from 1. */
  readonly line: number;
  /** The table or key that it is about, as far as that is known. */
  readonly key: string;
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What was found. */
export interface ScannedToml {
  /** The text without the statements that are wrong, so that the others can be parsed. */
  readonly text: string;
  /** Line of each table, key and element, by names such as `export[2].accept[0]`. */
  readonly lines: ReadonlyMap<string, number>;
  /** All faults, in the order of the text. */
  readonly faults: readonly TomlFault[];
  /** Tables that lack a statement, because it is wrong; "" is the one of all tables. */
  readonly incomplete: ReadonlySet<string>;
}

/** What to write for `value`, which is none, where what the key takes is known. */
export type Advice = (key: string, value: string) => string | undefined;

/** Reads the text. */
export function scanToml(text: string, advice: Advice = () => undefined): ScannedToml {
  return new Scanner(text, advice).run();
}

/** Deepest arrays and tables inside each other. */
const DEPTH_MAX = 20;
const DIGITS = "[0-9](?:_?[0-9])*";
const DATE_OR_TIME =
  "[0-9]{4}-[0-9]{2}-[0-9]{2}\\S*(?: \\S+)?|[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.\\d+)?";
const BARE_VALUE = new RegExp(
  `^(?:true|false|[+-]?(?:inf|nan)|0x[0-9a-fA-F](?:_?[0-9a-fA-F])*|0o[0-7](?:_?[0-7])*|` +
    `0b[01](?:_?[01])*|[+-]?(?:0|[1-9](?:_?[0-9])*)(?:\\.${DIGITS})?(?:[eE][+-]?${DIGITS})?|` +
    `${DATE_OR_TIME})$`,
);

class Scanner {
  readonly #cursor: TomlCursor;
  readonly #advice: Advice;
  readonly #lineStarts: readonly number[];
  readonly #faults: TomlFault[] = [];
  readonly #incomplete = new Set<string>();
  readonly #good: string[] = [];
  readonly #known = new TomlNames();
  /** Where names go to. */
  #names = this.#known;
  /** The table that keys go to. */
  #table = "";
  /** What is being read. */
  #key = "";

  constructor(text: string, advice: Advice) {
    this.#advice = advice;
    this.#cursor = new TomlCursor(text);
    this.#lineStarts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  run(): ScannedToml {
    const cursor = this.#cursor;
    for (;;) {
      this.#piece(() => cursor.skipBlank());
      if (cursor.isAtEnd) break;
      this.#key = "";
      const isHeader = cursor.sees("[");
      const isGood = this.#piece(() => isHeader ? this.#header() : this.#pair(this.#table, 0));
      if (isGood) this.#piece(() => cursor.endLine());
      // What belongs to a table that has no place has none either.
      else if (isHeader) this.#names = new TomlNames();
      else if (this.#names === this.#known) this.#incomplete.add(this.#table);
    }
    const text = this.#good.join("");
    return { text, lines: this.#known.lines, faults: this.#faults, incomplete: this.#incomplete };
  }

  /** Moves over something, and keeps it where it is good. */
  #piece(read: () => void): boolean {
    const cursor = this.#cursor;
    const start = cursor.at;
    let isGood = true;
    try {
      read();
    } catch (error) {
      if (!(error instanceof TomlTrouble)) throw error;
      const { problem, remedy, at = start } = error;
      this.#faults.push({ line: this.#lineAt(at), key: this.#key, problem, remedy });
      cursor.at = error.resume ?? cursor.lineEnd(at);
      isGood = false;
    }
    const piece = cursor.text.slice(start, cursor.at);
    const isKept = isGood && this.#names === this.#known;
    this.#good.push(isKept ? piece : piece.replaceAll(/[^\n]/g, " "));
    return isGood;
  }

  #header(): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const isElement = cursor.take("[[");
    if (!isElement) cursor.take("[");
    const keys = this.#dottedKey();
    const close = isElement ? "]]" : "]";
    if (!cursor.take(close)) {
      throw new TomlTrouble("the name of the table is not closed", `write ${close} behind it`);
    }
    this.#names = this.#known;
    this.#key = keys.reduce(joinName, "");
    const line = this.#lineAt(start);
    this.#table = isElement
      ? this.#names.openElement(keys, line)
      : this.#names.openTable(keys, line);
  }

  #pair(table: string, depth: number): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const keys = this.#dottedKey();
    if (!cursor.take("=")) {
      const remedy = "write KEY = VALUE, or a # before a comment";
      throw new TomlTrouble(`"=" is missing behind ${shown(keys.join("."))}`, remedy, start);
    }
    cursor.skipSpace();
    const names = this.#names;
    // What belongs to no table is named as it stands there.
    this.#key = keys.reduce(joinName, names === this.#known ? table : "");
    try {
      const path = names.setKey(table, keys, this.#lineAt(start));
      this.#value(path, depth);
    } catch (error) {
      if (!(error instanceof TomlTrouble) || error.at !== undefined) throw error;
      // The name is wrong; the value is read all the same, to find its end.
      this.#names = new TomlNames();
      try {
        this.#value("", depth);
      } finally {
        this.#names = names;
      }
      const end = cursor.lineEnd(cursor.at);
      throw new TomlTrouble(error.problem, error.remedy, start, depth === 0 ? end : undefined);
    }
  }

  #dottedKey(): readonly string[] {
    const keys: string[] = [];
    do {
      keys.push(this.#cursor.key());
      this.#cursor.skipSpace();
    } while (this.#cursor.take("."));
    return keys;
  }

  #value(path: string, depth: number): void {
    const cursor = this.#cursor;
    if (depth > DEPTH_MAX) {
      throw new TomlTrouble("brackets lie too deep inside each other", "use fewer", cursor.at);
    }
    if (cursor.sees('"""')) cursor.longString('"""');
    else if (cursor.sees("'''")) cursor.longString("'''");
    else if (cursor.sees('"')) cursor.basicString();
    else if (cursor.sees("'")) cursor.literalString();
    else if (cursor.sees("[")) this.#array(path, depth);
    else if (cursor.sees("{")) this.#inlineTable(path, depth);
    else this.#bareValue();
  }

  #array(path: string, depth: number): void {
    const cursor = this.#cursor;
    let last = cursor.at++;
    for (let index = 0;; index++) {
      cursor.skipBlank();
      if (cursor.take("]")) return;
      const start = cursor.at;
      this.#names.note(`${path}[${index}]`, this.#lineAt(start));
      if (!cursor.isAtEnd) this.#value(`${path}[${index}]`, depth + 1);
      // What looks like the next key is one: the bracket is what is missing.
      const isOpen = cursor.isAtEnd || /^[ \t]*=/.test(cursor.text.slice(cursor.at, cursor.at + 9));
      if (!isOpen) last = cursor.at - 1;
      cursor.skipBlank();
      if (isOpen || !(cursor.take(",") || cursor.sees("]"))) {
        throw new TomlTrouble('"," or "]" is missing in the list', "write it", last);
      }
    }
  }

  #inlineTable(path: string, depth: number): void {
    const cursor = this.#cursor;
    cursor.at++;
    cursor.skipSpace();
    if (cursor.take("}")) return;
    do {
      cursor.skipSpace();
      this.#pair(path, depth + 1);
      cursor.skipSpace();
    } while (cursor.take(","));
    if (cursor.take("}")) return;
    throw new TomlTrouble('"," or "}" is missing in the table', "write it", cursor.at - 1);
  }

  #bareValue(): void {
    const cursor = this.#cursor;
    const start = cursor.at;
    const value = cursor.bareValue();
    if (BARE_VALUE.test(value) || /^[ \t]*=/.test(cursor.text.slice(cursor.at, cursor.at + 9))) {
      return;
    }
    if (value === "") throw new TomlTrouble("the value is missing", "write it", start);
    if (/^[+-]?0[0-9]+$/.test(value)) {
      throw new TomlTrouble(`${value} begins with 0`, "leave the 0 out, or write 0x or 0o", start);
    }
    const advice = this.#advice(this.#key, value);
    const remedy = advice ?? `text in quotes: ${JSON.stringify(value)}`;
    throw new TomlTrouble(`${shown(value)} is no value`, `write ${remedy}`, start);
  }

  #lineAt(at: number): number {
    let [low, high] = [0, this.#lineStarts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  }
}
