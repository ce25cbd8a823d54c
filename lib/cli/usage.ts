/**
 * The end of every complaint about the command line.
 *
 * @module
 */
import { UsageError } from "../error.ts";

/** The error with `message` and where to look. */
export function usage(message: string): UsageError {
  return new UsageError(`${message}\n"dblade --help" shows the usage`);
}
