/**
 * Whether a standard stream takes what is written (poll(2)): a reader that stopped reading, or a
 * terminal that was stopped by Ctrl-S, would hold up whoever writes to it.
 *
 * @module
 */
import { POLLFD, POLLOUT } from "./abi.ts";
import { libc } from "./libc.ts";

/** Standard output. */
export const STDOUT = 1;
/** Standard error. */
export const STDERR = 2;
/** What surely fits into a pipe that says it takes something (pipe(7), PIPE_BUF). */
export const SAFE_WRITE_SIZE = 4096;

const bytes = new Uint8Array(POLLFD.SIZE);
const view = new DataView(bytes.buffer);

/** Whether the stream takes up to {@linkcode SAFE_WRITE_SIZE} bytes, now or within `waitMs`. */
export function takesWrites(fd: number, waitMs: number): boolean {
  view.setInt32(POLLFD.FD, fd, true);
  view.setInt16(POLLFD.EVENTS, POLLOUT, true);
  view.setInt16(POLLFD.REVENTS, 0, true);
  return libc().poll(bytes, 1n, waitMs) > 0;
}
