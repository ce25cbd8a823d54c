/**
 * Every way to write an option, turned into one: `-rb64`, `-r -b 64` and `--buffers 64` become
 * `--read-only` and `--buffers=64`, in front of the positional arguments. What is in no table is
 * refused here, because a flag that is dropped in silence could make a disk writable.
 *
 * @module
 */
import type { OptionSpec } from "./command.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { usage } from "./usage.ts";

/** Spells a command line out; throws UsageError for an option that is not in `table`. */
export function spellOut(table: readonly OptionSpec[], args: readonly string[]): string[] {
  const options: string[] = [];
  const positionals: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") positionals.push(...rest.splice(0));
    else if (arg.startsWith("--")) options.push(spellLong(table, arg, rest));
    else if (arg.startsWith("-") && arg !== "-") options.push(...spellShort(table, arg, rest));
    else positionals.push(arg);
  }
  return [...options, "--", ...positionals];
}

/** `--name`, `--name=value` or `--name value`, whose value is taken from `rest`. */
function spellLong(table: readonly OptionSpec[], arg: string, rest: string[]): string {
  const [, name = "", value] = /^--([^=]*)(?:=([^]*))?$/.exec(arg) ?? [];
  const option = table.find((candidate) => candidate.name === name);
  if (option === undefined) throw unknown(table, arg, name);
  if (option.value !== undefined) return withValue(option, value ?? rest.shift());
  if (value !== undefined) throw usage(`--${name} takes no value, "${arg}" gives it one`);
  return arg;
}

/** `-r`, `-rs`, `-b64`, `-b=64`, `-b 64`, `-rb64`: letters up to one that has a value. */
function spellShort(table: readonly OptionSpec[], arg: string, rest: string[]): string[] {
  if (/^-[0-9]/.test(arg)) throw usage(`"${arg}" is negative: numbers begin at 0`);
  const spelled: string[] = [];
  for (let at = 1; at < arg.length; at++) {
    const option = table.find(({ short }) => short === arg[at]);
    if (option === undefined) throw unknown(table, arg, arg.slice(1));
    if (option.value !== undefined) {
      const attached = arg.slice(at + 1).replace(/^=/, "");
      return [...spelled, withValue(option, attached === "" ? rest.shift() : attached)];
    }
    spelled.push(`--${option.name}`);
  }
  return spelled;
}

function withValue({ name }: OptionSpec, value: string | undefined): string {
  if (value !== undefined && value !== "") return `--${name}=${value}`;
  throw usage(`--${name} needs a value`);
}

function unknown(table: readonly OptionSpec[], arg: string, name: string): Error {
  const near = nearest(name, table.map((option) => option.name));
  const hint = near === undefined
    ? '; an argument that begins with a dash stands behind "--"'
    : didYouMean(`--${near}`);
  return usage(`Unknown option "${arg}"${hint}`);
}
