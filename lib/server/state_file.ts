/**
 * What outlives a restart, as a readable file: `e{shelf}.{slot}.json` in the state folder, with
 * the config string (a character a byte), mask list and reservation. It is on disk before a change
 * is acknowledged.
 *
 * @module
 */
import { EIO } from "../../ffi/errno.ts";
import { LockFile } from "../../ffi/file_lock.ts";
import { checkFolder } from "../../ffi/file_info.ts";
import { readSmallFile, replaceFile } from "../../ffi/small_file.ts";
import { ConfigError, SystemError } from "../error.ts";
import { log } from "../log.ts";
import type { TargetState } from "../target/settings.ts";
import { CONFIG_BYTES_MAX } from "../wire/config.ts";
import { formatMac, parseMac } from "../wire/mac.ts";
import { MASKS_MAX } from "../wire/mask.ts";
import { RESERVATIONS_MAX } from "../wire/reserve.ts";
import { RateLimit } from "../rate_limit.ts";

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

/** The state file of one export. */
export class StateFile {
  /** Where `save` takes the state from. */
  source: () => TargetState = () => EMPTY_STATE;
  readonly #folder: string;
  readonly #name: string;
  /** Undefined: none were given, and what is stored counts. */
  readonly #givenMasks: readonly number[] | undefined;
  readonly #limit = new RateLimit();
  #isOutdated = false;
  #loaded: string | undefined;

  private constructor(folder: string, name: string, givenMasks: readonly number[] | undefined) {
    this.#folder = folder;
    this.#name = name;
    this.#givenMasks = givenMasks;
  }

  /** Checks that the folder is there and can be written to; changes nothing. */
  static open(
    folder: string,
    shelf: number,
    slot: number,
    givenMasks: readonly number[] | undefined,
  ): StateFile {
    checkFolder(folder, `Cannot keep state in "${folder}"`);
    return new StateFile(folder, `e${shelf}.${slot}.json`, givenMasks);
  }

  /**
   * Reads what was stored; empty where nothing was. A file that makes no sense is never taken for
   * an empty one, because a lost mask or reservation would open the disk: it throws.
   */
  load(): TargetState {
    const path = `${this.#folder}/${this.#name}`;
    const given = this.#givenMasks;
    const text = this.#read();
    this.#loaded = text;
    if (text === undefined) {
      // Given masks are stored at once: the next start may be without them, and must not serve all.
      this.#isOutdated = given !== undefined && given.length > 0;
      return { ...EMPTY_STATE, masks: given ?? [] };
    }
    const stored = parseState(text, path);
    if (given === undefined) return stored.state;
    // An empty list, to serve all, is never what was meant by the stored edits of clients.
    if (given.length > 0 && isSame(given, stored.givenMasks)) return stored.state;
    if (!isSame(given, stored.state.masks)) {
      log.warn(`The given --mask takes the place of the mask list stored in "${path}"`);
    }
    this.#isOutdated = true;
    return { ...stored.state, masks: given };
  }

  /**
   * Keeps other targets from the file until the result is disposed of, and stores a mask list that
   * is not stored yet: what was removed from it must not come back, and one that is left out at the
   * next start must still hold.
   */
  claim(): Disposable {
    const lock = LockFile.open(`${this.#folder}/${this.#name.replace(/json$/, "lock")}`);
    try {
      if (this.#read() !== this.#loaded) {
        throw new ConfigError("another target changed it just now; start again", this.#name);
      }
      if (this.#isOutdated) this.#write();
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Stores what `source` gives. Returns 0 or a negative errno; the old file then still stands. */
  save(): number {
    try {
      this.#write();
      return 0;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#limit.take() !== undefined) {
        log.error(`${error.message}; the change was not acknowledged`);
      }
      return -(error.errno || EIO);
    }
  }

  #read(): string | undefined {
    const bytes = readSmallFile(`${this.#folder}/${this.#name}`);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  #write(): void {
    const text = formatState({ state: this.source(), givenMasks: this.#givenMasks ?? [] });
    replaceFile(this.#folder, this.#name, new TextEncoder().encode(text));
  }
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
    throw wrong(path, `"version" is not ${FORMAT_VERSION}`);
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
  throw wrong(path, "it is not a JSON object");
}

function parseConfig(value: unknown, path: string): Uint8Array<ArrayBuffer> {
  if (typeof value === "string" && value.length <= CONFIG_BYTES_MAX) {
    const codes = Array.from(value, (character) => character.charCodeAt(0));
    if (codes.every((code) => code <= 0xff)) return Uint8Array.from(codes);
  }
  throw wrong(path, `"config" is not a text of up to ${CONFIG_BYTES_MAX} characters of one byte`);
}

function parseMacs(
  content: Record<string, unknown>,
  key: string,
  countMax: number,
  path: string,
): readonly number[] {
  const value = content[key];
  if (!Array.isArray(value) || value.length > countMax) {
    throw wrong(path, `"${key}" is not a list of up to ${countMax} MAC addresses`);
  }
  return value.map((text: unknown) => {
    const mac = typeof text === "string" ? parseMac(text) : undefined;
    if (mac === undefined) throw wrong(path, `"${key}" has ${JSON.stringify(text)}, no MAC`);
    return mac;
  });
}

function wrong(path: string, reason: string): ConfigError {
  return new ConfigError(
    `cannot read the stored state: ${reason}; mend the file, or remove it to start ` +
      "with no config string, no masks and no reservation",
    path,
  );
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((mac, index) => mac === other[index]);
}
