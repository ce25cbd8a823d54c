/**
 * The program that this process runs, to be started once more in its place (execveat(2)): the same
 * process, standard streams, arguments and environment.
 *
 * @module
 */
import { AT_EMPTY_PATH, O_CLOEXEC, O_RDONLY } from "./abi.ts";
import { EACCES, EPERM, systemError } from "./errno.ts";
import { check, errno, libc, toCString } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import { SYS_EXECVEAT } from "./process_abi.ts";

/** The kernel gives all arguments and the environment together no more room than 6 MiB. */
const STRINGS_SIZE_MAX = 8 * 2 ** 20;

/** Leads to the program's file. */
const LINK = "/proc/self/exe";
/** What to do about it where it cannot be started. */
const REMEDIES: Readonly<Record<number, string>> = {
  [EACCES]: "its file must be one that this user may read and execute (chmod 755), on a file " +
    "system without noexec",
  [EPERM]: "its file must have no capabilities that this process has given up (setcap -r)",
};

/** The longest path (PATH_MAX). */
const PATH_SIZE_MAX = 4096;

/** Where the program's file was when it was started. Throws {@linkcode SystemError}. */
export function ownProgramPath(): string {
  const path = new Uint8Array(PATH_SIZE_MAX);
  const size = libc().readlink(toCString(LINK), path, BigInt(path.length));
  check(size, "readlink", `Cannot read "${LINK}"`, "/proc must be mounted");
  return new TextDecoder().decode(path.subarray(0, size));
}

/** Strings in memory. */
interface Strings {
  readonly memory: Mapping;
  /** Where each of them begins. */
  readonly addresses: readonly bigint[];
}

/** All that it takes, opened while it may still be: later the process may have fewer rights. */
export class OwnProgram implements Disposable {
  #fd: number;
  readonly #arguments: Strings;
  readonly #environment: Strings;

  private constructor(fd: number, args: Strings, environment: Strings) {
    this.#fd = fd;
    this.#arguments = args;
    this.#environment = environment;
  }

  /** Opens it. Throws {@linkcode SystemError}. */
  static open(): OwnProgram {
    using stack = new DisposableStack();
    const args = readStrings("/proc/self/cmdline", stack);
    const environment = readStrings("/proc/self/environ", stack);
    // As an open file, because its folder may be one that the user to be cannot enter.
    const program = new OwnProgram(openToRead(LINK), args, environment);
    stack.move();
    return program;
  }

  /**
   * Starts it: there is no way back, and all other threads end. It only returns by an error.
   *
   * @param variable what the environment gets in addition, as `NAME=value`; it goes before another
   * value of the same name
   */
  start(variable: string): never {
    const text = toCString(variable);
    using added = Mapping.open(text.length);
    new Uint8Array(added.buffer).set(text);
    const result = libc().execveat(
      SYS_EXECVEAT,
      this.#fd,
      toCString(""),
      BigUint64Array.from([...this.#arguments.addresses, 0n]),
      BigUint64Array.from([BigInt(added.address), ...this.#environment.addresses, 0n]),
      AT_EMPTY_PATH,
    );
    const error = result < 0 ? errno() : 0;
    throw systemError("Cannot start the own program again", "execveat", error, REMEDIES[error]);
  }

  /** Closes what was opened. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    libc().close(this.#fd);
    this.#fd = -1;
    this.#arguments.memory[Symbol.dispose]();
    this.#environment.memory[Symbol.dispose]();
  }
}

function openToRead(path: string): number {
  const fd = libc().open(toCString(path), O_RDONLY | O_CLOEXEC, 0);
  return check(fd, "open", `Cannot read "${path}"`, "/proc must be mounted");
}

/** Reads strings as /proc has them, each with a zero byte behind, into memory of `stack`. */
function readStrings(path: string, stack: DisposableStack): Strings {
  const memory = stack.use(Mapping.open(STRINGS_SIZE_MAX));
  const fd = openToRead(path);
  let size = 0;
  try {
    for (let count = 1; count > 0; size += count) {
      const room = BigInt(STRINGS_SIZE_MAX - 1 - size);
      count = libc().pread(fd, memory.pointerAt(size), room, BigInt(size));
      check(count, "pread", `Cannot read "${path}"`);
    }
  } finally {
    libc().close(fd);
  }
  const bytes = new Uint8Array(memory.buffer);
  const addresses: bigint[] = [];
  for (let at = 0; at < size; at = bytes.indexOf(0, at) + 1) {
    addresses.push(BigInt(memory.address + at));
  }
  return { memory, addresses };
}
