/**
 * The errors that a caller is expected to catch. What goes wrong inside the protocol is a value in
 * a reply, and what only a bug can cause is an assertion.
 *
 * @module
 */

/** A system call failed; the message says what was tried, on what, and what to do about it. */
export class SystemError extends Error {
  /** The class's name, for messages. */
  override readonly name = "SystemError";
  /** The call that failed, such as `pread`. */
  readonly call: string;
  /** The positive error number of errno(3); 0 where the system gave none. */
  readonly errno: number;

  /** Makes the error of `call` from its complete message. */
  constructor(message: string, call: string, errno: number) {
    super(message);
    this.call = call;
    this.errno = errno;
  }
}

/** The command line is wrong: exit status 2. */
export class UsageError extends Error {
  /** The class's name, for messages. */
  override readonly name = "UsageError";
}

/** A stored or written configuration is wrong, at a line of a file where that is known. */
export class ConfigError extends Error {
  /** The class's name, for messages. */
  override readonly name = "ConfigError";
  /** The file. */
  readonly path: string;
  /** The line, from 1; 0 where it is not known. */
  readonly line: number;
  /** What is wrong, without the place. */
  readonly reason: string;

  /** Makes the error for `path`; the message is shown behind the path. */
  constructor(message: string, path: string, line = 0) {
    super(line > 0 ? `${path}:${line}: ${message}` : `${path}: ${message}`);
    this.path = path;
    this.line = line;
    this.reason = message;
  }
}

/** A target did not answer in time. */
export class TimeoutError extends Error {
  /** The class's name, for messages. */
  override readonly name = "TimeoutError";
}
