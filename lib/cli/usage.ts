/**
 * Complaints about the command line.
 *
 * @module
 */
import { UsageError } from "../error.ts";

/** The error with `message`. */
export function usage(message: string): UsageError {
  return new UsageError(message);
}

/** Runs `read`; a complaint of its ends with where to look up `command`. */
export function withHint<T>(command: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw hinted(command, error);
  }
}

/** A complaint about the command line with where to look; any other error as it is. */
export function hinted(command: string | undefined, error: unknown): unknown {
  if (!(error instanceof UsageError) || error.message.endsWith(HINT_END)) return error;
  const line = command === undefined ? "dblade --help" : `dblade help ${command}`;
  return new UsageError(`${error.message}\n"${line}"${HINT_END}`);
}

const HINT_END = " shows the usage";
