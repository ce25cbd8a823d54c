/**
 * Runs one command line and turns how it ended into an exit status.
 *
 * @module
 */
import { ClashError, DiskError, MaskEditError, RefusedError } from "../client/target_error.ts";
import { BugError } from "../assert.ts";
import { NoServiceError } from "../control/no_service.ts";
import { ServiceError } from "../control/service.ts";
import { ConfigError, SystemError, TimeoutError, UsageError } from "../error.ts";
import { VERSION } from "../version.ts";
import { type Invocation, parseInvocation } from "./arguments.ts";
import { Exit } from "./exit.ts";
import { print, printError } from "./output.ts";
import { hinted } from "./usage.ts";

/** Runs the command line; returns the exit status, see {@linkcode Exit}. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await carryOut(parseInvocation(args));
  } catch (error) {
    return explain(error);
  }
}

async function carryOut(invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case "help": {
      const { helpOn } = await import("./commands/help.ts");
      print(helpOn(invocation.topic));
      return Exit.DONE;
    }
    case "version":
      print(`dblade ${VERSION}\n`);
      return Exit.DONE;
    case "run":
      try {
        const { run } = await invocation.spec.load();
        return await run(invocation.values);
      } catch (error) {
        throw hinted(invocation.topic, error);
      }
  }
}

function explain(error: unknown): number {
  const status = statusOf(error);
  if (status !== undefined && error instanceof Error) {
    printError(`dblade: ${error.message}\n`);
    return status;
  }
  // Here the stack is what helps: nothing that a person can do causes this.
  const detail = error instanceof Error ? error.stack ?? error.message : String(error);
  const what = error instanceof BugError ? "a broken assumption" : "an unexpected error";
  printError(
    `dblade: this is a bug in dblade ${VERSION} (${what}); please report it:\n${detail}\n`,
  );
  return Exit.SYSTEM;
}

/** The exit status of an error that a caller may expect; undefined for a bug. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof UsageError) return Exit.USAGE;
  if (error instanceof SystemError || error instanceof ConfigError) return Exit.SYSTEM;
  if (error instanceof TimeoutError || error instanceof NoServiceError) return Exit.NO_ANSWER;
  if (error instanceof ServiceError) return error.isUsage ? Exit.USAGE : Exit.REFUSED;
  if (error instanceof ClashError) return Exit.NO;
  const isRefusal = error instanceof RefusedError || error instanceof DiskError ||
    error instanceof MaskEditError;
  return isRefusal ? Exit.REFUSED : undefined;
}
