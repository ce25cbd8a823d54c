/**
 * A second way to an open file, for writes past the page cache: durable writes are several times
 * as fast there, because a sync finds no page to write. The kernel keeps the page cache right: it
 * drops what it has of a range before and after such a write.
 *
 * @module
 */
import { O_CLOEXEC, O_DIRECT, O_RDWR } from "./abi.ts";
import { DIRECT_GRANULE, directAlignment } from "./direct_io.ts";
import { type BlockSizes } from "./file_info.ts";
import { libc, toCString } from "./libc.ts";
import { SystemError } from "../lib/error.ts";

/** See above. */
export class DirectWriter implements Disposable {
  /** To write to; memory, offsets and sizes must be multiples of 512. */
  readonly descriptor: number;

  private constructor(descriptor: number) {
    this.descriptor = descriptor;
  }

  /**
   * Opens the file of the descriptor `fd` once more. Undefined where that cannot be done: its file
   * system has no direct I/O, it takes no 512 bytes, or /proc is not mounted.
   *
   * @param sectors sizes of its sectors in bytes
   */
  static open(fd: number, sectors: BlockSizes): DirectWriter | undefined {
    // Not by its path, which may be another file's by now.
    const path = `/proc/self/fd/${fd}`;
    const descriptor = libc().open(toCString(path), O_RDWR | O_DIRECT | O_CLOEXEC, 0);
    if (descriptor < 0) return undefined;
    if (takesSectors(descriptor, path, sectors)) return new DirectWriter(descriptor);
    libc().close(descriptor);
    return undefined;
  }

  /** Closes this way; the file's lock is the other one's. */
  [Symbol.dispose](): void {
    libc().close(this.descriptor);
  }
}

function takesSectors(fd: number, path: string, sectors: BlockSizes): boolean {
  try {
    return directAlignment(fd, path, sectors) === DIRECT_GRANULE;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return false;
  }
}
