/**
 * What stands in a reply, as a simulation needs it. Made once a reply and read by its judge and its
 * client.
 *
 * @module
 */
import type { TargetState } from "../../lib/target/settings.ts";
import { configOf, headerOf, maskOf, numberAt, outcomeOf, reserveOf } from "../replies.ts";
import { readMark, SECTOR } from "./marks.ts";

const DATA = 36;

/** A reply taken apart. */
export interface Reply {
  readonly destination: number;
  readonly source: number;
  readonly tag: number;
  readonly command: number;
  /** Status and error of command 0, such as "41/04"; "E" and the AoE error of the others. */
  readonly outcome: string;
  /** Whose data each sector of it shows; null: its size is not that of so many. */
  marks(sectors: readonly number[]): number[] | null;
  /** Whether its list or string is that of `state`. */
  tellsOf(state: TargetState): boolean;
}

/** Takes the reply in `frame` apart. */
export function readReply(frame: Uint8Array<ArrayBuffer>): Reply {
  const { dst, src, tag, command, error } = headerOf(frame);
  return {
    destination: dst,
    source: src,
    tag,
    command,
    outcome: command === 0 ? outcomeOf(frame) : `E${error}`,
    marks: (sectors) => {
      if (frame.length !== DATA + sectors.length * SECTOR) return null;
      return sectors.map((sector, index) => readMark(frame, DATA + index * SECTOR, sector));
    },
    tellsOf: (state) => tellsOf(frame, command, state),
  };
}

function tellsOf(frame: Uint8Array<ArrayBuffer>, command: number, state: TargetState): boolean {
  switch (command) {
    case 1:
      return String(configOf(frame).string) === String(state.config);
    case 2:
      return String(maskOf(frame).directives.map(([, mac]) => mac)) === String(state.masks);
    default:
      return numberAt(frame, 25, 1) === state.reservations.length &&
        String(reserveOf(frame).macs) === String(state.reservations);
  }
}
