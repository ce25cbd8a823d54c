/**
 * Waiting for frames on several sockets at once (poll(2)).
 *
 * @module
 */
import { POLLFD, POLLIN } from "./abi.ts";
import { libc, negativeErrno } from "./libc.ts";

/** A fixed number of places for descriptors. */
export class PollSet {
  readonly #view: DataView;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #count: bigint;

  /** With `count` places, all empty. */
  constructor(count: number) {
    this.#bytes = new Uint8Array(count * POLLFD.SIZE);
    this.#view = new DataView(this.#bytes.buffer);
    this.#count = BigInt(count);
    for (let index = 0; index < count; index++) {
      this.#view.setInt16(index * POLLFD.SIZE + POLLFD.EVENTS, POLLIN, true);
      this.watch(index, -1);
    }
  }

  /** Puts a descriptor into place `index`; -1 empties it, and it is never ready. */
  watch(index: number, fd: number): void {
    this.#view.setInt32(index * POLLFD.SIZE + POLLFD.FD, fd, true);
  }

  /**
   * Waits up to `timeoutMs` until a descriptor is ready.
   *
   * @returns how many are; or a negative errno, -EINTR for a signal: then none is
   */
  wait(timeoutMs: number): number {
    const count = libc().poll(this.#bytes, this.#count, timeoutMs);
    return count >= 0 ? count : negativeErrno();
  }

  /** Waits on another thread, so that the event loop goes on; {@linkcode events} tells for what. */
  async waitAsync(timeoutMs: number): Promise<void> {
    await libc().pollAsync(this.#bytes, this.#count, timeoutMs);
  }

  /** What the last wait found in place `index`: POLLIN, POLLERR. */
  events(index: number): number {
    return this.#view.getInt16(index * POLLFD.SIZE + POLLFD.REVENTS, true);
  }

  /** Whether the last wait found a frame or an error in place `index`; a receive tells which. */
  isReady(index: number): boolean {
    return this.events(index) !== 0;
  }

  /** Notes that nothing more is to be had in place `index`. */
  clear(index: number): void {
    this.#view.setInt16(index * POLLFD.SIZE + POLLFD.REVENTS, 0, true);
  }
}
