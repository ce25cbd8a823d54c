/**
 * Error numbers of the kernel (asm-generic/errno-base.h, asm-generic/errno.h), their names and
 * texts, and the making of a {@linkcode SystemError} from one.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";

/** Operation not permitted. */
export const EPERM = 1;
/** No such file or directory. */
export const ENOENT = 2;
/** Interrupted by a signal. */
export const EINTR = 4;
/** Input/output error. */
export const EIO = 5;
/** No such device or address: the interface of a packet socket was removed. */
export const ENXIO = 6;
/** Try again; the same number as EWOULDBLOCK. */
export const EAGAIN = 11;
/** Out of memory, or of what a limit lets the process have. */
export const ENOMEM = 12;
/** Permission denied. */
export const EACCES = 13;
/** There is no memory at an address. */
export const EFAULT = 14;
/** In use. */
export const EBUSY = 16;
/** No such device. */
export const ENODEV = 19;
/** Not a directory. */
export const ENOTDIR = 20;
/** Is a directory. */
export const EISDIR = 21;
/** Invalid argument. */
export const EINVAL = 22;
/** No space left. */
export const ENOSPC = 28;
/** Read-only file system. */
export const EROFS = 30;
/** Nobody reads from the pipe any more. */
export const EPIPE = 32;
/** There is no such system call. */
export const ENOSYS = 38;
/** Completions were lost. */
export const EBADR = 53;
/** The time is over. */
export const ETIME = 62;
/** The message does not fit. */
export const EMSGSIZE = 90;
/** The operation is not supported. */
export const EOPNOTSUPP = 95;
/** The address is in use. */
export const EADDRINUSE = 98;
/** The interface is down. */
export const ENETDOWN = 100;
/** No buffer space. */
export const ENOBUFS = 105;
/** The work was taken back. */
export const ECANCELED = 125;

const TEXTS: Readonly<Record<number, readonly [name: string, text: string]>> = {
  [EPERM]: ["EPERM", "operation not permitted"],
  [ENOENT]: ["ENOENT", "no such file or directory"],
  [EINTR]: ["EINTR", "interrupted by a signal"],
  [EIO]: ["EIO", "input/output error"],
  [ENXIO]: ["ENXIO", "no such device or address"],
  9: ["EBADF", "bad file descriptor"],
  [EAGAIN]: ["EAGAIN", "resource temporarily unavailable"],
  [ENOMEM]: ["ENOMEM", "out of memory"],
  [EACCES]: ["EACCES", "permission denied"],
  [EBUSY]: ["EBUSY", "device or resource busy"],
  17: ["EEXIST", "file exists"],
  [ENODEV]: ["ENODEV", "no such device"],
  [ENOTDIR]: ["ENOTDIR", "not a directory"],
  [EISDIR]: ["EISDIR", "is a directory"],
  [EINVAL]: ["EINVAL", "invalid argument"],
  23: ["ENFILE", "too many open files in the system"],
  24: ["EMFILE", "too many open files"],
  26: ["ETXTBSY", "text file busy"],
  27: ["EFBIG", "file too large"],
  [ENOSPC]: ["ENOSPC", "no space left on device"],
  [EROFS]: ["EROFS", "read-only file system"],
  [EPIPE]: ["EPIPE", "nobody reads from the pipe"],
  36: ["ENAMETOOLONG", "file name too long"],
  37: ["ENOLCK", "no locks available"],
  [ENOSYS]: ["ENOSYS", "function not implemented"],
  40: ["ELOOP", "too many levels of symbolic links"],
  [EBADR]: ["EBADR", "invalid request descriptor"],
  [ETIME]: ["ETIME", "timer expired"],
  75: ["EOVERFLOW", "value too large"],
  [EMSGSIZE]: ["EMSGSIZE", "message too long"],
  92: ["ENOPROTOOPT", "the kernel does not know this option"],
  [EOPNOTSUPP]: ["EOPNOTSUPP", "operation not supported"],
  97: ["EAFNOSUPPORT", "address family not supported"],
  [EADDRINUSE]: ["EADDRINUSE", "address in use"],
  [ENETDOWN]: ["ENETDOWN", "network is down"],
  [ENOBUFS]: ["ENOBUFS", "no buffer space available"],
  122: ["EDQUOT", "disk quota exceeded"],
  123: ["ENOMEDIUM", "no medium found"],
  [ECANCELED]: ["ECANCELED", "operation canceled"],
};

/** An error number in words, such as `permission denied (EACCES)`. */
export function describeErrno(errno: number): string {
  const known = TEXTS[errno];
  return known === undefined ? `error ${errno}` : `${known[1]} (${known[0]})`;
}

/**
 * The error for a failed call.
 *
 * @param action what could not be done to what, such as `Cannot open "/srv/disk"`
 * @param call the system call, such as `open`
 * @param errno the positive error number
 * @param remedy what the reader can do about it
 */
export function systemError(
  action: string,
  call: string,
  errno: number,
  remedy?: string,
): SystemError {
  const tail = remedy === undefined ? "" : `; ${remedy}`;
  return new SystemError(`${action}: ${describeErrno(errno)}${tail}`, call, errno);
}
