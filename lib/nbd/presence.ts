/**
 * Whether the disk is there, and is still the one that was opened: after an absence another one may
 * answer for its address, which must not be written to.
 *
 * @module
 */
import { areDifferent } from "../client/disk_path.ts";
import type { Device, Identification, Initiator } from "../client/initiator.ts";
import { DiskError, RefusedError } from "../client/target_error.ts";
import { SystemError, TimeoutError } from "../error.ts";
import { log } from "../log.ts";
import { formatAddress } from "../wire/address.ts";
import { CONFIG_HEADER_SIZE } from "../wire/config.ts";
import { Command, Frame } from "../wire/frame.ts";
import { Errno } from "./constants.ts";
import { NbdError } from "./disk.ts";

/** An interface that may lead to the disk. */
export interface Way {
  /** Its name. */
  readonly name: string;
  /** Opens an initiator on it that waits so long for each answer in milliseconds. */
  open(patienceMs: number): Initiator;
}

/** A way to the disk. */
export interface OpenPath {
  /** The interface. */
  readonly initiator: Initiator;
  /** What answers there. */
  readonly device: Device;
  /** By which way. */
  readonly way: Way;
}

/** Which targets may be the disk's. */
export interface Targets {
  /** MACs by which the disk was found when it was opened. */
  readonly macs: readonly number[];
  /** Whether no other MAC is the disk's; else one with the same description is taken for it. */
  readonly isOnly: boolean;
}

/** How long a single command is waited for before it is asked whether the disk is there at all. */
export const ATTEMPT_MS = 4000;
/** After so long without a word from it the disk is looked at before it is used. */
const IDLE_MS = 2000;
/** How long answers to the question who has its address are waited for. */
const FIND_MS = 300;
/** Pause between two looks that failed. */
const PAUSE_MS = 500;
/** Time between two log lines that say the same. */
const LOG_MS = 30_000;

/** Where a disk is. */
export class Presence implements Disposable {
  readonly #ways: readonly Way[];
  readonly #shelf: number;
  readonly #slot: number;
  readonly #known: Identification;
  readonly #targets: Targets;
  #path: OpenPath;
  #doubt: "none" | "idle" | "lost" = "none";
  #heardMs = performance.now();
  #look: Promise<void> | undefined;
  #isOther = false;
  #isAway = false;
  #nextLogMs = 0;
  #isClosed = false;

  /** The disk that described itself as `known` by `path`, and may be found by all `ways`. */
  constructor(ways: readonly Way[], path: OpenPath, known: Identification, targets: Targets) {
    this.#targets = targets;
    this.#ways = ways;
    this.#path = path;
    this.#shelf = path.device.shelf;
    this.#slot = path.device.slot;
    this.#known = known;
    this.#listen(path);
  }

  /** Whether nothing has made it doubtful that `path` leads to the disk. */
  isSure(path: OpenPath): boolean {
    return this.#doubt === "none" && path === this.#path;
  }

  /** The way that was used last. */
  get latest(): OpenPath {
    return this.#path;
  }

