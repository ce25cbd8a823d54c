/**
 * The text of a state file: readable JSON, with the config string a character a byte.
 *
 * @module
 */
import { ConfigError } from "../error.ts";
import type { TargetState } from "../target/settings.ts";
import { CONFIG_BYTES_MAX } from "../wire/config.ts";
import { formatMac, parseMac } from "../wire/mac.ts";
import { MASKS_MAX } from "../wire/mask.ts";
import { RESERVATIONS_MAX } from "../wire/reserve.ts";

const FORMAT_VERSION = 1;

/** What a target has before anybody set anything. */
export const EMPTY_STATE: TargetState = { config: new Uint8Array(0), masks: [], reservations: [] };

/** The file's content. */
export interface StoredState {
  /** What clients set. */
  readonly state: TargetState;
  /** The masks of the command line at that time: others given later count more than stored ones. */
  readonly givenMasks: readonly number[];
}

/** What holds while it is not known what is stored. It is never stored itself. */
export interface UnsureState extends TargetState {
  /** Tells it from a state that is known. */
  readonly isUnsure: true;
}

/** Whether the state is known, so that it may be stored. */
export function isSure(state: TargetState): boolean {
  return !("isUnsure" in state);
}

/** The file's text. */
export function formatState({ state, givenMasks }: StoredState): string {
  const content = {
    version: FORMAT_VERSION,
    config: Array.from(state.config, (byte) => String.fromCharCode(byte)).join(""),
    masks: state.masks.map(formatMac),
    givenMasks: givenMasks.map(formatMac),
    reservations: state.reservations.map(formatMac),
  };
  return JSON.stringify(content, null, 2) + "\n";
}

/** Reads the file's text; throws {@linkcode ConfigError} that names the file and what is wrong. */
export function parseState(text: string, path: string): StoredState {
  const content = parseObject(text, path);
  if (content["version"] !== FORMAT_VERSION) {
    throw new ConfigError(`"version" is not ${FORMAT_VERSION}`, path);
  }
  return {
    state: {
      config: parseConfig(content["config"], path),
      masks: parseMacs(content, "masks", MASKS_MAX, path),
      reservations: parseMacs(content, "reservations", RESERVATIONS_MAX, path),
    },
    givenMasks: parseMacs(content, "givenMasks", MASKS_MAX, path),
  };
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text);
    // An array has no "version" and is refused by the caller.
    if (typeof content === "object" && content !== null) return { ...content };
  } catch {
    // said below
  }
  throw new ConfigError("it is not a JSON object", path);
}

function parseConfig(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  if (typeof value === "string" && value.length <= CONFIG_BYTES_MAX) {
    const codes = Array.from(value, (character) => character.charCodeAt(0));
    if (codes.every((code) => code <= 0xff)) return Uint8Array.from(codes);
  }
  throw new ConfigError(
    `"config" is not a text of up to ${CONFIG_BYTES_MAX} characters of one byte`,
    path,
  );
}

function parseMacs(
  content: Record<string, unknown>,
  key: string,
  countMax: number,
  path: string,
): readonly number[] {
  const value = content[key];
  if (!Array.isArray(value) || value.length > countMax) {
    throw new ConfigError(`"${key}" is not a list of up to ${countMax} MAC addresses`, path);
  }
  return value.map((text: unknown) => {
    const mac = typeof text === "string" ? parseMac(text) : undefined;
    if (mac === undefined) {
      throw new ConfigError(`"${key}" has ${JSON.stringify(text)}, no MAC`, path);
    }
    return mac;
  });
}
