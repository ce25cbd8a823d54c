/**
 * `dblade completions SHELL`.
 *
 * @module
 */
import { Exit } from "../exit.ts";
import { bashCompletions } from "../completions/bash.ts";
import { fishCompletions } from "../completions/fish.ts";
import { zshCompletions } from "../completions/zsh.ts";
import { print } from "../output.ts";
import { SECTIONS } from "../table.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** Prints the script for the shell that the command line names. */
export function run(values: CommandValues): Promise<number> {
  print(scriptFor(values.operand("SHELL")));
  return Promise.resolve(Exit.DONE);
}

function scriptFor(shell: string): string {
  switch (shell) {
    case "bash":
      return bashCompletions(SECTIONS);
    case "zsh":
      return zshCompletions(SECTIONS);
    case "fish":
      return fishCompletions(SECTIONS);
    default:
      throw usage(`SHELL is "${shell}", for which there are no completions`);
  }
}
