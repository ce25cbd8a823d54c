/**
 * What an NBD client is told of a target's trouble.
 *
 * @module
 */
import { AtaError } from "../ata/command.ts";
import { DiskError, RefusedError } from "../client/target_error.ts";
import { SystemError, TimeoutError } from "../error.ts";
import { AoeError } from "../wire/frame.ts";
import { Errno } from "./constants.ts";
import { NbdError } from "./disk.ts";

/** The error for NBD of what went wrong with `doing`; a bug stays what it is. */
export function toNbdError(error: unknown, doing: string): unknown {
  if (error instanceof RefusedError) {
    const errno = error.code === AoeError.RESERVED ? Errno.EPERM : Errno.EIO;
    return new NbdError(errno, `${doing}: ${error.message}`);
  }
  if (error instanceof DiskError) {
    // The range was checked, so the disk has shrunk.
    const isBehindEnd = error.error === AtaError.NOT_FOUND && doing !== "read";
    return new NbdError(isBehindEnd ? Errno.ENOSPC : Errno.EIO, `${doing}: ${error.message}`);
  }
  if (error instanceof TimeoutError || error instanceof SystemError) {
    return new NbdError(Errno.EIO, `${doing}: ${error.message}`);
  }
  return error;
}
