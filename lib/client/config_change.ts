/**
 * Setting and testing a config string, whatever a target makes of a question that is asked twice.
 *
 * @module
 */
import { SystemError, TimeoutError } from "../error.ts";
import { CONFIG_HEADER_SIZE, ConfigCommand } from "../wire/config.ts";
import { AoeError, ETHER_HEADER_SIZE } from "../wire/frame.ts";
import type { Path } from "./lan.ts";
import { RefusedError } from "./target_error.ts";

/** A target has another config string, which stays. */
export class ConfigPresentError extends RefusedError {
  /** The string. */
  readonly present: Uint8Array;

  /** Makes the error; `shown` is the string for a person. */
  constructor(present: Uint8Array, shown: string) {
    super(
      AoeError.CONFIG_PRESENT,
      undefined,
      `it is "${shown}"; "dblade config force" replaces it`,
    );
    this.present = present;
  }
}

/** The present config string. */
export function getConfig({ initiator, device }: Path): Promise<Uint8Array<ArrayBuffer>> {
  return initiator.config(device, ConfigCommand.READ);
}

/**
 * Sets the string: by {@linkcode ConfigCommand.SET} where there is none, or by FORCE. Throws
 * {@linkcode ConfigPresentError} where there is another. That the very string is set already is
 * success, also where the target refuses to set it twice: the first reply may have been lost.
 *
 * @param show makes a string safe for a message
 */
export async function setConfig(
  path: Path,
  configCommand: number,
  string: Uint8Array,
  show: (bytes: Uint8Array) => string,
): Promise<void> {
  requireFit(path, string);
  const refusal = await trySet(path, configCommand, string);
  if (refusal === undefined) return;
  const present = await getConfig(path);
  if (areEqual(present, string)) return;
  const isPresent = refusal instanceof RefusedError && refusal.code === AoeError.CONFIG_PRESENT;
  if (isPresent) throw new ConfigPresentError(present, show(present));
  throw refusal;
}

/** Why the string may not be set; undefined where the target says that it is. */
async function trySet(
  { initiator, device }: Path,
  configCommand: number,
  string: Uint8Array,
): Promise<Error | undefined> {
  try {
    const set = await initiator.config(device, configCommand, string);
    // Not every target says what it has set.
    return areEqual(set, string) ? undefined : new RefusedError(
      AoeError.NONE,
      undefined,
      "it said that the string was set, and has another",
    );
  } catch (error) {
    if (error instanceof RefusedError) return error;
    if (!(error instanceof TimeoutError)) throw error;
    return new TimeoutError(
      "The target answers, but does not say that the string is set: it may be unable to store it",
    );
  }
}

/** What a test of the string ended with. */
export interface ConfigTest {
  /** Whether the target answered it. */
  readonly matches: boolean;
  /** The string that the target has. */
  readonly present: Uint8Array;
}

/**
 * Asks whether the string is equal ({@linkcode ConfigCommand.TEST}) or a prefix. Silence is the
 * answer no, if the target answers a plain question afterwards; else TimeoutError.
 */
export async function testConfig(
  path: Path,
  configCommand: number,
  string: Uint8Array,
): Promise<ConfigTest> {
  requireFit(path, string);
  try {
    const present = await path.initiator.config(path.device, configCommand, string);
    return { matches: true, present };
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    return { matches: false, present: await getConfig(path) };
  }
}

/** Whether the strings are the same. */
export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && startsWith(one, other);
}

/** Whether the string begins with `prefix`. */
export function startsWith(string: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.length <= string.length && prefix.every((byte, index) => string[index] === byte);
}

function requireFit({ interface: name, initiator: { link } }: Path, string: Uint8Array): void {
  const most = link.mtu + ETHER_HEADER_SIZE - CONFIG_HEADER_SIZE;
  if (string.length <= most) return;
  throw new SystemError(
    `The string has ${string.length} bytes; a frame on "${name}" (MTU ${link.mtu}) carries ` +
      `at most ${most}`,
    "sendto",
    0,
  );
}
