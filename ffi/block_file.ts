/**
 * A file or block device as a range of bytes: opened once, locked, read, written, synced, trimmed.
 *
 * What an errno means here: EINTR is tried again; a short result goes on at the remainder; every
 * other one is the caller's answer, as a negative number, for the client to see. A sync is never
 * tried again, because the kernel reports a lost page only once.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import {
  BLKDISCARD,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_CLOEXEC,
  O_DIRECT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
} from "./abi.ts";
import { EACCES, EAGAIN, EBUSY, EINTR, EINVAL, EIO, EPERM, EROFS, systemError } from "./errno.ts";
import {
  type BlockSizes,
  blockSizes,
  canDiscard,
  type FileInfo,
  fileInfo,
  seekSize,
} from "./file_info.ts";
import { errno, libc, negativeErrno, toCString } from "./libc.ts";
import { tryLock } from "./file_lock.ts";
import { Mapping } from "./mapping.ts";
import { sizeArgument } from "./size_argument.ts";

/** Direct I/O of this many bytes at this alignment must work, or it is refused. */
const DIRECT_GRANULE = 512;
const PUNCH = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
const HIGH = 2 ** 32;
const GIB = 2 ** 30;
const TRIM_PROBE_SIZE = 4096;

/** How to open a {@linkcode BlockFile}. */
export interface BlockFileOptions {
  /** The file or block device. */
  readonly path: string;
  /** Open it for reading only. */
  readonly readOnly: boolean;
  /** Bypass the page cache. */
  readonly direct: boolean;
  /** Open it even where another process uses it. */
  readonly shared: boolean;
  /** First byte of the range to lock. */
  readonly offset: number;
  /** Size of the range to lock in bytes; 0: to the end, wherever that is. */
  readonly length: number;
}

/** How a file can discard: not at all, by punching holes (zeros follow), as a device does. */
export type TrimKind = "none" | "hole" | "discard";

/** An open file or block device. */
export class BlockFile implements Disposable {
  /** What it was opened from. */
  readonly options: BlockFileOptions;
  /** Sector sizes in bytes. */
  readonly sectors: BlockSizes;
  /** False for a block device that was in use, such as mounted, where `shared` let that pass. */
  readonly isClaimed: boolean;
  #fd: number;
  readonly #info: FileInfo;
  #trimKind: TrimKind = "none";
  #isLocked: boolean;
  // The offset is put together from halves: the one BigInt that a call makes is what it takes.
  readonly #offset64 = new BigUint64Array(1);
  readonly #offset32 = new Uint32Array(this.#offset64.buffer);
  readonly #range64 = new BigUint64Array(2);

  private constructor(
    fd: number,
    options: BlockFileOptions,
    traits: { info: FileInfo; sectors: BlockSizes; isLocked: boolean; isClaimed: boolean },
  ) {
    this.#fd = fd;
    this.options = options;
    this.#info = traits.info;
    this.sectors = traits.sectors;
    this.#isLocked = traits.isLocked;
    this.isClaimed = traits.isClaimed;
  }

