/**
 * A bell that one thread rings and another waits for (eventfd(2)): the only way to wake a thread
 * that waits in poll(2), as no message of JavaScript reaches it there.
 *
 * @module
 */
import { EFD_CLOEXEC, EFD_NONBLOCK } from "./abi.ts";
import { check, libc } from "./libc.ts";

/** A bell. It stays rung until it is cleared, however often it rings. */
export class EventFd implements Disposable {
  #fd: number;
  readonly #owned: boolean;
  /** Takes the count, which nobody needs. */
  readonly #count = new BigUint64Array(1);

  private constructor(fd: number, owned: boolean) {
    this.#fd = fd;
    this.#owned = owned;
  }

  /** Makes a bell that is silent. Throws {@linkcode SystemError}. */
  static open(): EventFd {
    const fd = libc().eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return new EventFd(check(fd, "eventfd", "Cannot make an event descriptor"), true);
  }

  /**
   * The bell that another thread of this process made and that is its own: it must not be disposed
   * of there while it is used here, because its number may be another file's afterwards.
   */
  static of(fd: number): EventFd {
    return new EventFd(fd, false);
  }

  /** To wait for: readable when it has rung. It is also what {@linkcode EventFd.of} takes. */
  get fd(): number {
    return this.#fd;
  }

  /** Rings. */
  signal(): void {
    libc().eventfd_write(this.#fd, 1n); // fails only after 2⁶⁴ - 2 rings without a clear
  }

  /** Makes it silent; one that is silent stays so. */
  clear(): void {
    libc().eventfd_read(this.#fd, this.#count); // fails where it has not rung
  }

  /** Closes it where it was made here. */
  [Symbol.dispose](): void {
    if (this.#owned && this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}
