/**
 * The error of who finds no service: in a file of its own, so that whoever only tells errors apart
 * loads no more than this.
 *
 * @module
 */

/** No service answers at the socket. */
export class NoServiceError extends Error {
  /** The class's name, for messages. */
  override readonly name = "NoServiceError";
}
