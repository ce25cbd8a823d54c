/**
 * What outlives a restart, as a readable file: `e{shelf}.{slot}.json` in the state folder, with
 * the config string (a character a byte), mask list and reservation. It is on disk before a change
 * is acknowledged.
 *
 * @module
 */
import { EIO } from "../../ffi/errno.ts";
import { checkFolder } from "../../ffi/file_info.ts";
import { replaceFile } from "../../ffi/small_file.ts";
import { assert } from "../assert.ts";
import { ConfigError, SystemError } from "../error.ts";
import { log } from "../log.ts";
import { RateLimit } from "../rate_limit.ts";
import type { TargetState } from "../target/settings.ts";
import { formatAddress } from "../wire/address.ts";
import { lockState } from "./state_lock.ts";
import {
  clearAside,
  findAside,
  putAside,
  type Reading,
  readState,
  type Unreadable,
} from "./state_reading.ts";
import { EMPTY_STATE, formatState, isSure, type StoredState } from "./state_text.ts";

/** What {@linkcode StateFile.load} found. */
export interface LoadedState {
  /** What to begin with. */
  readonly state: TargetState;
  /** What cannot be read and waits for a decision: the target is to be undecided. */
  readonly setAside: Unreadable | undefined;
}

/** The state file of one export. */
export class StateFile {
  /** Where `save` and `claim` take the state from. */
  source: () => TargetState = () => this.initial;
  readonly #folder: string;
  readonly #shelf: number;
  readonly #slot: number;
  /** Undefined: none were given, and what is stored counts. */
  readonly #givenMasks: readonly number[] | undefined;
  readonly #limit = new RateLimit();
  #isOutdated = false;
  #reading: Reading | undefined;
  #setAside: Unreadable | undefined;

  private constructor(
    folder: string,
    shelf: number,
    slot: number,
    givenMasks: readonly number[] | undefined,
  ) {
    this.#folder = folder;
    this.#shelf = shelf;
    this.#slot = slot;
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
    return new StateFile(folder, shelf, slot, givenMasks);
  }

  /** Where it is. */
  get path(): string {
    return `${this.#folder}/${this.#name}`;
  }