  /** The disk answered. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  /** The disk did not answer by `path`. */
  doubt(path: OpenPath): void {
    if (path === this.#path) this.#doubt = "lost";
  }

  /**
   * The way to the disk, as soon as it is sure to be the one that was opened. Throws TimeoutError
   * where it is not there until `deadlineMs`, and NbdError where another one is, or `signal` says
   * that nobody waits any more.
   */
  async path(deadlineMs: number, signal?: AbortSignal): Promise<OpenPath> {
    const isIdle = performance.now() - this.#heardMs > IDLE_MS;
    if (isIdle && this.#doubt === "none") this.#doubt = "idle";
    while (!this.#isCertain) {
      if (performance.now() >= deadlineMs || this.#isClosed) {
        throw new TimeoutError("The target does not answer");
      }
      this.#look ??= this.#lookAround().finally(() => this.#look = undefined);
      await this.#look;
      if (signal?.aborted === true) throw new NbdError(Errno.EIO, "the client has gone");
      if (this.#isOther) throw new NbdError(Errno.EIO, "another disk answers for its address");
    }
    return this.#path;
  }

  async #lookAround(): Promise<void> {
    const startMs = performance.now();
    // What was lost may be the old way: the interface, its MTU or the target's may have changed.
    const stays = this.#doubt === "idle" && await this.#inspect(this.#path);
    const found = stays ? this.#path : await this.#search();
    if (found !== undefined && !this.#isClosed) {
      this.#use(found);
      return;
    }
    const isTime = startMs > this.#nextLogMs;
    if (isTime) this.#nextLogMs = startMs + LOG_MS;
    if (this.#isOther) {
      if (isTime) log.error(`${this.#name} is another disk now: it is not used`);
    } else if (isTime) log.warn(`${this.#name} does not answer`);
    this.#isAway = true;
    this.#doubt = "lost";
    const restMs = PAUSE_MS - (performance.now() - startMs);
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }

  /** The first way of all to the disk. */
  async #search(): Promise<OpenPath | undefined> {
    this.#isOther = false;
    const tries = this.#ways.map((way) => this.#tryWay(way));
    try {
      const first = await Promise.any(tries);
      for (const other of tries) {
        other.then((path) => path !== first && path.initiator[Symbol.dispose](), () => {});
      }
      return first;
    } catch (error) {
      for (const one of error instanceof AggregateError ? error.errors : [error]) rethrowBug(one);
      return undefined;
    }
  }

  /** The disk by one interface, where others may answer for its address too. */
  async #tryWay(way: Way): Promise<OpenPath> {
    const initiator = way.open(ATTEMPT_MS);
    try {
      const devices = await initiator.findAll(this.#shelf, this.#slot, FIND_MS);
      for (const device of this.#candidates(devices)) {
        const path = { initiator, device, way };
        if (!this.#isClosed && await this.#inspect(path)) return path;
      }
      throw new TimeoutError("The disk is not there");
    } catch (error) {
      initiator[Symbol.dispose]();
      throw error;
    }
  }

  /** Those that may be the disk's, first the ones that were. */
  #candidates(devices: readonly Device[]): readonly Device[] {
    const { macs, isOnly } = this.#targets;
    const known = devices.filter(({ mac }) => macs.includes(mac));
    return isOnly ? known : [...known, ...devices.filter(({ mac }) => !macs.includes(mac))];
  }

  /** Whether the disk that was opened answers by `path`. */
  async #inspect(path: OpenPath): Promise<boolean> {
    try {
      const isOther = areDifferent(await path.initiator.identify(path.device), this.#known);
      if (isOther) this.#isOther = true;
      return !isOther;
    } catch (error) {
      rethrowBug(error);
      return false;
    }
  }

  #use(path: OpenPath): void {
    if (path !== this.#path) {
      this.#path.initiator[Symbol.dispose]();
      this.#path = path;
      this.#listen(path);
    }
    if (this.#isAway) log.info(`${this.#name} is back`);
    this.#isAway = false;
    this.#isOther = false;
    this.#nextLogMs = 0;
    this.#doubt = "none";
    this.heard();
  }

  /** A target says that it is there when it starts: it may be another one. */
  #listen(path: OpenPath): void {
    path.initiator.link.unasked = (bytes) => {
      if (bytes.length < CONFIG_HEADER_SIZE) return;
      const frame = new Frame(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const isOurs = frame.shelf === this.#shelf && frame.slot === this.#slot;
      if (isOurs && frame.command === Command.CONFIG && frame.tag === 0) this.doubt(path);
    };
  }

  get #isCertain(): boolean {
    return this.#doubt === "none";
  }

  get #name(): string {
    return formatAddress({ shelf: this.#shelf, slot: this.#slot });
  }

  /** Closes the interface; who waits is told that the disk does not answer. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#doubt = "lost";
    this.#path.initiator[Symbol.dispose]();
  }
}

/** Passes on what no target, network or kernel can cause. */
function rethrowBug(error: unknown): void {
  const isExpected = error instanceof TimeoutError || error instanceof SystemError ||
    error instanceof RefusedError || error instanceof DiskError;
  if (!isExpected) throw error;
}
