/**
 * `dblade help [COMMAND]`.
 *
 * @module
 */
import { Exit } from "../exit.ts";
import { commandHelp, groupHelp, helpText } from "../help.ts";
import { didYouMean, nearest } from "../../nearest.ts";
import { print } from "../output.ts";
import { COMMAND_WORDS, commandsOf } from "../table.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** Prints the help on the command that the command line names, or the whole. */
export function run(values: CommandValues): Promise<number> {
  print(helpOn(values.operandsOf("COMMAND")));
  return Promise.resolve(Exit.DONE);
}

/** The help on a command; throws UsageError where there is no such command. */
export function helpOn(words: readonly string[]): string {
  const [first, second, ...more] = words;
  if (first === undefined) return helpText();
  if (more.length > 0) throw usage(`"${more[0]}" is one word too many`);
  const specs = commandsOf(first);
  const name = second === undefined ? first : `${first} ${second}`;
  const spec = specs.find((candidate) => candidate.name === name);
  const actions = specs.filter((candidate) => candidate.name.startsWith(`${name} `));
  if (spec !== undefined) {
    return commandHelp(spec) + (actions.length > 0 ? `\n${groupHelp(name, actions)}` : "");
  }
  if (specs.length > 0 && second === undefined) return groupHelp(first, specs);
  const names = specs.length > 0 ? specs.map((known) => known.name) : COMMAND_WORDS;
  throw usage(`Unknown command "${name}"${didYouMean(nearest(name, names))}`);
}