  /** What a target begins with that nothing is stored for. */
  get initial(): TargetState {
    return { ...EMPTY_STATE, masks: this.#givenMasks ?? [] };
  }

  /** What waits for a decision; undefined: nothing. */
  get setAside(): Unreadable | undefined {
    return this.#setAside;
  }

  /**
   * Reads what was stored; empty where nothing was. What makes no sense is never taken for an empty
   * state, because a lost mask or reservation would open the disk: it is told, and
   * {@linkcode claim} keeps it beside the file. Changes nothing.
   *
   * @param carried what the export left whose place is taken: it counts, whatever became of the
   *     file since
   */
  load(carried?: StoredState): LoadedState {
    const reading = readState(this.path);
    this.#reading = reading;
    this.#setAside = reading.trouble ?? findAside(this.#folder, this.#name) ??
      this.#loss(reading, carried);
    const stored = this.#setAside === undefined
      ? this.#choose(reading.stored, carried)
      : reading.stored;
    const given = this.#givenMasks ?? [];
    const state = stored === undefined ? this.initial : withGiven(stored, this.#givenMasks);
    // Masks are stored at once: the next start may be without them, and must not serve all.
    this.#isOutdated = stored !== reading.stored ||
      !isSame(state.masks, stored?.state.masks ?? []) ||
      (this.#givenMasks !== undefined && !isSame(given, stored?.givenMasks ?? []));
    if (stored !== undefined && !isSame(state.masks, stored.state.masks)) {
      log.warn(`The given mask list takes the place of the mask list stored in "${this.path}"`);
    }
    return { state, setAside: this.#setAside };
  }

  /** What could not be read, and is not there at all by now, is no empty state either. */
  #loss({ text }: Reading, carried: StoredState | undefined): Unreadable | undefined {
    if (text !== undefined || carried === undefined || isSure(carried.state)) return undefined;
    return {
      path: this.path,
      reason: "it is missing, and it could not be read before",
      content: "",
    };
  }

  /** What the file says, or what it should say. */
  #choose(
    found: StoredState | undefined,
    carried: StoredState | undefined,
  ): StoredState | undefined {
    if (carried === undefined || !isSure(carried.state)) return found;
    if (found === undefined ? isBlank(carried) : isSameState(found.state, carried.state)) {
      return found;
    }
    const name = this.#address;
    const what = found === undefined ? "is missing" : `is not what ${name} left`;
    log.error(`The state in "${this.path}" ${what}: what ${name} left is stored again`);
    return carried;
  }

  /** The same for who does without a state that waits for a decision: throws. */
  read(): TargetState {
    const { state, setAside } = this.load();
    if (setAside === undefined) return state;
    throw new ConfigError(
      `cannot read the stored state: ${setAside.reason}; mend the file, or remove it to start ` +
        "with no config string, no masks and no reservation",
      setAside.path,
    );
  }

  /**
   * Keeps other targets from the file until the result is disposed of. Puts aside what could not be
   * read; stores a mask list that is not stored yet: what was removed from it must not come back,
   * and one that is left out at the next start must still hold.
   */
  claim(): Disposable {
    const lock = lockState(this.#folder, this.#shelf, this.#slot);
    try {
      const { text, trouble } = readState(this.path);
      const before = this.#reading;
      assert(before !== undefined, "a state is claimed that was not loaded");
      if (text !== before.text || trouble?.reason !== before.trouble?.reason) {
        throw new ConfigError("another target changed it just now; start again", this.path);
      }
      if (this.#setAside !== undefined) this.#keepAside(this.#setAside);
      else if (this.#isOutdated) this.#write(this.source());
      return lock;
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** Stores a state. Returns 0 or a negative errno; the old file then still stands. */
  save(state: TargetState = this.source()): number {
    assert(this.#setAside === undefined, "nothing is stored over a state that could not be read");
    try {
      this.#write(state);
      return 0;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#limit.take() !== undefined) {
        log.error(`${error.message}; the change was not acknowledged`);
      }
      return -(error.errno || EIO);
    }
  }

  /**
   * An administrator does without what waits for a decision: the initial state is stored, and then
   * what lies aside gets a name under which it does not count. Returns the initial state. Throws
   * {@linkcode SystemError}; it waits for a decision still, then.
   */
  clear(): TargetState {
    const { initial } = this;
    if (this.#reading?.trouble !== undefined) putAside(this.#folder, this.#name);
    this.#reading = undefined;
    this.#write(initial);
    clearAside(this.#folder, this.#name);
    this.#setAside = undefined;
    return initial;
  }

  get #address(): string {
    return formatAddress({ shelf: this.#shelf, slot: this.#slot });
  }

  get #name(): string {
    return `${this.#address}.json`;
  }

  /** What cannot be moved is as good where it is. */
  #keepAside(trouble: Unreadable): void {
    let kept = trouble;
    if (this.#reading?.isUseless) {
      try {
        kept = { ...trouble, path: putAside(this.#folder, this.#name) };
        this.#reading = undefined;
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        log.error(error.message);
      }
    }
    this.#setAside = kept;
    const name = this.#address;
    const place = kept.path === this.path ? "" : `It is kept as "${kept.path}"; `;
    log.error(
      `Cannot read the state in "${this.path}": ${kept.reason}. ${place}` +
        `${name} refuses writes until "dblade state clear ${name}", or until the file is mended`,
    );
  }

  #write(state: TargetState): void {
    const text = formatState({ state, givenMasks: this.#givenMasks ?? [] });
    replaceFile(this.#folder, this.#name, new TextEncoder().encode(text));
    this.#isOutdated = false;
  }
}

/**
 * The state to go on with where masks are given (undefined: none are): those that were not given
 * before take the place of what clients made of the list since. Also for an export that takes the
 * place of another one of the same address where no state is stored.
 */
export function withGiven(
  { state, givenMasks }: StoredState,
  given: readonly number[] | undefined,
): TargetState {
  if (given === undefined) return state;
  // An empty list, to serve all, is never what was meant by the stored edits of clients.
  return given.length > 0 && isSame(given, givenMasks) ? state : { ...state, masks: given };
}

/** Whether it is what holds where no file was ever written. */
function isBlank({ state, givenMasks }: StoredState): boolean {
  return givenMasks.length === 0 && isSameState(state, EMPTY_STATE);
}

function isSameState(one: TargetState, other: TargetState): boolean {
  const [before, after] = [one, other].map((state) => formatState({ state, givenMasks: [] }));
  return before === after;
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((mac, index) => mac === other[index]);
}
