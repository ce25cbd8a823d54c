/**
 * Assertions about dblade's own code. A failed one is a bug, never something that a client, a file
 * or a network can cause.
 *
 * @module
 */

/** Thrown by {@linkcode assert}. */
export class BugError extends Error {
  /** The class's name, for messages. */
  override readonly name = "BugError";
}

/** Throws {@linkcode BugError} unless the condition holds. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new BugError(message);
}
