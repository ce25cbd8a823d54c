/**
 * The options and operands of one command line.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { parseUnitSectors } from "../config/sectors.ts";
import { didYouMean, nearest } from "../nearest.ts";
import type { CommandSpec, OperandSpec, OptionSpec } from "./command.ts";
import { HELP } from "./options.ts";
import { spellOut } from "./spelling.ts";
import { usage } from "./usage.ts";

const SECTOR_SIZE = 512;

/** What one command line says, by the names of the table. */
export class CommandValues {
  readonly #parsed: Record<string, unknown> & { _: string[] };
  readonly #options: readonly OptionSpec[];
  readonly #operands = new Map<string, readonly string[]>();

  /** Reads `args` by the table; throws UsageError with the value and the remedy. */
  constructor(spec: Pick<CommandSpec, "operands" | "options">, args: readonly string[]) {
    const options = [...spec.options, HELP];
    this.#options = options;
    const names = (hasValue: boolean): string[] =>
      options.filter(({ value }) => (value !== undefined) === hasValue).map(({ name }) => name);
    this.#parsed = parseArgs(spellOut(options, args), {
      boolean: names(false),
      string: ["_", ...names(true)],
      collect: names(true),
    });
    // Whoever asks for help or the version gets it, however many arguments there are.
    if (!this.has("help") && !this.has("version")) this.#readOperands(spec.operands);
  }

  /** An operand that is always there. */
  operand(name: string): string {
    return this.operandsOf(name)[0] ?? "";
  }

  /** An operand that may be missing. */
  optionalOperand(name: string): string | undefined {
    return this.operandsOf(name)[0];
  }

  /** An operand that may be there more than once. */
  operandsOf(name: string): readonly string[] {
    return this.#operands.get(name) ?? [];
  }

  /** Whether an option without a value is given. */
  has(name: string): boolean {
    return this.#parsed[name] === true;
  }

  /** The option's value; undefined where it is not given. */
  text(name: string): string | undefined {
    const given = this.#parsed[name];
    if (!Array.isArray(given) || given.length === 0) return undefined;
    if (given.length > 1) throw usage(`--${name} is given ${given.length} times, once is enough`);
    const value: unknown = given[0];
    if (typeof value !== "string" || value === "") throw usage(`--${name} needs a value`);
    const choices = this.#options.find((option) => option.name === name)?.choices;
    return choices === undefined ? value : oneOf(value, `--${name}`, choices);
  }

  /** The option's value as a whole number. */
  integer(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // vblade takes 010 for 8 where it counts sectors: a wrong guess would shift the disk.
    if (/^0[0-9]/.test(text)) {
      throw usage(`--${name} is "${text}"; a leading 0 could mean octal, leave it out`);
    }
    return parseInteger(text, `--${name}`, least, most);
  }

  /** The option's value as a number of seconds, such as `0.5`. */
  seconds(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^[0-9]*\.?[0-9]+$/.test(text) && value >= least && value <= most) return value;
    throw usage(`--${name} is "${text}"; it must be a number of seconds from ${least} to ${most}`);
  }

  /** The option's value as a number of sectors: `2048`, or `1M` for as many bytes. */
  sectors(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const sectors = parseUnitSectors(text);
    if (sectors === undefined && /^([0-9]+|0x[0-9a-f]+)$/i.test(text)) {
      return this.integer(name, least, most);
    }
    if (sectors !== undefined && sectors >= least && sectors <= most) return sectors;
    const range = `from ${least} to ${most} sectors of ${SECTOR_SIZE} bytes`;
    throw usage(
      `--${name} is "${text}"; it must be a number ${range}, or of bytes such as 64K or 1M`,
    );
  }

  /** The option's value as one of a few words. */
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : oneOf(text, `--${name}`, choices);
  }

  /** Hands the arguments out to the operands in their order, the rest to one that takes many. */
  #readOperands(operands: readonly OperandSpec[]): void {
    const given = this.#parsed._;
    const needed = operands.filter(({ optional }) => optional === undefined);
    if (given.length < needed.length) {
      const names = needed.slice(given.length).map(({ name }) => name);
      throw usage(`Missing ${names.join(", ")}`);
    }
    const many = operands.at(-1)?.many !== undefined;
    const extra = given[operands.length];
    if (!many && extra !== undefined) throw usage(`"${extra}" is one argument too many`);
    operands.forEach(({ name, choices, mayBeEmpty }, index) => {
      const isLast = index === operands.length - 1;
      const values = given.slice(index, many && isLast ? given.length : index + 1);
      if (values.includes("") && mayBeEmpty === undefined) throw usage(`${name} is empty`);
      if (choices !== undefined) values.forEach((value) => oneOf(value, name, choices));
      this.#operands.set(name, values);
    });
  }
}

/** The choice that `text` is; `what` names it in the complaint. */
function oneOf<T extends string>(text: string, what: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  const near = didYouMean(nearest(text.toLowerCase(), choices));
  throw usage(`${what} is "${text}"; it must be one of ${choices.join(", ")}${near}`);
}

/** A whole number, decimal or hexadecimal; `what` names it in the complaint. */
export function parseInteger(text: string, what: string, least: number, most: number): number {
  const isNumber = /^([0-9]+|0x[0-9a-f]+)$/i.test(text);
  const value = Number(text);
  if (isNumber && value >= least && value <= most) return value;
  throw usage(`${what} is "${text}"; it must be a number from ${least} to ${most}`);
}

/** Names of interfaces, with commas between them. */
export function parseInterfaces(text: string, what: string = "INTERFACE"): readonly string[] {
  const names = text.split(",");
  if (names.includes("")) throw usage(`${what} is "${text}"; it has an empty name`);
  const again = names.find((name, index) => names.indexOf(name) < index);
  if (again !== undefined) throw usage(`${what} has "${again}" twice; once is enough`);
  return names;
}
