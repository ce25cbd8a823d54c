/**
 * Writing on and on to a file, a pipe or a standard stream, without being held up: a reader that
 * stopped reading is waited for on another thread, and one that went away is told of.
 *
 * @module
 */
import { O_CLOEXEC, O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY, POLLFD, POLLOUT } from "./abi.ts";
import { EAGAIN, EINTR, ENXIO, EPIPE, systemError } from "./errno.ts";
import { errno, libc, toCString } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import { sizeArgument } from "./size_argument.ts";
import { SAFE_WRITE_SIZE, takesWrites } from "./standard_stream.ts";

/** How long a wait for the reader lasts until it is asked whether to go on. */
const WAIT_MS = 50;
/** Permissions of a new file, less the umask. */
const MODE = 0o666;

/** Where bytes go, one after the other. */
export class OutputStream implements Disposable {
  readonly #fd: number;
  readonly #isOwn: boolean;
  readonly #action: string;
  readonly #memory = Mapping.open(SAFE_WRITE_SIZE);
  readonly #bytes = new Uint8Array(this.#memory.buffer);
  readonly #pointer = this.#memory.pointerAt(0);
  readonly #poll = new Uint8Array(POLLFD.SIZE);
  #closed = false;

  private constructor(fd: number, isOwn: boolean, name: string) {
    this.#fd = fd;
    this.#isOwn = isOwn;
    this.#action = `Cannot write to ${name}`;
    const view = new DataView(this.#poll.buffer);
    view.setInt32(POLLFD.FD, fd, true);
    view.setInt16(POLLFD.EVENTS, POLLOUT, true);
  }

  /** A new or emptied file, or a named pipe that has a reader; throws {@linkcode SystemError}. */
  static create(path: string): OutputStream {
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC;
    const fd = libc().open(toCString(path), flags, MODE);
    if (fd >= 0) return new OutputStream(fd, true, `"${path}"`);
    const error = errno();
    const remedy = error === ENXIO ? "if it is a pipe, start its reader first" : undefined;
    throw systemError(`Cannot open "${path}" for writing`, "open", error, remedy);
  }

  /** An open standard stream, see ffi/standard_stream.ts. */
  static standard(fd: number, name: string): OutputStream {
    return new OutputStream(fd, false, name);
  }

  /**
   * Writes all of `bytes`; waits for the reader as long as `goesOn` says so.
   *
   * @returns false where the reader is gone, or the wait was given up
   */
  async write(bytes: Uint8Array, goesOn: () => boolean): Promise<boolean> {
    for (let done = 0; done < bytes.length;) {
      while (!takesWrites(this.#fd, 0)) {
        if (!goesOn()) return false;
        await libc().pollAsync(this.#poll, 1n, WAIT_MS);
      }
      const part = bytes.subarray(done, done + SAFE_WRITE_SIZE);
      this.#bytes.set(part);
      const count = libc().write(this.#fd, this.#pointer, sizeArgument(part.length));
      if (count >= 0) {
        done += count;
        continue;
      }
      const error = errno();
      if (error === EPIPE) return false;
      if (error !== EAGAIN && error !== EINTR) throw systemError(this.#action, "write", error);
    }
    return true;
  }

  /** Closes the file; a standard stream stays open. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#isOwn) libc().close(this.#fd);
    this.#memory[Symbol.dispose]();
  }
}
