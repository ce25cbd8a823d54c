/**
 * A terminal's whole window for something that changes (ECMA-48 and xterm's control sequences).
 *
 * @module
 */
import { print } from "./output.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const SIZE_DEFAULT = { columns: 80, rows: 24 };

/** How large a window is. */
export interface WindowSize {
  /** Characters in a line. */
  readonly columns: number;
  /** Lines. */
  readonly rows: number;
}

/** Shows one text after the other, until it is disposed: then all is as before. */
export class Screen implements Disposable {
  #text = "";
  readonly #redraw = (): void => this.show(this.#text);

  /** Takes the window. */
  constructor() {
    print(ENTER);
    Deno.addSignalListener("SIGWINCH", this.#redraw);
  }

  /** Shows as much of the text as there is room for. */
  show(text: string): void {
    this.#text = text;
    const lines = fit(text, windowSize());
    print(HOME + lines.map((line) => line + CLEAR_LINE).join("\n") + CLEAR_BELOW);
  }

  /** Gives the window back. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGWINCH", this.#redraw);
    print(LEAVE);
  }
}

/** The lines that a window has room for; the last one tells how many it has none for. */
export function fit(text: string, { columns, rows }: WindowSize): readonly string[] {
  const lines = text.trimEnd().split("\n");
  const shown = lines.length <= rows ? lines : lines.slice(0, rows - 1);
  const more = lines.length - shown.length;
  const all = more === 0 ? shown : [...shown, `... ${more} more lines`];
  return all.map((line) => cut(line, columns));
}

/** The line's first characters; what has no width, such as colours, stays. */
function cut(line: string, columns: number): string {
  let room = columns;
  return line.replaceAll(SEQUENCE_OR_CHARACTER, (part) => {
    if (part.startsWith("\x1b")) return part;
    return room-- > 0 ? part : "";
  });
}

// deno-lint-ignore no-control-regex -- that is how such sequences begin
const SEQUENCE_OR_CHARACTER = /\x1b\[[0-9;]*m|[^]/gu;

function windowSize(): WindowSize {
  try {
    const { columns, rows } = Deno.consoleSize();
    // A terminal that nobody told its size says 0.
    return columns > 0 && rows > 0 ? { columns, rows } : SIZE_DEFAULT;
  } catch {
    return SIZE_DEFAULT;
  }
}
