/**
 * A request of the second phase, and what is wrong with it, if anything (NBD proto.md, "Request
 * types" and "Error values").
 *
 * @module
 */
import { Command, CommandFlag, Errno, PAYLOAD_SIZE_MAX, REQUEST_MAGIC } from "./constants.ts";
import { type NbdDisk, SECTOR_SIZE } from "./disk.ts";
import { DisconnectError } from "../socket/stream.ts";

/** Size of a request without its payload in bytes. */
export const REQUEST_SIZE = 28;

/** What a client asks for. */
export interface NbdRequest {
  /** See {@linkcode CommandFlag}. */
  readonly flags: number;
  /** See {@linkcode Command}. */
  readonly type: number;
  /** Copied to the reply. */
  readonly cookie: bigint;
  /** First byte; Infinity where no disk has it. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
}

/** Why a request is refused. */
export interface Complaint {
  /** See {@linkcode Errno}. */
  readonly errno: number;
  /** For people. */
  readonly message: string;
}

/** Reads the header of a request. Throws {@linkcode DisconnectError} where it is none. */
export function readRequest(view: DataView): NbdRequest {
  if (view.getUint32(0) !== REQUEST_MAGIC) throw new DisconnectError("a request has a wrong magic");
  const offset = view.getBigUint64(16);
  return {
    flags: view.getUint16(4),
    type: view.getUint16(6),
    cookie: view.getBigUint64(8),
    offset: offset > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(offset),
    length: view.getUint32(24),
  };
}

/** Size of the data that follows the header of a request in bytes. */
export function payloadSize({ type, length }: NbdRequest): number {
  return type === Command.WRITE ? length : 0;
}

/** What is wrong with a request; undefined where it can be carried out. */
export function complaintOf(
  request: NbdRequest,
  disk: NbdDisk,
  isStructured: boolean,
): Complaint | undefined {
  const { type, flags, offset, length } = request;
  const allowed = allowedFlags(type, disk, isStructured);
  if (allowed === undefined) return invalid("The command is not served");
  if ((flags & ~allowed) !== 0) return invalid("A flag is not for this command");
  if (type === Command.FLUSH) {
    return offset === 0 && length === 0 ? undefined : invalid("A flush has no range");
  }
  if (type !== Command.READ && disk.readOnly) {
    return { errno: Errno.EPERM, message: "The disk is read-only" };
  }
  if (length === 0) return invalid("The length is 0");
  const hasPayload = type === Command.READ || type === Command.WRITE;
  if (hasPayload && length > PAYLOAD_SIZE_MAX) return invalid("More than 32 MiB at a time");
  if (offset + length > disk.sizeBytes) {
    const adds = type === Command.WRITE || type === Command.WRITE_ZEROES;
    return { errno: adds ? Errno.ENOSPC : Errno.EINVAL, message: "Behind the end of the disk" };
  }
  if (offset % SECTOR_SIZE !== 0 || length % SECTOR_SIZE !== 0) {
    return invalid(`Not a multiple of ${SECTOR_SIZE} bytes`);
  }
  const isFast = disk.trimReadsZeros && (flags & CommandFlag.NO_HOLE) === 0;
  if ((flags & CommandFlag.FAST_ZERO) !== 0 && !isFast) {
    return { errno: Errno.ENOTSUP, message: "Zeros take as long as data" };
  }
  return undefined;
}

function invalid(message: string): Complaint {
  return { errno: Errno.EINVAL, message };
}

/** Flags that a command may have; undefined for one that is not served. */
function allowedFlags(type: number, disk: NbdDisk, isStructured: boolean): number | undefined {
  // Where FUA is announced it may come with any command.
  const fua = disk.canFlush && !disk.readOnly ? CommandFlag.FUA : 0;
  switch (type) {
    case Command.READ:
      return isStructured ? fua | CommandFlag.DF : fua;
    case Command.WRITE:
      return fua;
    case Command.FLUSH:
      return disk.canFlush ? fua : undefined;
    case Command.TRIM:
      return disk.canTrim ? fua : undefined;
    case Command.WRITE_ZEROES:
      return fua | CommandFlag.NO_HOLE | CommandFlag.FAST_ZERO;
    default:
      return undefined;
  }
}