  /** Opens and locks; throws {@linkcode SystemError} with the remedy. Changes nothing. */
  static open(options: BlockFileOptions): BlockFile {
    const info = fileInfo(options.path, `Cannot open "${options.path}"`);
    refuseWrongKind(options.path, info);
    const { fd, isClaimed } = openDescriptor(options, info);
    try {
      const isLocked = lock(fd, options);
      const sectors = sectorSizes(fd, info, options.path);
      if (options.direct) refuseCoarseDirect(fd, options.path, sectors);
      return new BlockFile(fd, options, { info, sectors, isLocked, isClaimed });
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /**
   * Finds out how ranges can be given back, by giving back what lies far behind the present end of
   * the file. That touches the file's times: not for a file whose export may still be refused.
   */
  probeTrim(): TrimKind {
    const { path, readOnly } = this.options;
    if (readOnly) this.#trimKind = "none";
    else if (this.#info.kind === "block device") {
      this.#trimKind = canDiscard(this.#info.device) ? "discard" : "none";
    } else {
      const size = seekSize(this.#fd, `Cannot find the size of "${path}"`);
      const behind = BigInt((Math.floor(size / TRIM_PROBE_SIZE) + 1) * TRIM_PROBE_SIZE + GIB);
      const result = libc().fallocate(this.#fd, PUNCH, behind, BigInt(TRIM_PROBE_SIZE));
      this.#trimKind = result >= 0 ? "hole" : "none";
    }
    return this.#trimKind;
  }

  /** Whether the lock is ours; others may have held it where `shared` let that pass. */
  get isLocked(): boolean {
    return this.#isLocked;
  }

  /** Tries again to get the lock: once its holders are gone, it keeps the next one out. */
  lockAgain(): void {
    this.#isLocked ||= lock(this.#fd, this.options);
  }

  /** Present size in bytes. */
  size(): number {
    return seekSize(this.#fd, `Cannot find the size of "${this.options.path}"`);
  }

  /** Reads `size` bytes at `offset` to `pointer`. Returns 0 or a negative errno; the end is EIO. */
  read(pointer: Deno.PointerObject, size: number, offset: number): number {
    this.#setOffset(offset);
    const count = libc().pread(
      this.#fd,
      pointer,
      sizeArgument(size),
      this.#offset64[0]!, // has one element
    );
    if (count === size) return 0;
    return this.#goOn(count, pointer, size, offset, READING);
  }

  /** Writes `size` bytes at `offset` from `pointer`. Returns 0 or a negative errno. */
  write(pointer: Deno.PointerObject, size: number, offset: number): number {
    this.#setOffset(offset);
    const count = libc().pwrite(
      this.#fd,
      pointer,
      sizeArgument(size),
      this.#offset64[0]!, // has one element
    );
    if (count === size) return 0;
    return this.#goOn(count, pointer, size, offset, WRITING);
  }

  /** After an interrupted or short call: the rest, until all is done or the kernel says why not. */
  #goOn(
    count: number,
    pointer: Deno.PointerObject,
    size: number,
    offset: number,
    direction: Direction,
  ): number {
    if (count < 0) {
      const error = negativeErrno();
      if (error !== -EINTR) return error;
      count = 0;
    } else if (count === 0) {
      return -EIO; // the file ends here, or takes no more
    }
    const rest = Deno.UnsafePointer.offset(pointer, count);
    if (rest === null) return -EIO;
    return direction === READING
      ? this.read(rest, size - count, offset + count)
      : this.write(rest, size - count, offset + count);
  }

  #setOffset(offset: number): void {
    this.#offset32[0] = offset; // conversion to 32 bits takes the low half
    this.#offset32[1] = Math.floor(offset / HIGH);
  }

  /** Makes all that was written durable. Returns 0 or a negative errno; never tries twice. */
  sync(): number {
    return libc().fdatasync(this.#fd) >= 0 ? 0 : negativeErrno();
  }

  /** Gives the range back. Returns 0 or a negative errno. */
  trim(offset: number, length: number): number {
    if (this.#trimKind === "none") return -EINVAL;
    const punch = this.#trimKind === "hole";
    for (;;) {
      const result = punch
        ? libc().fallocate(this.#fd, PUNCH, BigInt(offset), BigInt(length))
        : this.#discard(offset, length);
      if (result >= 0) return 0;
      const error = negativeErrno();
      if (error !== -EINTR) return error;
    }
  }

  #discard(offset: number, length: number): number {
    this.#range64[0] = BigInt(offset);
    this.#range64[1] = BigInt(length);
    return libc().ioctl(this.#fd, BLKDISCARD, this.#range64);
  }

  /** Closes it, which releases the lock. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}

type Direction = 0 | 1;
const READING: Direction = 0;
const WRITING: Direction = 1;

function refuseWrongKind(path: string, info: FileInfo): void {
  if (info.kind === "file" || info.kind === "block device") return;
  const what = info.kind === "directory" ? "a directory" : "neither a file nor a block device";
  throw new SystemError(
    `Cannot export "${path}": it is ${what}; name a regular file or a block device`,
    "statx",
    EINVAL,
  );
}

/** Opens the file; `isClaimed` is false where others use the block device and that may be. */
function openDescriptor(
  options: BlockFileOptions,
  info: FileInfo,
): { fd: number; isClaimed: boolean } {
  const { path, readOnly, direct, shared } = options;
  const claim = info.kind === "block device" && !readOnly ? O_EXCL : 0;
  const flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | (direct ? O_DIRECT : 0);
  let isClaimed = true;
  let fd = libc().open(toCString(path), flags | claim, 0);
  let error = fd < 0 ? errno() : 0;
  if (error === EBUSY && shared) {
    isClaimed = false;
    fd = libc().open(toCString(path), flags, 0);
    error = fd < 0 ? errno() : 0;
  }
  if (fd >= 0) return { fd, isClaimed };
  if (error === EINVAL && direct) throw noDirect(path, "its file system has no direct I/O", error);
  const action = `Cannot open "${path}"${readOnly ? "" : " for writing"}`;
  throw systemError(action, "open", error, openRemedy(error, readOnly));
}

function openRemedy(error: number, readOnly: boolean): string | undefined {
  if (error === EBUSY) return "unmount it or stop what uses it, or give --shared";
  const denied = error === EACCES || error === EPERM || error === EROFS;
  if (denied && !readOnly) return "grant the permission, or export it with --read-only";
  return denied ? "grant the permission to read it" : undefined;
}

function noDirect(path: string, reason: string, error: number): SystemError {
  return new SystemError(
    `Cannot use direct I/O on "${path}": ${reason}; leave out --direct`,
    "open",
    error,
  );
}

/** False where others hold it and the options allow that; throws where they do not. */
function lock(fd: number, options: BlockFileOptions): boolean {
  const { path, readOnly, shared, offset, length } = options;
  const action = `Cannot lock "${path}"`;
  try {
    if (tryLock(fd, { shared: readOnly || shared, offset, length }, action)) return true;
  } catch (error) {
    if (!shared || !(error instanceof SystemError)) throw error;
  }
  if (shared) return false;
  throw new SystemError(
    `${action}: another target exports it; stop that one, export both with --read-only, ` +
      "or give --shared",
    "fcntl",
    EAGAIN,
  );
}

function sectorSizes(fd: number, info: FileInfo, path: string): BlockSizes {
  if (info.kind === "block device") {
    return blockSizes(fd, `Cannot find the sector size of "${path}"`);
  }
  const logical = Math.max(info.direct?.offset ?? 0, 512);
  return { logical, physical: logical, alignment: 0 };
}

/** Every request is a multiple of 512 bytes at a multiple of 512: coarser direct I/O would fail. */
function refuseCoarseDirect(fd: number, path: string, sectors: BlockSizes): void {
  const told = fileInfo("", `Cannot find the alignment of "${path}"`, fd).direct;
  if (told !== undefined && told.offset === 0) {
    throw noDirect(path, "its file system has no direct I/O", EINVAL);
  }
  const alignment = Math.max(told?.offset ?? 0, told?.memory ?? 0, sectors.logical);
  if (alignment > DIRECT_GRANULE) {
    throw noDirect(path, `it needs an alignment of ${alignment} bytes, sectors have 512`, EINVAL);
  }
  if (told === undefined && !probeDirect(fd)) {
    throw noDirect(path, "a read of 512 bytes failed, it needs a larger alignment", EINVAL);
  }
}

function probeDirect(fd: number): boolean {
  using memory = Mapping.open(2 * DIRECT_GRANULE);
  const pointer = memory.pointerAt(DIRECT_GRANULE);
  const count = libc().pread(fd, pointer, BigInt(DIRECT_GRANULE), BigInt(DIRECT_GRANULE));
  return count >= 0 || errno() !== EINVAL;
}
