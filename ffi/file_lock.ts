/**
 * Locks of open file descriptions (fcntl(2), "Open file description locks"): they belong to the
 * opened file, not to the process, and end with it, however it ends.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import {
  F_OFD_SETLK,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  FLOCK,
  O_CLOEXEC,
  O_CREAT,
  O_RDWR,
} from "./abi.ts";
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
  const { shared, offset, length } = range;
  if (setLock(fd, shared ? F_RDLCK : F_WRLCK, offset, length) >= 0) return true;
  const error = errno();
  if (error === EAGAIN || error === EACCES) return false;
  throw systemError(action, "fcntl", error, "give --shared to go on without a lock");
}

/**
 * A file whose bytes stand for things that one process may have at a time: one descriptor serves
 * for any number of them. Nothing is ever written to it.
 */
export class LockFile implements Disposable {
  readonly #path: string;
  #fd: number;
  /** Offsets that are held: the kernel would give one that is ours a second time. */
  readonly #held: Set<number> = new Set();

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Makes the file where it is missing. */
  static open(path: string): LockFile {
    const flags = O_RDWR | O_CREAT | O_CLOEXEC;
    const fd = check(libc().open(toCString(path), flags, 0o600), "open", `Cannot lock "${path}"`);
    return new LockFile(path, fd);
  }

  /** How many bytes are locked. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** Locks the byte at `offset`, named `what`, or throws where another one holds it. */
  lock(offset: number, what: string): void {
    const action = `Cannot lock ${what} in "${this.#path}"`;
    const range = { shared: false, offset, length: 1 };
    if (this.#held.has(offset) || !tryLock(this.#fd, range, action)) {
      throw new SystemError(`${action}: another target holds it; stop that one`, "fcntl", EAGAIN);
    }
    this.#held.add(offset);
  }

  /** Gives the byte at `offset` up. */
  unlock(offset: number): void {
    if (!this.#held.delete(offset)) return;
    const action = `Cannot unlock "${this.#path}"`;
    check(setLock(this.#fd, F_UNLCK, offset, 1), "fcntl", action);
  }

  /** Gives all locks up; the file stays. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
    this.#held.clear();
  }
}

function setLock(fd: number, type: number, offset: number, length: number): number {
  const bytes = new Uint8Array(FLOCK.SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt16(FLOCK.TYPE, type, true);
  view.setBigInt64(FLOCK.START, BigInt(offset), true);
  view.setBigInt64(FLOCK.LENGTH, BigInt(length), true);
  return libc().fcntl(fd, F_OFD_SETLK, bytes);
}
