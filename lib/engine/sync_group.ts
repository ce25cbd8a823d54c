/**
 * One sync for many requests (docs/protocol.md, "Durability"). A request waits for a sync that
 * begins after it came; one sync runs at a time, and covers all that waited when it began.
 *
 * @module
 */
import type { Request } from "../target/request.ts";

/** The requests that wait for a sync. */
export class SyncGroup {
  /** What came since the running sync began. */
  #waiting: Request[] = [];
  /** What the running sync covers, or the last one that ended. */
  #covered: Request[] = [];
  /** How many of the covered were taken. */
  #takenCount = 0;
  #isRunning = false;
  #result = 0;

  /** Whether a sync is under way. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether {@linkcode take} has something to return. */
  get hasEnded(): boolean {
    return !this.#isRunning && this.#takenCount < this.#covered.length;
  }

  /** The outcome for what {@linkcode take} returns: 0 or a negative errno. */
  get result(): number {
    return this.#result;
  }

  /** A request needs a sync that begins from now on. */
  add(request: Request): void {
    this.#waiting.push(request);
  }

  /**
   * Whether a sync must be submitted now; the group takes it for begun. After one has failed there
   * is no other: the kernel would report success though the data is lost, so what waits ends with
   * that failure.
   */
  begin(): boolean {
    if (this.#isRunning || this.hasEnded || this.#waiting.length === 0) return false;
    const waiting = this.#waiting;
    this.#waiting = this.#covered;
    this.#waiting.length = 0;
    this.#covered = waiting;
    this.#takenCount = 0;
    this.#isRunning = this.#result === 0;
    return this.#isRunning;
  }

  /** The sync that was begun has ended with 0 or a negative errno. */
  end(result: number): void {
    this.#isRunning = false;
    this.#result = result;
  }

  /** The next request whose sync has ended; null: none. */
  take(): Request | null {
    return !this.hasEnded ? null : this.#covered[this.#takenCount++] ?? null;
  }
}
