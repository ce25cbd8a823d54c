/**
 * Where the ring engine waits, in one place: for frames of its ports, for what else is watched, and
 * for the disk. With io_uring that is one wait for all; without it nothing is under way but frames.
 *
 * @module
 */
import { ETIME } from "../../ffi/errno.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import type { Uring } from "../../ffi/uring.ts";
import type { RingPort } from "./ring_port.ts";

/** From here on the marks of completions are those of watches. */
export const OTHER = 0x1000000;

/** A descriptor that somebody else reads. */
interface Other {
  readonly fd: number;
  readonly mark: number;
  readonly note: () => void;
  isWatched: boolean;
}

/** See above. */
export class WatchList {
  /** Whether something that is no port was ready since it was last taken back. */
  isCalled = false;
  readonly #uring: Uring | undefined;
  readonly #others: Other[] = [];
  readonly #ports = new Map<number, RingPort>();
  #pollSet = new PollSet(0);
  #pollSize = 0;
  #lastMark = OTHER;

  /** Watches nothing yet. */
  constructor(uring: Uring | undefined) {
    this.#uring = uring;
  }

  /** Watches a descriptor; `note` is called when there is something to read, and reads it all. */
  add(fd: number, note: () => void): void {
    this.#others.push({ fd, note, mark: this.#lastMark++, isWatched: false });
  }

  /** Gives a port the mark of its watches. */
  join(port: RingPort): number {
    const mark = this.#lastMark++;
    this.#ports.set(mark, port);
    return mark;
  }

  /** The port is no more. */
  leave(mark: number): void {
    this.#ports.delete(mark);
  }

  /** Ends the watch of an old ring, which alone would keep its socket open. */
  unwatch(mark: number): void {
    const uring = this.#uring;
    if (uring?.room === 0) uring.enter(0);
    uring?.unwatch(mark);
  }

  /** A watch ended. */
  note(mark: number, result: number): void {
    const port = this.#ports.get(mark);
    if (port !== undefined) port.noteReady(result);
    else this.#noteOther(this.#others.find((other) => other.mark === mark));
  }

  #noteOther(other: Other | undefined): void {
    if (other === undefined) return;
    other.isWatched = false;
    this.isCalled = true;
    other.note();
  }

  /** Waits for the disk, what else is watched, and frames of `ports`; 0 or a negative errno. */
  wait(timeoutMs: number, ports: readonly RingPort[]): number {
    if (this.#uring === undefined) return this.#waitForFrames(timeoutMs, ports);
    for (let index = 0; index < ports.length; index++) {
      const port = ports[index];
      const ring = port?.ring;
      if (port === undefined || ring === undefined || port.isWatched) continue;
      this.#uring.watch(ring.fd, port.mark);
      port.isWatched = true;
    }
    for (let index = 0; index < this.#others.length; index++) {
      const other = this.#others[index];
      if (other === undefined || other.isWatched) continue;
      this.#uring.watch(other.fd, other.mark);
      other.isWatched = true;
    }
    return this.#uring.enter(timeoutMs);
  }

  #waitForFrames(timeoutMs: number, ports: readonly RingPort[]): number {
    const size = ports.length + this.#others.length;
    if (size !== this.#pollSize) this.#pollSet = new PollSet(size);
    this.#pollSize = size;
    for (let index = 0; index < ports.length; index++) {
      this.#pollSet.watch(index, ports[index]?.ring?.fd ?? -1);
    }
    for (let index = 0; index < this.#others.length; index++) {
      this.#pollSet.watch(ports.length + index, this.#others[index]?.fd ?? -1);
    }
    const found = this.#pollSet.wait(Math.ceil(timeoutMs));
    if (found <= 0) return found === 0 ? -ETIME : found;
    for (let index = 0; index < ports.length; index++) {
      ports[index]?.noteReady(this.#pollSet.events(index));
    }
    for (let index = 0; index < this.#others.length; index++) {
      if (this.#pollSet.isReady(ports.length + index)) this.#noteOther(this.#others[index]);
    }
    return 0;
  }
}
