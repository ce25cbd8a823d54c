/**
 * Which exports' states this process has to itself: a byte each of one file in the state folder, so
 * that a service with a thousand exports has one descriptor for them, and yet shares the folder
 * with others.
 *
 * @module
 */
import { LockFile } from "../../ffi/file_lock.ts";
import { formatAddress } from "../wire/address.ts";

const NAME = "dblade.lock";
const SLOTS = 0x100;

/** The lock file of each folder that an export of this thread has its state in. */
const files = new Map<string, LockFile>();

/** Locks an export's state until the result is disposed of; throws where another one has it. */
export function lockState(folder: string, shelf: number, slot: number): Disposable {
  const file = files.get(folder) ?? LockFile.open(`${folder}/${NAME}`);
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
