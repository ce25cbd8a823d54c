/**
 * A file or block device that whole arrays of bytes are copied from or to. Calls that may wait for
 * the disk run on a thread of the runtime's pool, so that frames are answered meanwhile.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { O_CLOEXEC, O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_RDWR, SEEK_CUR } from "./abi.ts";
import { EBUSY, EINTR, EINVAL, EIO, EISDIR, ENOENT, systemError } from "./errno.ts";
import { type FileInfo, fileInfo, seekSize } from "./file_info.ts";
import { check, errno, libc, toCString } from "./libc.ts";
import { tryReadSmallFile } from "./small_file.ts";

/** Mode of a file that is made, before the umask. */
const NEW_MODE = 0o666;

/** An open file or block device. */
export class LocalFile implements Disposable {
  /** What it was opened from. */
  readonly path: string;
  /** What it was when it was opened. */
  readonly info: FileInfo;
  #fd: number;

  private constructor(fd: number, path: string, info: FileInfo) {
    this.#fd = fd;
    this.path = path;
    this.info = info;
  }

  /** Opens it for reading; throws {@linkcode SystemError} with the remedy. */
  static openToRead(path: string): LocalFile {
    return LocalFile.#open(path, O_RDONLY, `Cannot open "${path}"`);
  }

  /**
   * Opens it for writing and reading; a missing file is made, empty. A block device is claimed:
   * one that is mounted, or used otherwise, is refused. Changes nothing of what is there.
   */
  static openToWrite(path: string): LocalFile {
    const action = `Cannot open "${path}" for writing`;
    const known = tryFileInfo(path);
    const isDevice = known?.kind === "block device";
    return LocalFile.#open(path, O_RDWR | (isDevice ? O_EXCL : O_CREAT), action);
  }

  static #open(path: string, flags: number, action: string): LocalFile {
    // A pipe that nobody writes to would hold up its opener; it is refused below.
    const fd = libc().open(toCString(path), flags | O_CLOEXEC | O_NONBLOCK, NEW_MODE);
    if (fd < 0) {
      const error = errno();
      const remedy = error === EBUSY ? "unmount it or stop what uses it" : undefined;
      throw systemError(action, "open", error, remedy);
    }
    try {
      const info = fileInfo("", action, fd);
      if (info.kind === "directory") throw systemError(action, "open", EISDIR);
      if (info.kind === "other") throw notSeekable(action, path, flags);
      return new LocalFile(fd, path, info);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /** Present size in bytes. */
  size(): number {
    return seekSize(this.#fd, `Cannot find the size of "${this.path}"`);
  }

  /** Fills `bytes` from `offset` on; returns how many there were before the end. */
  async read(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<number> {
    return await this.#all("pread", bytes, offset);
  }

  /** Writes all of `bytes` at `offset`. */
  async write(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<void> {
    const done = await this.#all("pwrite", bytes, offset);
    if (done === bytes.length) return;
    throw systemError(`Cannot write "${this.path}" at byte ${offset + done}`, "pwrite", EIO);
  }

  async #all(
    call: "pread" | "pwrite",
    bytes: Uint8Array<ArrayBuffer>,
    offset: number,
  ): Promise<number> {
    const table = libc();
    const run = call === "pread" ? table.preadAsync : table.pwriteAsync;
    for (let done = 0;;) {
      const rest = bytes.subarray(done);
      if (rest.length === 0) return done;
      const at = BigInt(offset + done);
      let count = await run(this.#fd, rest, BigInt(rest.length), at);
      if (count < 0) count = this.#again(call, rest, offset + done);
      if (count === 0) return done;
      done += count;
    }
  }

  /** The pool's thread kept its errno for itself: the same once more on this one tells why. */
  #again(call: "pread" | "pwrite", bytes: Uint8Array<ArrayBuffer>, offset: number): number {
    const pointer = Deno.UnsafePointer.of(bytes);
    for (;;) {
      const count = libc()[call](this.#fd, pointer, BigInt(bytes.length), BigInt(offset));
      if (count >= 0) return count;
      const error = errno();
      if (error === EINTR) continue;
      const action = call === "pread" ? "read" : "write";
      throw systemError(`Cannot ${action} "${this.path}" at byte ${offset}`, call, error);
    }
  }

  /** Cuts it, or lengthens it by a hole. */
  resize(size: number): void {
    const action = `Cannot set the size of "${this.path}"`;
    check(libc().ftruncate(this.#fd, BigInt(size)), "ftruncate", action);
  }

  /** Makes all that was written durable. Not tried twice: a lost page is reported once. */
  async sync(): Promise<void> {
    if (await libc().fdatasyncAsync(this.#fd) >= 0) return;
    throw new SystemError(
      `Cannot make "${this.path}" durable: its disk lost writes or is full; what was copied to ` +
        "it cannot be relied on",
      "fdatasync",
      EIO,
    );
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}

/** What a path names; undefined where there is nothing. */
export function tryFileInfo(path: string): FileInfo | undefined {
  try {
    return fileInfo(path, `Cannot look at "${path}"`);
  } catch (error) {
    if (error instanceof SystemError && error.errno === ENOENT) return undefined;
    throw error;
  }
}

/**
 * Which file is behind a loop device, named by its number, see {@linkcode FileInfo.inode};
 * undefined for other devices, and for a file that has its name no more.
 */
export function loopInode(device: string): string | undefined {
  const bytes = tryReadSmallFile(`/sys/dev/block/${device}/loop/backing_file`);
  return bytes && tryFileInfo(new TextDecoder().decode(bytes).trimEnd())?.inode;
}

/**
 * How many bytes a standard stream has still to give, where it is a file that a shell opened;
 * undefined where only the end will tell, as in /proc, whose files say that they are empty.
 */
export function streamSize(fd: number): number | undefined {
  const action = `Cannot look at file descriptor ${fd}`;
  const { kind, size } = fileInfo("", action, fd);
  if (kind !== "file" || size === 0) return undefined;
  const position = check(Number(libc().lseek(fd, 0n, SEEK_CUR)), "lseek", action);
  return Math.max(0, size - position);
}

function notSeekable(action: string, path: string, flags: number): SystemError {
  const way = (flags & O_RDWR) === 0 ? "<" : ">";
  return new SystemError(
    `${action}: it is neither a file nor a block device; give "-" and let the shell open it ` +
      `(- ${way} ${path})`,
    "open",
    EINVAL,
  );
}
