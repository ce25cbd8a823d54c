/**
 * Command 3: who has the disk to himself (AoEr11, section 3.4). An empty list reserves nothing.
 *
 * @module
 */
import { AoeError } from "../wire/frame.ts";
import { MAC_SIZE } from "../wire/mac.ts";
import { RESERVE_HEADER_SIZE, ReserveCommand, type ReserveFrame } from "../wire/reserve.ts";

/** What became of a reserve command. */
export type ReserveOutcome =
  /** Reply with the present list. */
  | "reply"
  /** Reply with the present list and an error. */
  | { readonly error: number }
  /** Store this list; it becomes the present one, and the reply leaves, only then. */
  | { readonly set: readonly number[] };

const BAD_ARGUMENT: ReserveOutcome = { error: AoeError.BAD_ARGUMENT };
const RESERVED: ReserveOutcome = { error: AoeError.RESERVED };

/** Decides what a reserve command of `size` bytes from `source` does to the list `current`. */
export function decideReserve(
  frame: ReserveFrame,
  size: number,
  source: number,
  current: readonly number[],
): ReserveOutcome {
  switch (frame.reserveCommand) {
    case ReserveCommand.READ:
      return "reply";
    case ReserveCommand.SET:
      if (!frame.macsFit(size)) return BAD_ARGUMENT;
      return current.length === 0 || current.includes(source) ? change(frame, current) : RESERVED;
    case ReserveCommand.FORCE:
      return frame.macsFit(size) ? change(frame, current) : BAD_ARGUMENT;
    default:
      return BAD_ARGUMENT;
  }
}

function change(frame: ReserveFrame, current: readonly number[]): ReserveOutcome {
  const list = Array.from({ length: frame.count }, (_, index) => frame.mac(index));
  const same = list.length === current.length && list.every((mac, at) => mac === current[at]);
  return same ? "reply" : { set: list };
}

/** Size in bytes of a reply that carries `count` MACs. */
export function reserveReplySize(count: number): number {
  return RESERVE_HEADER_SIZE + count * MAC_SIZE;
}

/** Writes the list as the body of a reply. */
export function writeReservation(frame: ReserveFrame, list: readonly number[]): void {
  frame.count = list.length;
  list.forEach((mac, index) => frame.setMac(index, mac));
}
