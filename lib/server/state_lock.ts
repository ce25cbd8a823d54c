/**
 * Which exports' states this process has to itself: a byte each of one file in the state folder, so
 * that a service with a thousand exports has one descriptor for them, and yet shares the folder
 * with others.
 *
 * @module
 */
import { EACCES } from "../../ffi/errno.ts";
import { LockFile } from "../../ffi/file_lock.ts";
import { SystemError } from "../error.ts";
import { formatAddress } from "../wire/address.ts";

const NAME = "dblade.lock";
const SLOTS = 0x100;

/** The lock file of each folder that an export of this thread has its state in. */
const files = new Map<string, LockFile>();

/** Locks an export's state until the result is disposed of; throws where another one has it. */
export function lockState(folder: string, shelf: number, slot: number): Disposable {
  const file = files.get(folder) ?? openLock(folder);
  files.set(folder, file);
  const offset = shelf * SLOTS + slot;
  let isHeld = false;
  const unlock = (): void => {
    if (isHeld) file.unlock(offset);
    isHeld = false;
    if (file.heldCount > 0) return;
    files.delete(folder);
    file[Symbol.dispose]();
  };
  try {
    file.lock(offset, formatAddress({ shelf, slot }));
    isHeld = true;
  } finally {
    if (!isHeld) unlock();
  }
  return { [Symbol.dispose]: unlock };
}

function openLock(folder: string): LockFile {
  try {
    return LockFile.open(`${folder}/${NAME}`);
  } catch (error) {
    if (!(error instanceof SystemError) || error.errno !== EACCES) throw error;
    throw new SystemError(`${error.message}; ${ownerRemedy(folder)}`, error.call, error.errno);
  }
}

/** What to do where files in the state folder are another user's. */
export function ownerRemedy(folder: string): string {
  return "give the folder and all files in it to the user that serves: " +
    `chown -R USER "${folder}"`;
}
