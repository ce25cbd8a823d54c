/**
 * Locks of open file descriptions (fcntl(2), "Open file description locks"): they belong to the
 * opened file, not to the process, and end with it, however it ends.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { F_OFD_SETLK, F_RDLCK, F_WRLCK, FLOCK, O_CLOEXEC, O_CREAT, O_RDWR } from "./abi.ts";
import { EACCES, EAGAIN, systemError } from "./errno.ts";
import { check, errno, libc, toCString } from "./libc.ts";

/** What to lock, and how. */
export interface LockRange {
  /** Whether others may hold a lock of the same kind. */
  readonly shared: boolean;
  /** First byte. */
  readonly offset: number;
  /** Size in bytes; 0: to the end, wherever that is. */
  readonly length: number;
}

/** Locks without waiting; false where another process holds it; throws for all else. */
export function tryLock(fd: number, range: LockRange, action: string): boolean {
  const bytes = new Uint8Array(FLOCK.SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt16(FLOCK.TYPE, range.shared ? F_RDLCK : F_WRLCK, true);
  view.setBigInt64(FLOCK.START, BigInt(range.offset), true);
  view.setBigInt64(FLOCK.LENGTH, BigInt(range.length), true);
  if (libc().fcntl(fd, F_OFD_SETLK, bytes) >= 0) return true;
  const error = errno();
  if (error === EAGAIN || error === EACCES) return false;
  throw systemError(action, "fcntl", error, "give --shared to go on without a lock");
}

/** A file that stands for something that one process may have at a time. */
export class LockFile implements Disposable {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Makes the file where it is missing, and locks it; throws where another process holds it. */
  static open(path: string): LockFile {
    const action = `Cannot lock "${path}"`;
    const flags = O_RDWR | O_CREAT | O_CLOEXEC;
    const fd = check(libc().open(toCString(path), flags, 0o600), "open", action);
    try {
      if (tryLock(fd, { shared: false, offset: 0, length: 0 }, action)) return new LockFile(fd);
      throw new SystemError(`${action}: another target holds it; stop that one`, "fcntl", EAGAIN);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /** Gives the lock up; the file stays. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}
