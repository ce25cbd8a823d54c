/**
 * Patterns for names, as a shell has them.
 *
 * @module
 */

/** What one character of a name is held against. */
interface Class {
  /** Whether the ranges are what it must not be in. */
  readonly negated: boolean;
  /** First and last character of each range. */
  readonly ranges: readonly (readonly [first: string, last: string])[];
}

type Part = "any text" | "any character" | Class;

/** Whether it has signs of a pattern; what has none stands for itself alone. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/**
 * Whether a whole name matches: `*` is any text, `?` any character, `[a-z0]` one of those, `[!a-z]`
 * none of those; `]` stands for itself in first place, `-` in first and last, and `[` where no `]`
 * follows. All else stands for itself. The time it takes is at most the product of both lengths.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const parts = parse([...pattern]);
  const characters = [...name];
  let part = 0;
  // Where to go on when it fails: behind the last star, which takes one character more. What an
  // earlier star might take instead is then covered by the last one.
  let star: { readonly part: number; taken: number } | undefined;
  for (let at = 0; at < characters.length;) {
    const present = parts[part];
    if (present === "any text") {
      star = { part: ++part, taken: at };
    } else if (present !== undefined && accepts(present, characters[at]!)) { // at < length
      part++;
      at++;
    } else if (star !== undefined) {
      part = star.part;
      at = ++star.taken;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === "any text");
}

function accepts(part: Exclude<Part, "any text">, character: string): boolean {
  if (part === "any character") return true;
  const isIn = part.ranges.some(([first, last]) => first <= character && character <= last);
  return isIn !== part.negated;
}

function parse(pattern: readonly string[]): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length;) {
    const character = pattern[at]!; // at < length
    const end = character === "[" ? endOfClass(pattern, at) : -1;
    if (end >= 0) parts.push(classOf(pattern.slice(at + 1, end)));
    else if (character === "*") parts.push("any text");
    else if (character === "?") parts.push("any character");
    else parts.push({ negated: false, ranges: [[character, character]] });
    at = end >= 0 ? end + 1 : at + 1;
  }
  return parts;
}

/** Where the `]` of the class that begins at `start` is; -1: nowhere, so that it is none. */
function endOfClass(pattern: readonly string[], start: number): number {
  const first = pattern[start + 1] === "!" ? start + 2 : start + 1;
  return pattern.indexOf("]", first + 1);
}

function classOf(inner: readonly string[]): Class {
  const negated = inner[0] === "!";
  const listed = negated ? inner.slice(1) : inner;
  const ranges: (readonly [string, string])[] = [];
  for (let at = 0; at < listed.length;) {
    const first = listed[at]!; // at < length
    const last = listed[at + 1] === "-" ? listed[at + 2] : undefined;
    ranges.push([first, last ?? first]);
    at += last === undefined ? 1 : 3;
  }
  return { negated, ranges };
}
