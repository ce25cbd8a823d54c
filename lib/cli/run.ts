/**
 * Runs one command line and turns how it ended into an exit status.
 *
 * @module
 */
import { BugError } from "../assert.ts";
import { ConfigError, SystemError, UsageError } from "../error.ts";
import { VERSION } from "../version.ts";
import { parseInvocation } from "./arguments.ts";
import { runExport } from "./export.ts";
import { helpText } from "./options.ts";
import { print, printError } from "./output.ts";

/** Runs the command line; returns 0, 1 (the system refused) or 2 (the command line is wrong). */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const invocation = parseInvocation(args);
    switch (invocation.command) {
      case "help":
        print(helpText());
        break;
      case "version":
        print(`dblade ${VERSION}\n`);
        break;
      case "export":
        await runExport(invocation.config);
    }
    return 0;
  } catch (error) {
    return explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof UsageError) {
    printError(`dblade: ${error.message}\n`);
    return 2;
  }
  if (error instanceof SystemError || error instanceof ConfigError) {
    printError(`dblade: ${error.message}\n`);
    return 1;
  }
  // Here the stack is what helps: nothing that a person can do causes this.
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  const what = error instanceof BugError ? "a broken assumption" : "an unexpected error";
  printError(
    `dblade: this is a bug in dblade ${VERSION} (${what}); please report it:\n${detail}\n`,
  );
  return 1;
}
