/**
 * A position in a TOML text that moves over keys, strings and blanks (https://toml.io/en/v1.0.0).
 *
 * @module
 */

/** Something in the text that is not TOML, or not what std's parser reads as it is meant. */
export class TomlTrouble extends Error {
  /** The class's name, for messages. */
  override readonly name = "TomlTrouble";
  /** What is wrong. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Where it is; undefined: where its statement begins. */
  readonly at: number | undefined;
  /** From where on the text makes sense again; undefined: from the end of its line on. */
  readonly resume: number | undefined;

  /** Trouble at an index of the text. */
  constructor(problem: string, remedy: string, at?: number, resume?: number) {
    super(`${problem}; ${remedy}`);
    this.problem = problem;
    this.remedy = remedy;
    this.at = at;
    this.resume = resume;
  }
}

const BARE_KEY = /[A-Za-z0-9_-]+/y;
/** What neither quotes nor brackets begin: numbers, dates, true and false. */
const BARE_VALUE = /[^\s,\]}#="'[{]+/y;
const TIME_BEHIND_DATE = / [0-9]{2}:[^\s,\]}#]+/y;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
/** Longest piece of the text that a message shows. */
const SHOWN_MAX = 40;

/** The text and a position in it. */
export class TomlCursor {
  /** All of it. */
  readonly text: string;
  /** Index of the next character. */
  at = 0;

  /** Begins at the start. */
  constructor(text: string) {
    this.text = text;
  }

  /** Whether all is behind. */
  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether `text` comes next. */
  sees(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Moves over `text` where it comes next. */
  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** Index of the end of the line that holds `at`. */
  lineEnd(at: number): number {
    const end = this.text.indexOf("\n", at);
    return end < 0 ? this.text.length : end;
  }

  /** Moves over spaces and tabs. */
  skipSpace(): void {
    while (this.sees(" ") || this.sees("\t")) this.at++;
  }

  /** Moves over spaces, line ends and comments. */
  skipBlank(): void {
    for (;;) {
      this.skipSpace();
      if (this.sees("#")) this.at = this.lineEnd(this.at);
      else if (!this.take("\n") && !this.take("\r\n")) return;
    }
  }

  /** Moves to the end of the line, on which nothing but a comment may stand. */
  endLine(): void {
    this.skipSpace();
    if (this.sees("#")) this.at = this.lineEnd(this.at);
    if (this.isAtEnd || this.sees("\n") || this.sees("\r\n")) return;
    const rest = shown(this.text.slice(this.at, this.lineEnd(this.at)));
    throw new TomlTrouble(`${rest} does not belong here`, "write one thing a line", this.at);
  }

  /** Moves over a key's name, in quotes or without. */
  key(): string {
    this.skipSpace();
    const start = this.at;
    if (this.sees('"')) return unescape(this.basicString(), start);
    if (this.sees("'")) return this.literalString();
    const name = this.#match(BARE_KEY);
    if (name !== "") return name;
    const rest = shown(this.text.slice(start, this.lineEnd(start)));
    throw new TomlTrouble(`${rest} is no key`, "write KEY = VALUE, or a # before a comment", start);
  }

  /** Moves over a number and the like. */
  bareValue(): string {
    const value = this.#match(BARE_VALUE);
    return DATE.test(value) ? value + this.#match(TIME_BEHIND_DATE) : value;
  }

  /** Moves over `"..."`; returns what is between the quotes, as it stands there. */
  basicString(): string {
    const start = this.at++;
    for (; !this.sees('"'); this.at++) {
      this.#refuseLineEnd(start, '"');
      if (this.sees("\\")) this.#escape();
    }
    return this.text.slice(start + 1, this.at++);
  }

  /** Moves over `'...'`. */
  literalString(): string {
    const start = this.at++;
    for (; !this.sees("'"); this.at++) this.#refuseLineEnd(start, "'");
    return this.text.slice(start + 1, this.at++);
  }

  /** Moves over a text of several lines. */
  longString(quotes: '"""' | "'''"): void {
    const start = this.at;
    this.at += quotes.length;
    for (; !this.sees(quotes); this.at++) {
      if (this.isAtEnd) {
        const remedy = `write ${quotes} behind it`;
        throw new TomlTrouble(`the text is not closed`, remedy, start, this.text.length);
      }
      if (quotes === '"""' && this.sees("\\")) this.#escape();
    }
    this.at += quotes.length;
    // Up to two more of them are the last of the text.
    for (let more = 0; more < 2 && this.sees(quotes.slice(0, 1)); more++) this.at++;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [match = ""] = pattern.exec(this.text) ?? [];
    this.at += match.length;
    return match;
  }

  #refuseLineEnd(start: number, quote: string): void {
    if (!this.isAtEnd && !this.sees("\n") && !this.sees("\r\n")) return;
    throw new TomlTrouble("the text is not closed", `write ${quote} behind it`, start);
  }

  /** Moves to the last character of an escape. */
  #escape(): void {
    const start = this.at++;
    const next = this.text.charAt(this.at);
    if (/^[btnfr"\\\r\n]$/.test(next)) return;
    // std reads \U with 6 digits, where TOML has 8.
    const code = this.text.slice(this.at + 1, this.at + 5);
    if (next !== "u" || !/^[0-9a-f]{4}$/i.test(code)) {
      const remedy = "write \\\\ for a backslash, or put the text in single quotes";
      throw new TomlTrouble(`${shown(`\\${next}`)} is no escape`, remedy, start);
    }
    this.at += 4;
  }
}

/** A piece of the text for a message. */
export function shown(text: string): string {
  const short = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
  return JSON.stringify(short.trimEnd());
}

/** What the escapes of a key stand for: of those that TOML has, JSON has all that are left here. */
function unescape(raw: string, at: number): string {
  try {
    return JSON.parse(`"${raw}"`);
  } catch {
    throw new TomlTrouble("the key has a control character", "leave it out", at);
  }
}
