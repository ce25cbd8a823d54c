/**
 * A TOML text as values with their lines: the values are std's parser's, the lines toml_scan.ts's.
 *
 * @module
 */
import { parse } from "@std/toml/parse";
import { type Advice, scanToml, type TomlFault } from "./toml_scan.ts";

/** A TOML text. */
export interface Toml {
  /** What its tables and keys say, without the statements that are wrong. */
  readonly values: Readonly<Record<string, unknown>>;
  /** All that is not TOML. */
  readonly faults: readonly TomlFault[];
  /** Tables that lack a statement, because it is wrong. */
  readonly incomplete: ReadonlySet<string>;
  /** Line of each table, key and element, by names such as `export[2].accept[0]`. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Reads the text; whatever is wrong with it is in `faults`, with what `advice` knows. */
export function readToml(text: string, advice?: Advice): Toml {
  const { lines, faults, incomplete, text: rest } = scanToml(text, advice);
  try {
    return { values: parse(rest), faults, incomplete, lines };
  } catch (error) {
    // A fault that the scan does not know.
    if (!(error instanceof SyntaxError)) throw error;
    const [, line = "1", message = error.message] =
      /^Parse error on line ([0-9]+), column [0-9]+: ([^\n]*)/.exec(error.message) ?? [];
    const fault = { line: Number(line), key: "", problem: message, remedy: "see https://toml.io" };
    return { values: {}, faults: [...faults, fault], incomplete, lines };
  }
}
