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
  IOVEC,
  O_CLOEXEC,
  O_DIRECT,
  O_NOATIME,
  O_RDONLY,
  O_RDWR,
  RWF_NOWAIT,
} from "./abi.ts";
import {
  EACCES,
  EAGAIN,
  EBUSY,
  EINTR,
  EINVAL,
  EIO,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  systemError,
} from "./errno.ts";
import {
  type BlockSizes,
  blockSizes,
  canDiscard,
  type FileInfo,
  fileInfo,
  isMemoryFileSystem,
  seekSize,
} from "./file_info.ts";
import { claimDevice } from "./device_claim.ts";
import { DIRECT_GRANULE, directAlignment, noDirect } from "./direct_io.ts";
import { errno, libc, negativeErrno, toCString } from "./libc.ts";
import { tryLock } from "./file_lock.ts";
import { Mapping } from "./mapping.ts";
import { sizeArgument } from "./size_argument.ts";

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
  /** Bytes that memory, offsets and sizes must be multiples of: over 512 with direct I/O only. */
  readonly alignment: number;
  /** False for a block device that was in use, such as mounted, where `shared` let that pass. */
  readonly isClaimed: boolean;
  readonly #claim: Disposable | undefined;
  #fd: number;
  readonly #info: FileInfo;
  #trimKind: TrimKind = "none";
  #isLocked: boolean;
  // The offset is put together from halves: the one BigInt that a call makes is what it takes.
  readonly #offset64 = new BigUint64Array(1);
  readonly #offset32 = new Uint32Array(this.#offset64.buffer);
  readonly #range64 = new BigUint64Array(2);
  readonly #memory: Mapping;
  /** struct iovec { void *base; size_t size; } */
  readonly #vector: { readonly view: Uint32Array; readonly pointer: Deno.PointerObject };

  private constructor(
    fd: number,
    options: BlockFileOptions,
    traits: {
      info: FileInfo;
      sectors: BlockSizes;
      alignment: number;
      isLocked: boolean;
      isClaimed: boolean;
      claim: Disposable | undefined;
    },
  ) {
    this.#fd = fd;
    this.options = options;
    this.#info = traits.info;
    this.sectors = traits.sectors;
    this.alignment = traits.alignment;
    this.#isLocked = traits.isLocked;
    this.isClaimed = traits.isClaimed;
    this.#claim = traits.claim;
    this.#memory = Mapping.open(IOVEC.SIZE);
    const view = new Uint32Array(this.#memory.buffer, 0, IOVEC.SIZE / 4);
    this.#vector = { view, pointer: this.#memory.pointerAt(0) };
  }

  /** Opens and locks; throws {@linkcode SystemError} with the remedy. Changes nothing. */
  static open(options: BlockFileOptions): BlockFile {
    const info = fileInfo(options.path, `Cannot open "${options.path}"`);
    refuseWrongKind(options.path, info);
    const { fd, isClaimed, claim } = openDescriptor(options, info);
    try {
      const isLocked = lock(fd, options);
      const sectors = sectorSizes(fd, info, options.path);
      const alignment = options.direct
        ? directAlignment(fd, options.path, sectors)
        : DIRECT_GRANULE;
      return new BlockFile(fd, options, { info, sectors, alignment, isLocked, isClaimed, claim });
    } catch (error) {
      libc().close(fd);
      claim?.[Symbol.dispose]();
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

  /** How ranges can be given back, as {@linkcode probeTrim} found. */
  get trimKind(): TrimKind {
    return this.#trimKind;
  }

  /** Throws where direct I/O is coarser than the 512 bytes that requests come in. */
  refuseCoarse(): void {
    if (this.alignment === DIRECT_GRANULE) return;
    const reason = `it needs an alignment of ${this.alignment} bytes, which only the ring engine ` +
      "with io_uring serves";
    throw noDirect(this.options.path, reason, EINVAL);
  }

  /** Whether the lock is ours; others may have held it where `shared` let that pass. */
  get isLocked(): boolean {
    return this.#isLocked;
  }

  /** Tries again to get the lock: once its holders are gone, it keeps the next one out. */
  lockAgain(): void {
    this.#isLocked ||= lock(this.#fd, this.options);
  }

  /** The file descriptor, for work that others do on the file. It stays this object's. */
  get descriptor(): number {
    return this.#fd;
  }

  /** Whether its bytes are in memory alone, so that no call waits for a disk. */
  isInMemory(): boolean {
    return this.#info.kind === "file" && isMemoryFileSystem(this.#fd);
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

  /**
   * Reads `size` bytes at `offset` to `address` if all of them are in the page cache (preadv2 with
   * RWF_NOWAIT). Returns 0 or a negative errno: EAGAIN where they are not.
   */
  readNow(address: number, size: number, offset: number): number {
    const io = this.#vector;
    io.view[0] = address; // conversion to 32 bits takes the low half
    io.view[1] = Math.floor(address / HIGH);
    io.view[2] = size;
    this.#setOffset(offset);
    const count = libc().preadv2(
      this.#fd,
      io.pointer,
      1,
      this.#offset64[0]!, // has one element
      RWF_NOWAIT,
    );
    if (count === size) return 0;
    if (count >= 0) return -EAGAIN;
    const error = negativeErrno();
    // Not every file system can say what would wait.
    return error === -EINTR || error === -EOPNOTSUPP ? -EAGAIN : error;
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
    this.#claim?.[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
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
): { fd: number; isClaimed: boolean; claim: Disposable | undefined } {
  const { path, readOnly, direct, shared } = options;
  const flags = (readOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | (direct ? O_DIRECT : 0);
  const isToClaim = info.kind === "block device" && !readOnly;
  const claimed = isToClaim ? claimDevice({ ...options, device: info.device }) : undefined;
  const claim = typeof claimed === "object" ? claimed : undefined;
  const refusal = typeof claimed === "number" ? claimed : 0;
  const isClaimed = refusal !== -EBUSY;
  const mayOpen = refusal === 0 || (!isClaimed && shared);
  const fd = mayOpen ? openQuietly(path, flags) : refusal;
  if (fd >= 0) return { fd, isClaimed, claim };
  claim?.[Symbol.dispose]();
  const error = -fd;
  if (error === EINVAL && direct) throw noDirect(path, "its file system has no direct I/O", error);
  const action = `Cannot open "${path}"${readOnly ? "" : " for writing"}`;
  throw systemError(action, "open", error, openRemedy(error, readOnly));
}

/** Opens without a write of the access time at each read, where that is allowed. */
function openQuietly(path: string, flags: number): number {
  const name = toCString(path);
  let fd = libc().open(name, flags | O_NOATIME, 0);
  if (fd < 0 && errno() === EPERM) fd = libc().open(name, flags, 0);
  return fd >= 0 ? fd : negativeErrno();
}

function openRemedy(error: number, readOnly: boolean): string | undefined {
  if (error === EBUSY) return "unmount it or stop what uses it, or give --shared";
  const denied = error === EACCES || error === EPERM || error === EROFS;
  if (denied && !readOnly) return "grant the permission, or export it with --read-only";
  return denied ? "grant the permission to read it" : undefined;
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
