/**
 * A request and what becomes of it. Whoever sends many keeps the object and its frame, and starts
 * it again and again: nothing is made for a request then.
 *
 * @module
 */
import type { AtaFrame } from "../wire/ata.ts";
import { Frame } from "../wire/frame.ts";

/** One request. */
export interface Exchange {
  /** The whole request, as long as its view; the link sets the tag. It stays until the end. */
  readonly request: Frame;
  /** Whether every reply is wanted, until it is cancelled; else the first one is the end. */
  readonly collects?: true;
  /**
   * A reply of `size` bytes is there, in memory that is the link's again when this returns. It is
   * seen as that of an ATA command, whatever it is: only its common header is sure to be there.
   */
  replied(reply: AtaFrame, size: number): void;
  /** There was no reply in time, or the request cannot be sent. */
  failed(error: Error): void;
}

/** The frame in `bytes`, which must be as long as the frame is. */
export function frameOf(bytes: Uint8Array): Frame {
  return new Frame(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}
