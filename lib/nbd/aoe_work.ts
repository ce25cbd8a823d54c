/**
 * Commands to a disk on the wire that are given up only after a time without any progress, whether
 * the target is away or the network.
 *
 * @module
 */
import { SystemError, TimeoutError } from "../error.ts";
import { log } from "../log.ts";
import { RateLimit } from "../rate_limit.ts";
import { Errno } from "./constants.ts";
import { NbdError } from "./disk.ts";
import { toNbdError } from "./disk_error.ts";
import type { OpenPath, Presence } from "./presence.ts";
import { Semaphore } from "./semaphore.ts";

/** Most sectors that are read or written together. */
export const PIECE_SECTORS_MAX = 512;
/** Most frames of them: requests take turns after each piece. */
const PIECE_FRAMES_MAX = 32;
/** Windows of frames that are handed on: while one is under way, the next one must be there. */
const WINDOWS = 2;

/** What a request does, for messages. */
export type Doing = "read" | "write" | "flush" | "trim";

/** One request. */
interface Job {
  readonly doing: Doing;
  readonly signal: AbortSignal | undefined;
  deadlineMs: number;
}

/** A request that takes several commands. */
export interface Pieces {
  /** What it does. */
  readonly doing: Doing;
  /** How many sectors it is about. */
  readonly total: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
  /** Most sectors of one command where that is one frame however many there are. */
  readonly pieceMax?: number;
}

/** All commands of one disk. */
export class AoeWork {
  readonly #presence: Presence;
  readonly #timeoutMs: number;
  readonly #window: Semaphore;
  /** Each kind by itself: that reads fail too says nothing of writes. */
  readonly #logged = {
    read: new RateLimit(),
    write: new RateLimit(),
    flush: new RateLimit(),
    trim: new RateLimit(),
  } satisfies Record<Doing, RateLimit>;

  /** The target takes `windowSize` frames; gives up after `timeoutMs` without progress. */
  constructor(presence: Presence, windowSize: number, timeoutMs: number) {
    this.#presence = presence;
    this.#window = new Semaphore(WINDOWS * windowSize);
    this.#timeoutMs = timeoutMs;
  }

  /** Runs one command; `run` is told how often it was tried before. */
  async once(
    doing: Doing,
    run: (path: OpenPath, attempt: number) => Promise<void>,
  ): Promise<void> {
    try {
      await this.#attempt(this.#begin(doing), run);
    } catch (error) {
      throw this.#explain(error, doing);
    }
  }

  /** Runs as many commands as it takes; all have ended when it has. */
  async inPieces(
    { doing, total, signal, pieceMax }: Pieces,
    run: (path: OpenPath, start: number, count: number) => Promise<void>,
  ): Promise<void> {
    const job = this.#begin(doing, signal);
    const running = new Set<Promise<void>>();
    const errors: unknown[] = [];
    for (let next = 0; next < total && errors.length === 0;) {
      const start = next;
      const { count, frames } = this.#nextPiece(total - start, pieceMax);
      await this.#window.acquire(frames);
      if (signal.aborted) errors.push(new NbdError(Errno.EIO, "the client has gone"));
      next += count;
      const attempt = errors.length > 0
        ? Promise.resolve()
        : this.#attempt(job, (path) => run(path, start, count));
      const piece = attempt.catch((error) => void errors.push(error)).finally(() => {
        this.#window.release(frames);
        running.delete(piece);
      });
      running.add(piece);
    }
    // A piece that is still written after the reply might undo what the client writes next.
    await Promise.all(running);
    if (errors.length > 0) throw signal.aborted ? errors[0] : this.#explain(errors[0], doing);
  }

  /** How many sectors are asked for together, and how many frames that takes. */
  #nextPiece(rest: number, pieceMax: number | undefined): { count: number; frames: number } {
    if (pieceMax !== undefined) return { count: Math.min(rest, pieceMax), frames: 1 };
    const { initiator, device } = this.#presence.latest;
    const inFrame = initiator.frameSectors(device);
    const most = Math.max(inFrame, Math.min(PIECE_SECTORS_MAX, PIECE_FRAMES_MAX * inFrame));
    const count = Math.min(rest, most);
    return { count, frames: Math.ceil(count / inFrame) };
  }

  #begin(doing: Doing, signal?: AbortSignal): Job {
    return { doing, signal, deadlineMs: performance.now() + this.#timeoutMs };
  }

  async #attempt(
    job: Job,
    run: (path: OpenPath, attempt: number) => Promise<void>,
  ): Promise<void> {
    for (let attempt = 0;; attempt++) {
      const path = await this.#presence.path(job.deadlineMs, job.signal);
      try {
        await run(path, attempt);
        this.#presence.heard();
        // Meanwhile a target may have said that it has just started: which one answered?
        if (!this.#presence.isSure(path)) await this.#presence.path(job.deadlineMs, job.signal);
        job.deadlineMs = performance.now() + this.#timeoutMs;
        return;
      } catch (error) {
        // SystemError: the frame is larger than the interface's MTU is now.
        if (!(error instanceof TimeoutError || error instanceof SystemError)) throw error;
        this.#presence.doubt(path);
        if (performance.now() >= job.deadlineMs) throw error;
      }
    }
  }

  #explain(error: unknown, doing: Doing): unknown {
    const told = toNbdError(error, doing);
    if (!(told instanceof NbdError)) return told;
    const suppressed = this.#logged[doing].take();
    if (suppressed !== undefined) {
      log.warn(
        told.message + (suppressed > 0 ? ` (and ${suppressed} more such errors before)` : ""),
      );
    }
    return told;
  }
}
