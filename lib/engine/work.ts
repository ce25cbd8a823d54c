/**
 * Carries the target's verdicts out while many requests are under way: what can be done at once is,
 * what must wait for the disk is begun, and what has ended goes on. It knows neither sockets nor
 * files, so that the simulator runs it too.
 *
 * @module
 */
import type { Request, Verdict } from "../target/request.ts";
import type { Target } from "../target/target.ts";
import { SyncGroup } from "./sync_group.ts";

/** What {@linkcode AsyncDisk.attempt} and {@linkcode AsyncDisk.begin} say of work that goes on. */
export const PENDING = 1;

/** A disk whose work may take its time. */
export interface AsyncDisk {
  /** Whether it is worth the while to {@linkcode attempt} the work for `verdict`. */
  attempts(verdict: Verdict): boolean;
  /**
   * Does the work for `verdict` if that needs no waiting: returns 0 or a negative errno; or
   * {@linkcode PENDING} where nothing was done, because it would wait.
   */
  attempt(request: Request, verdict: Verdict): number;
  /** Begins the work; 0 or a negative errno: it ended at once; {@linkcode PENDING}: later. */
  begin(request: Request, verdict: Verdict): number;
  /** Begins a sync; a result as of {@linkcode begin}. */
  beginSync(): number;
  /** Looks for work that has ended. True: `ended` and `result` say which. */
  take(): boolean;
  /** The request whose work ended; null: the sync. */
  readonly ended: Request | null;
  /** Its outcome: 0 or a negative errno. */
  readonly result: number;
  /**
   * How the sync went that was part of its write: 0 or a negative errno; {@linkcode PENDING}: there
   * was none.
   */
  readonly syncResult: number;
}

/** The memory of frames and the way out. */
export interface Frames {
  /** The request that came in is not dropped. */
  accept(request: Request): void;
  /** The request goes on later: its frame must lie where nothing else is received. */
  keep(request: Request, verdict: Verdict): void;
  /** Sends `request.replySize` bytes of its frame by its port, now or with the next ones. */
  send(request: Request): void;
  /** Sends what waits to be sent. */
  flush(): void;
  /** The request has ended. */
  free(request: Request): void;
  /** A free request to write an advertisement into; null: none is free. */
  borrow(): Request | null;
}

/** The requests of one target on their way. */
export class Work {
  readonly #target: Target;
  readonly #disk: AsyncDisk;
  readonly #frames: Frames;
  readonly #syncs = new SyncGroup();

  /** Nothing is under way yet. */
  constructor(target: Target, disk: AsyncDisk, frames: Frames) {
    this.#target = target;
    this.#disk = disk;
    this.#frames = frames;
  }

  /** A frame came in: `request` looks at it. */
  arrive(request: Request): void {
    const verdict = this.#target.handle(request);
    if (verdict !== "drop") this.#frames.accept(request);
    this.#carryOut(request, verdict);
  }

  /**
   * Goes on with what ended, `endedMax` at most, and with what may run now. Returns how many went
   * on; while it is not 0 there may be more.
   */
  advance(endedMax = Infinity): number {
    let count = 0;
    while (count < endedMax && this.#disk.take()) {
      const ended = this.#disk.ended;
      if (ended === null) this.#syncs.end(this.#disk.result);
      else this.#goOn(ended, this.#disk.result, this.#disk.syncResult);
      count++;
    }
    this.#sync();
    count += this.#takeNext();
    this.#sync(); // for durable writes among what went on just now
    return count;
  }

  /** What the target has to say or do by itself: released requests, advertisements. */
  #takeNext(): number {
    for (let count = 0;; count++) {
      const free = this.#frames.borrow();
      if (free === null) return count;
      const request = this.#target.next(free);
      if (request !== free) this.#frames.free(free);
      if (request === null) return count;
      this.#carryOut(request, request.verdict);
    }
  }

  #goOn(request: Request, result: number, syncResult = PENDING): void {
    const verdict = this.#target.complete(request, result);
    const isSynced = verdict === "flush" && syncResult !== PENDING;
    this.#carryOut(request, isSynced ? this.#target.complete(request, syncResult) : verdict);
  }

  #carryOut(request: Request, first: Verdict): void {
    let verdict = first;
    for (;;) {
      switch (verdict) {
        case "drop":
          this.#frames.free(request);
          return;
        case "wait":
          this.#frames.keep(request, verdict);
          return;
        case "reply":
          this.#frames.send(request);
          // The frame is about to name the next one who asked for the same.
          if (request.isShared) this.#frames.flush();
          verdict = this.#target.sent(request);
          break;
        case "flush":
          this.#frames.keep(request, verdict);
          this.#syncs.add(request);
          return;
        default: {
          const result = this.#act(request, verdict);
          if (result === PENDING) return;
          verdict = this.#target.complete(request, result);
        }
      }
    }
  }

  #act(request: Request, verdict: Verdict): number {
    if (this.#disk.attempts(verdict)) {
      const result = this.#disk.attempt(request, verdict);
      if (result !== PENDING) return result;
    }
    this.#frames.keep(request, verdict);
    return this.#disk.begin(request, verdict);
  }

  /** Ends what the last sync covered, and begins one for what came meanwhile. */
  #sync(): void {
    for (;;) {
      for (let request = this.#syncs.take(); request !== null; request = this.#syncs.take()) {
        this.#goOn(request, this.#syncs.result);
      }
      if (this.#syncs.begin()) {
        const result = this.#disk.beginSync();
        if (result === PENDING) return;
        this.#syncs.end(result);
      } else if (!this.#syncs.hasEnded) {
        return;
      }
    }
  }
}
