/**
 * What to do about a target that fell silent in the middle of a transfer.
 *
 * @module
 */
import { TimeoutError } from "../error.ts";

/** The error as it is, or with its remedies where the target was silent. */
export function withPatience(error: unknown, alsoHelps: string = ""): unknown {
  if (!(error instanceof TimeoutError)) return error;
  return new TimeoutError(
    `${error.message}; --timeout waits longer${alsoHelps}, and "dblade sancheck" tells whether ` +
      "frames of that size get through",
  );
}
