/**
 * Refusals by the AoE header alone.
 *
 * @module
 */
import { HEADER_SIZE } from "../wire/frame.ts";
import type { Request, Verdict } from "./request.ts";

/** Refuses with nothing but the common header, for whatever command. */
export function refuseHeader(request: Request, error: number): Verdict {
  request.frame.refuse(error);
  request.replySize = request.frame.pad(HEADER_SIZE);
  return "reply";
}
