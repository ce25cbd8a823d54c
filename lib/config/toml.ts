/**
 * A TOML text as values with their lines: the values are std's parser's, the lines toml_scan.ts's.
 *
 * @module
 */
import { parse } from "@std/toml/parse";
import { assert } from "../assert.ts";
import { isTable } from "./mistakes.ts";
import { type Advice, scanToml, type TomlBlock, type TomlFault } from "./toml_scan.ts";

/** Longest message of std's parser that is told: it has the line in it. */
const PROBLEM_MAX = 200;

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
  const { blocks, lines, faults, incomplete } = scanToml(text, advice);
  const values: Table = {};
  for (const block of blocks) {
    try {
      merge(tableOf(values, block), parse(block.text));
    } catch (error) {
      // A fault that the scan does not know.
      if (!(error instanceof SyntaxError)) throw error;
      return { values: {}, faults: [...faults, faultOf(error, block)], incomplete, lines };
    }
  }
  return { values, faults, incomplete, lines };
}

type Table = Record<string, unknown>;

/** The table that a block is about; it is made where it is not there. The names were checked. */
function tableOf(values: Table, { table, isNew }: TomlBlock): Table {
  let inner = values;
  table.forEach((name, index) => {
    const isLast = index === table.length - 1;
    if (!Object.hasOwn(inner, name)) inner[name] = isLast && isNew ? [] : {};
    let value = inner[name];
    if (Array.isArray(value)) {
      if (isLast && isNew) value.push({});
      value = value.at(-1);
    }
    assert(isTable(value), `${name} is no table`);
    inner = value;
  });
  return inner;
}

/** Adds keys; where both have a table, those of its keys. */
function merge(table: Table, more: Readonly<Table>): void {
  for (const [name, value] of Object.entries(more)) {
    const there = Object.hasOwn(table, name) ? table[name] : undefined;
    if (isTable(there) && isTable(value)) merge(there, value);
    else table[name] = value;
  }
}

function faultOf({ message }: SyntaxError, block: TomlBlock): TomlFault {
  const [, line = "1", problem = message] =
    /^Parse error on line ([0-9]+), column [0-9]+: ([^\n]*)/.exec(message) ?? [];
  return {
    line: block.line + Number(line) - 1,
    key: "",
    problem: problem.slice(0, PROBLEM_MAX),
    remedy: "see https://toml.io",
  };
}
