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

/** Some keys of one table, without its header. */
export interface TomlBlock {
  /** The names of the table; none: that of all tables. */
  readonly table: readonly string[];
  /** Whether a new element of the array of that name begins here. */
  readonly isNew: boolean;
  /** Line that its text begins on, from 1. */
  readonly line: number;
  /** Its statements but for those that are wrong. */
  readonly text: string;
}

/** What was found. */
export interface ScannedToml {
  /** All that can be parsed; none where too much is wrong. */
  readonly blocks: readonly TomlBlock[];
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
/** Most names with dots between them: the paths of all of them grow with its square. */
const PARTS_MAX = 32;
/** Most characters of them: each key and element is known by the names of all that it is in. */
const NAME_MAX = 128;
/** Most keys of a table in braces: std's parser needs the square of their number in time. */
const INLINE_MAX = 64;
/** Keys of other tables that it is given at once, for the same reason. */
const BLOCK_MAX = 8;
/** Faults after which the rest is not read. */
const FAULTS_MAX = 100;
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
  readonly #blocks: TomlBlock[] = [];
  /** The block that is being read, its texts, and how many keys it has. */
  #block: Omit<TomlBlock, "text"> = { table: [], isNew: false, line: 1 };
  #good: string[] = [];
  #keys = 0;
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
      if (this.#faults.length >= FAULTS_MAX) return this.#giveUp();
      if (this.#keys >= BLOCK_MAX) this.#openBlock({ ...this.#block, isNew: false });
      this.#key = "";
      const isHeader = cursor.sees("[");
      const isGood = this.#piece(() => isHeader ? this.#header() : this.#pair(this.#table, 0));
      if (isGood) this.#piece(() => cursor.endLine());
      // What belongs to a table that has no place has none either.
      else if (isHeader) this.#names = new TomlNames();
      else if (this.#names === this.#known) this.#incomplete.add(this.#table);
    }
    this.#openBlock(this.#block);
    return this.#result(this.#blocks);
  }

  #giveUp(): ScannedToml {
    const line = this.#lineAt(this.#cursor.at);
    const problem = `is not read from here on: ${FAULTS_MAX} mistakes are above`;
    this.#faults.push({ line, key: "", problem, remedy: "mend these first" });
    return this.#result([]);
  }

  #result(blocks: readonly TomlBlock[]): ScannedToml {
    return { blocks, lines: this.#known.lines, faults: this.#faults, incomplete: this.#incomplete };
  }

  /** Ends the block that was read; another one begins. */
  #openBlock({ table, isNew }: Omit<TomlBlock, "text" | "line">): void {
    this.#blocks.push({ ...this.#block, text: this.#good.join("") });
    this.#block = { table, isNew, line: this.#lineAt(this.#cursor.at) };
    this.#good = [];
    this.#keys = 0;
  }

  /** Moves over something, and keeps it where it is good. */
  #piece(read: () => void): boolean {
    const [cursor, block] = [this.#cursor, this.#block];
    let start = cursor.at;
    let isGood = true;
    try {
      read();
      if (this.#block !== block) start = cursor.at; // headers are no text of their block
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
    this.#openBlock({ table: keys, isNew: isElement });
  }

  #pair(table: string, depth: number): void {
    const cursor = this.#cursor;
    if (depth === 0) this.#keys++;
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
    const start = this.#cursor.at;
    do {
      if (keys.length === PARTS_MAX) {
        const problem = `the key has more than ${PARTS_MAX} names with dots between`;
        throw new TomlTrouble(problem, "use fewer", start);
      }
      keys.push(this.#cursor.key());
      if (this.#cursor.at - start > NAME_MAX) {
        const problem = `the key has more than ${NAME_MAX} characters`;
        throw new TomlTrouble(problem, "choose a shorter one", start);
      }
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
    let count = 0;
    do {
      if (++count > INLINE_MAX) {
        const remedy = "put them on lines of their own, below a header in brackets";
        throw new TomlTrouble(`more than ${INLINE_MAX} keys are in one table`, remedy, cursor.at);
      }
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
