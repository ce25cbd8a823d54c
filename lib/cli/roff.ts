/**
 * Text for man(1): the macros of groff_man(7) and man(7), with all escaped that roff would read.
 *
 * @module
 */

import { breakLines } from "./text.ts";

/** Of the source: mandoc(1) finds longer lines hard to read. */
const WIDTH = 72;

/** Text within a line: backslashes, and what would be printed as typographic signs. */
export function escapeRoff(text: string): string {
  return text.replaceAll(/[\\\-'`^~]/g, (sign) => SIGNS[sign] ?? sign);
}

const SIGNS: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** A line of text, which no dot and no quote at its beginning turns into a request. */
export function textLine(text: string): string {
  const line = escapeRoff(text);
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** A macro with its arguments, each in quotes. */
export function macro(name: string, ...words: readonly string[]): string {
  const quoted = words.map((word) => `"${escapeRoff(word).replaceAll('"', "\\(dq")}"`);
  return [`.${name}`, ...quoted].join(" ");
}

/** A paragraph. */
export function paragraph(text: string): readonly string[] {
  return [".PP", ...sentences(text)];
}

/** A term in bold, and below it, indented, what it means. */
export function tagged(term: string, ...texts: readonly string[]): readonly string[] {
  const [first = "", ...rest] = texts;
  return [
    ".TP",
    macro("B", term),
    ...sentences(first),
    ...rest.flatMap((text) => [".IP", ...sentences(text)]),
  ];
}

/** Each sentence on a line of its own, as roff wants it to know where one ends. */
function sentences(text: string): readonly string[] {
  return text.split(/(?<=[a-z)\]][.?!]) +(?=[A-Z"])/).flatMap((sentence) =>
    breakLines(sentence, WIDTH).map(textLine)
  );
}
