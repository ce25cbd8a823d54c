/**
 * What the kernel says about a file or block device: type, size, alignments (statx(2), the BLK*
 * ioctls, sysfs).
 *
 * @module
 */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  BLKALIGNOFF,
  BLKPBSZGET,
  BLKSSZGET,
  R_OK,
  RAMFS_MAGIC,
  S_IFBLK,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  SEEK_END,
  STATFS,
  STATX,
  STATX_BASIC_STATS,
  STATX_DIOALIGN,
  SYS_STATX,
  TMPFS_MAGIC,
  W_OK,
} from "./abi.ts";
import { EACCES, ENOENT, systemError } from "./errno.ts";
import { check, errno, libc, toCString } from "./libc.ts";
import { tryReadSmallFile } from "./small_file.ts";

/** What the room that a file takes is counted in, in bytes (stat(3type), st_blocks). */
export const STAT_BLOCK_SIZE = 512;

/** What kind of thing a path names. */
export type FileKind = "file" | "block device" | "directory" | "other";

/** The part of struct statx that an export needs. */
export interface FileInfo {
  /** What it is. */
  readonly kind: FileKind;
  /** Size in bytes; 0 for a block device. */
  readonly size: number;
  /** Room that it takes, in units of {@linkcode STAT_BLOCK_SIZE} bytes. */
  readonly blocks: number;
  /** Number of the block device that the path names, 0:0 for others. */
  readonly device: string;
  /** Which file it is, whatever its name: the device that it lies on, and its inode. */
  readonly inode: string;
  /** Time of the last change of its content, in nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  /** Alignments of direct I/O in bytes, 0 where there is no direct I/O; undefined: not told. */
  readonly direct: { readonly memory: number; readonly offset: number } | undefined;
}

/** Asks about a path, or about an open file where `path` is empty. */
export function fileInfo(path: string, action: string, fd: number = AT_FDCWD): FileInfo {
  const bytes = new Uint8Array(STATX.BYTES);
  const mask = STATX_BASIC_STATS | STATX_DIOALIGN;
  const flags = path === "" ? AT_EMPTY_PATH : 0;
  check(libc().statx(SYS_STATX, fd, toCString(path), flags, mask, bytes), "statx", action);
  const view = new DataView(bytes.buffer);
  const told = (view.getUint32(STATX.MASK, true) & STATX_DIOALIGN) !== 0;
  const number = (major: number, minor: number): string =>
    `${view.getUint32(major, true)}:${view.getUint32(minor, true)}`;
  const seconds = view.getBigInt64(STATX.MODIFIED_S, true);
  return {
    kind: kindOf(view.getUint16(STATX.MODE, true)),
    size: Number(view.getBigUint64(STATX.SIZE, true)),
    blocks: Number(view.getBigUint64(STATX.BLOCKS, true)),
    device: number(STATX.RDEV_MAJOR, STATX.RDEV_MINOR),
    inode: `${number(STATX.DEV_MAJOR, STATX.DEV_MINOR)} ${view.getBigUint64(STATX.INODE, true)}`,
    modifiedNs: seconds * 1_000_000_000n + BigInt(view.getUint32(STATX.MODIFIED_NS, true)),
    direct: told
      ? {
        memory: view.getUint32(STATX.DIO_MEM_ALIGN, true),
        offset: view.getUint32(STATX.DIO_OFFSET_ALIGN, true),
      }
      : undefined,
  };
}

function kindOf(mode: number): FileKind {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return "file";
    case S_IFBLK:
      return "block device";
    case S_IFDIR:
      return "directory";
    default:
      return "other";
  }
}

/**
 * Throws {@linkcode SystemError} unless `path` is a folder in which files can be replaced durably:
 * it is opened for reading to be synced.
 */
export function checkFolder(path: string, action: string): void {
  // What is in it can be looked for: that finds whether it is a folder, and may be searched.
  const inside = path === "" ? path : `${path}/.`;
  if (libc().access(toCString(inside), R_OK | W_OK) >= 0) return;
  const error = errno();
  throw systemError(action, "access", error, folderRemedy(error, path));
}

function folderRemedy(error: number, path: string): string | undefined {
  if (error === ENOENT) return `make it first, such as with "mkdir -p"`;
  if (error !== EACCES) return undefined;
  return "this user must be able to read it, to write to it and to look into it: " +
    `chown -R USER "${path}", chmod u+rwx "${path}"`;
}

/** Whether it is for want of rights that this process's user cannot read a file or folder. */
export function isForbidden(path: string): boolean {
  return libc().access(toCString(path), R_OK) < 0 && errno() === EACCES;
}

/** Present size in bytes of an open file or block device. */
export function seekSize(fd: number, action: string): number {
  return check(Number(libc().lseek(fd, 0n, SEEK_END)), "lseek", action);
}

/** Sector sizes of a block device in bytes. */
export interface BlockSizes {
  /** The least that it reads or writes. */
  readonly logical: number;
  /** What it writes without reading first. */
  readonly physical: number;
  /** Bytes from its start to the first aligned physical sector. */
  readonly alignment: number;
}

/** Asks an open block device for its sector sizes. */
export function blockSizes(fd: number, action: string): BlockSizes {
  const int = new Int32Array(1);
  const ask = (request: number): number => {
    check(libc().ioctl(fd, request, int), "ioctl", action);
    return int[0] ?? 0;
  };
  return {
    logical: ask(BLKSSZGET),
    physical: ask(BLKPBSZGET),
    alignment: Math.max(0, ask(BLKALIGNOFF)), // -1: the device is not aligned at all
  };
}

/**
 * Whether a block device, named by its number, can discard: sysfs tells without trying. Where it
 * cannot be read, it is taken that the device cannot.
 */
export function canDiscard(device: string): boolean {
  const folder = `/sys/dev/block/${device}`;
  // A partition has no queue of its own; the disk it is on is the folder above.
  for (
    const path of [`${folder}/queue/discard_max_bytes`, `${folder}/../queue/discard_max_bytes`]
  ) {
    const bytes = tryReadSmallFile(path);
    if (bytes !== undefined) return Number(new TextDecoder().decode(bytes)) > 0;
  }
  return false;
}

/** Magic number of the file system that an open file is on; undefined where it does not tell. */
export function fileSystemType(fd: number): number | undefined {
  const result = new Uint8Array(STATFS.SIZE);
  if (libc().fstatfs(fd, result) < 0) return undefined;
  return new DataView(result.buffer).getUint32(STATFS.TYPE, true);
}

/** Whether a file's bytes are in memory alone: tmpfs or ramfs. */
export function isMemoryFileSystem(fd: number): boolean {
  const type = fileSystemType(fd);
  return type === TMPFS_MAGIC || type === RAMFS_MAGIC;
}
