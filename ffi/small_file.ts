/**
 * Whole small files: reading one, and replacing one so that a crash leaves either the old or the
 * new content. Through libc, because Deno's own file calls need permissions of their own.
 *
 * @module
 */
import {
  F_OK,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
  SEEK_END,
} from "./abi.ts";
import { EINVAL, ENOENT, ENOSPC, systemError } from "./errno.ts";
import { check, errno, libc, toCString } from "./libc.ts";
import { SystemError } from "../lib/error.ts";
import { Mapping } from "./mapping.ts";

/** Largest size in bytes of a file that is read or written here. */
export const SMALL_SIZE_MAX: number = 64 * 1024;
/** What the name of a new content ends with until it is in place. */
export const BESIDE_SUFFIX = ".new";

/** Reads the first `sizeMax` bytes of a file, all of a small one; undefined where there is none. */
export function readSmallFile(
  path: string,
  sizeMax: number = SMALL_SIZE_MAX,
): Uint8Array | undefined {
  const action = `Cannot read "${path}"`;
  const fd = openToRead(path, action);
  if (fd === undefined) return undefined;
  try {
    return readAll(fd, sizeMax, action);
  } finally {
    libc().close(fd);
  }
}

/** Undefined: there is none. */
function openToRead(path: string, action: string): number | undefined {
  const fd = libc().open(toCString(path), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const error = errno();
  if (error === ENOENT) return undefined;
  throw systemError(action, "open", error);
}

function readAll(fd: number, sizeMax: number, action: string): Uint8Array {
  using memory = Mapping.open(Math.max(sizeMax, 1));
  let size = 0;
  while (size < sizeMax) {
    const room = BigInt(sizeMax - size);
    const count = libc().pread(fd, memory.pointerAt(size), room, BigInt(size));
    check(count, "pread", action);
    if (count === 0) break;
    size += count;
  }
  return new Uint8Array(memory.buffer, 0, size).slice();
}

/** As {@linkcode readSmallFile}, but what cannot be read is as what is not there. */
export function tryReadSmallFile(path: string): Uint8Array | undefined {
  try {
    return readSmallFile(path);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Makes durable what names the open folder has, or throws {@linkcode SystemError}. */
export type FolderSync = (fd: number, folder: string) => void;

/**
 * Puts `bytes` (at most 64 KiB) in the place of `folder`/`name` durably: written beside it, synced,
 * renamed, and the folder synced. Throws {@linkcode SystemError}; the old content stands then. Only
 * where the folder's sync failed and so did putting the old content back may the new one count
 * after a restart: the message says so.
 *
 * @param sync what syncs the folder
 */
export function replaceFile(
  folder: string,
  name: string,
  bytes: Uint8Array,
  sync: FolderSync = syncFolder,
): void {
  const path = `${folder}/${name}`;
  const action = `Cannot replace "${path}"`;
  using files = new DisposableStack();
  // All that can be found out before anything changes is.
  const folderFd = files.adopt(openFolder(folder, action), close);
  const old = openToRead(path, action);
  if (old !== undefined) files.adopt(old, close);
  putInPlace(path, bytes);
  syncOrUndo(folder, folderFd, sync, () => {
    if (old === undefined) return removeFile(path);
    const size = check(Number(libc().lseek(old, 0n, SEEK_END)), "lseek", action);
    putInPlace(path, readAll(old, size, action));
  });
}

/** But for the folder's sync. */
function putInPlace(path: string, bytes: Uint8Array): void {
  const beside = path + BESIDE_SUFFIX;
  try {
    writeDurably(beside, bytes);
    check(libc().rename(toCString(beside), toCString(path)), "rename", `Cannot replace "${path}"`);
  } catch (error) {
    libc().unlink(toCString(beside)); // the folder may be full
    throw error;
  }
}

/**
 * Gives `folder`/`from` the name `to` durably, in the place of what has it. Throws
 * {@linkcode SystemError}; it has its old name then, or the message says that it may not.
 *
 * @param sync what syncs the folder
 */
export function renameFile(
  folder: string,
  from: string,
  to: string,
  sync: FolderSync = syncFolder,
): void {
  const action = `Cannot rename "${folder}/${from}" to "${to}"`;
  const [before, after] = [toCString(`${folder}/${from}`), toCString(`${folder}/${to}`)];
  using files = new DisposableStack();
  const folderFd = files.adopt(openFolder(folder, action), close);
  check(libc().rename(before, after), "rename", action);
  syncOrUndo(folder, folderFd, sync, () => {
    check(libc().rename(after, before), "rename", `Cannot undo the renaming to "${to}"`);
  });
}

/** Who is told that a change was not made must not meet it after a restart. */
function syncOrUndo(folder: string, fd: number, sync: FolderSync, undo: () => void): void {
  try {
    sync(fd, folder);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    try {
      undo();
      sync(fd, folder);
    } catch (second) {
      if (!(second instanceof SystemError)) throw second;
      const told = `${error.message}; the change may count after a restart all the same, because ` +
        `it cannot be undone for sure: ${second.message}`;
      throw new SystemError(told, error.call, error.errno);
    }
    throw error;
  }
}

/** Whether something has the name, be it a link that leads to nothing. */
export function fileExists(path: string): boolean {
  if (libc().access(toCString(path), F_OK) >= 0) return true;
  let error = errno();
  if (error === ENOENT) {
    if (libc().readlink(toCString(path), new Uint8Array(1), 1n) >= 0) return true;
    error = errno();
    if (error === ENOENT) return false;
    if (error === EINVAL) return true; // there is a file by now
  }
  throw systemError(`Cannot look for "${path}"`, "access", error);
}

/** Removes a file; one that is not there is no error. */
export function removeFile(path: string): void {
  if (libc().unlink(toCString(path)) >= 0) return;
  const error = errno();
  if (error !== ENOENT) throw systemError(`Cannot remove "${path}"`, "unlink", error);
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const action = `Cannot write "${path}"`;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const fd = check(libc().open(toCString(path), flags, 0o600), "open", action);
  try {
    using memory = Mapping.open(Math.max(bytes.length, 1));
    new Uint8Array(memory.buffer).set(bytes);
    let done = 0;
    while (done < bytes.length) {
      const rest = BigInt(bytes.length - done);
      const count = libc().pwrite(fd, memory.pointerAt(done), rest, BigInt(done));
      check(count, "pwrite", action);
      if (count === 0) throw systemError(action, "pwrite", ENOSPC);
      done += count;
    }
    check(libc().fsync(fd), "fsync", action);
  } finally {
    libc().close(fd);
  }
}

function openFolder(folder: string, action: string): number {
  const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  return check(libc().open(toCString(folder), flags, 0), "open", action);
}

function syncFolder(fd: number, folder: string): void {
  check(libc().fsync(fd), "fsync", `Cannot sync the folder "${folder}"`);
}

function close(fd: number): void {
  libc().close(fd);
}
