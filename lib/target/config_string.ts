/**
 * Command 1: the config string (AoEr11, section 3.2). A set is a change that waits to be stored.
 *
 * @module
 */
import { CONFIG_HEADER_SIZE, ConfigCommand, type ConfigFrame } from "../wire/config.ts";
import { AoeError } from "../wire/frame.ts";

/** What became of a config command. */
export type ConfigOutcome =
  /** No reply. */
  | "silence"
  /** Reply with the present string. */
  | "reply"
  /** Reply with the present string and an error. */
  | { readonly error: number }
  /** Store this string; it becomes the present one, and the reply leaves, only then. */
  | { readonly set: Uint8Array<ArrayBuffer> };

const BAD_ARGUMENT: ConfigOutcome = { error: AoeError.BAD_ARGUMENT };
const PRESENT: ConfigOutcome = { error: AoeError.CONFIG_PRESENT };

/** Decides what a config command of `size` bytes does to a target whose string is `current`. */
export function decideConfig(
  frame: ConfigFrame,
  size: number,
  current: Uint8Array,
): ConfigOutcome {
  const fits = frame.stringFits(size);
  switch (frame.configCommand) {
    case ConfigCommand.READ:
      return "reply";
    case ConfigCommand.TEST:
      return fits && frame.stringSize === current.length && isPrefix(frame, current)
        ? "reply"
        : "silence";
    case ConfigCommand.PREFIX:
      return fits && isPrefix(frame, current) ? "reply" : "silence";
    case ConfigCommand.SET:
      if (!fits) return BAD_ARGUMENT;
      if (isEqual(frame, current)) return "reply";
      return current.length === 0 ? copyString(frame) : PRESENT;
    case ConfigCommand.FORCE:
      if (!fits) return BAD_ARGUMENT;
      return isEqual(frame, current) ? "reply" : copyString(frame);
    default:
      return BAD_ARGUMENT;
  }
}

function isEqual(frame: ConfigFrame, current: Uint8Array): boolean {
  return frame.stringSize === current.length && isPrefix(frame, current);
}

/** Whether the frame's string is the beginning of `current`. */
function isPrefix(frame: ConfigFrame, current: Uint8Array): boolean {
  const size = frame.stringSize;
  if (size > current.length) return false;
  for (let index = 0; index < size; index++) {
    if (frame.stringByte(index) !== current[index]) return false;
  }
  return true;
}

function copyString(frame: ConfigFrame): ConfigOutcome {
  const end = CONFIG_HEADER_SIZE + frame.stringSize;
  return { set: frame.bytes.slice(CONFIG_HEADER_SIZE, end) };
}
