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
} from "./abi.ts";
import { ENOENT, ENOSPC, systemError } from "./errno.ts";
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
  const fd = libc().open(toCString(path), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    const error = errno();
    if (error === ENOENT) return undefined;
    throw systemError(action, "open", error);
  }
  try {
    using memory = Mapping.open(sizeMax);
    let size = 0;
    while (size < sizeMax) {
      const room = BigInt(sizeMax - size);
      const count = libc().pread(fd, memory.pointerAt(size), room, BigInt(size));
      check(count, "pread", action);
      if (count === 0) break;
      size += count;
    }
    return new Uint8Array(memory.buffer, 0, size).slice();
  } finally {
    libc().close(fd);
  }
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

/**
 * Puts `bytes` (at most 64 KiB) in the place of `folder`/`name` durably: written beside it, synced,
 * renamed, and the folder synced. Throws {@linkcode SystemError}; the old content stands then, but
 * for the folder's sync: the new one is in place and may be lost by a crash.
 */
export function replaceFile(folder: string, name: string, bytes: Uint8Array): void {
  const path = `${folder}/${name}`;
  const beside = path + BESIDE_SUFFIX;
  const action = `Cannot replace "${path}"`;
  try {
    writeDurably(beside, bytes);
    check(libc().rename(toCString(beside), toCString(path)), "rename", action);
  } catch (error) {
    libc().unlink(toCString(beside)); // the folder may be full
    throw error;
  }
  syncFolder(folder);
}

/**
 * Gives `folder`/`from` the name `to` durably, in the place of what has it. Throws
 * {@linkcode SystemError}; where the folder's sync failed, a crash may undo it.
 */
export function renameFile(folder: string, from: string, to: string): void {
  const action = `Cannot rename "${folder}/${from}" to "${to}"`;
  const [before, after] = [`${folder}/${from}`, `${folder}/${to}`];
  check(libc().rename(toCString(before), toCString(after)), "rename", action);
  syncFolder(folder);
}

/** Whether something has the name. */
export function fileExists(path: string): boolean {
  if (libc().access(toCString(path), F_OK) >= 0) return true;
  const error = errno();
  if (error === ENOENT) return false;
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

function syncFolder(folder: string): void {
  const action = `Cannot sync the folder "${folder}"`;
  const flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const fd = check(libc().open(toCString(folder), flags, 0), "open", action);
  try {
    check(libc().fsync(fd), "fsync", action);
  } finally {
    libc().close(fd);
  }
}
