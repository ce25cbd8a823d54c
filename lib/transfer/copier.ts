/**
 * Copies pieces from a source to a destination, several under way at a time, and knows how far
 * everything is done.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import type { Destination, Source } from "./place.ts";
import { ReadAhead } from "./read_ahead.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** How many pieces are written at a time. */
const WRITES_MAX = 4;

/** What is to be copied. Offsets and sizes are bytes. */
export interface CopyJob {
  /** Where from. */
  readonly source: Source;
  /** First byte there. */
  readonly sourceOffset: number;
  /** Where to. */
  readonly destination: Destination;
  /** First byte there. */
  readonly destinationOffset: number;
  /** How much; undefined: all until the source ends. */
  readonly length: number | undefined;
  /** How much of it is done already. */
  readonly from: number;
  /** Called with each piece, in order. */
  readonly see: (bytes: Uint8Array) => void;
  /** Called whenever more is done. */
  readonly progress: (done: number) => void;
  /** Called now and then with how much is done. */
  readonly checkpoint: ((done: number) => Promise<void>) | undefined;
  /** How long after the last checkpoint the next one begins. */
  readonly checkpointMs: number;
  /** Ends the copy early. */
  readonly signal: AbortSignal;
}

interface Writing {
  readonly end: number;
  promise: Promise<void>;
  isDone: boolean;
}

/** One copy. */
export class Copier {
  readonly #job: CopyJob;
  readonly #writes: Writing[] = [];
  /** Ends the wait for a read, which a stream may never answer. */
  readonly #halt = new AbortController();
  #failure: { readonly error: unknown } | undefined;
  #checkpoint: Promise<void> | undefined;
  #checkedMs = performance.now();
  #done: number;

  /** Begins with nothing. */
  constructor(job: CopyJob) {
    this.#job = job;
    this.#done = job.from;
  }

  /** Up to here, from the beginning of the copy on, every byte was acknowledged. */
  get done(): number {
    return this.#done;
  }

  /**
   * Copies; false where the signal ended it early. Nothing is under way any more when it returns or
   * throws, but reads.
   */
  async run(): Promise<boolean> {
    let isComplete = false;
    try {
      isComplete = await this.#copy();
    } finally {
      await Promise.allSettled(this.#writes.map(({ promise }) => promise));
      await this.#checkpoint;
    }
    this.#throwFailure(); // a stop does not hide one
    return isComplete;
  }

  async #copy(): Promise<boolean> {
    const { source, sourceOffset, length, from, signal } = this.#job;
    const rest = length === undefined ? undefined : length - from;
    const pieces = new ReadAhead(source, { start: sourceOffset + from, length: rest });
    const ended = AbortSignal.any([signal, this.#halt.signal]);
    let at = from;
    for (;;) {
      const piece = await unlessAborted(pieces.next(), ended);
      if (ended.aborted) return false;
      if (piece === undefined) break;
      await this.#pass(piece, at, () => pieces.release(piece));
      at += piece.length;
    }
    await Promise.all(this.#writes.map(({ promise }) => promise));
    await this.#checkpoint;
    if (length === undefined || at === length) return true;
    throw new SystemError(
      `${source.name} ended after ${at} bytes, ${length - at} before what was asked for`,
      "read",
      0,
    );
  }

  async #pass(
    piece: Uint8Array<ArrayBuffer>,
    at: number,
    release: () => void,
  ): Promise<void> {
    const { destination, destinationOffset, see } = this.#job;
    const room = (destination.capacity ?? Infinity) - destinationOffset - at;
    const bytes = piece.length > room ? piece.subarray(0, room) : piece;
    see(bytes);
    if (bytes.length > 0) this.#write(bytes, at, release);
    if (bytes.length < piece.length) await this.#refuseRest(at + bytes.length);
    const most = destination.inOrder ? 1 : WRITES_MAX;
    while (this.#writes.length >= most) await this.#writes[0]?.promise;
  }

  #write(bytes: Uint8Array<ArrayBuffer>, at: number, release: () => void): void {
    const { destination, destinationOffset } = this.#job;
    const write = async (): Promise<void> => {
      try {
        await destination.write(bytes, destinationOffset + at);
        writing.isDone = true;
        release();
        this.#advance();
      } catch (error) {
        this.#fail(error);
        // Taken off only when the copy ends: what comes behind it does not count as done.
        throw error;
      }
    };
    const writing: Writing = { end: at + bytes.length, promise: Promise.resolve(), isDone: false };
    this.#writes.push(writing);
    writing.promise = write();
    writing.promise.catch(() => {}); // #failure has it
  }

  /** Counts what is done without a gap. */
  #advance(): void {
    const { progress, checkpoint, checkpointMs } = this.#job;
    for (let first = this.#writes[0]; first?.isDone; first = this.#writes[0]) {
      this.#done = first.end;
      this.#writes.shift();
    }
    progress(this.#done);
    const nowMs = performance.now();
    if (this.#failure !== undefined || this.#checkpoint !== undefined) return;
    if (nowMs < this.#checkedMs + checkpointMs) return;
    this.#checkpoint = checkpoint?.(this.#done).catch((error) => this.#fail(error)).finally(() => {
      this.#checkedMs = performance.now();
      this.#checkpoint = undefined;
    });
  }

  async #refuseRest(done: number): Promise<void> {
    await Promise.all(this.#writes.map(({ promise }) => promise));
    const { source, destination } = this.#job;
    throw new SystemError(
      `${source.name} has more than ${destination.name} can take: all ${done} bytes that fit ` +
        "were written, the rest was not",
      "write",
      0,
    );
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#halt.abort();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
