/**
 * A second way to an open file, for writes past the page cache while reads go through it: durable
 * writes are several times as fast there, because a sync finds no page to write.
 *
 * That needs a file system that drops what the page cache has of a range after such a write ended,
 * too: a read of what lies beside it may have brought old bytes back meanwhile. ext4 and XFS do. A
 * block device and FUSE do not where the write ends later than its call (both were seen to answer
 * old bytes for good), so this is only for file systems that are known.
 *
 * @module
 */
import { EXT4_SUPER_MAGIC, O_CLOEXEC, O_DIRECT, O_RDWR, XFS_SUPER_MAGIC } from "./abi.ts";
import { DIRECT_GRANULE, directAlignment } from "./direct_io.ts";
import { type BlockSizes, fileInfo, fileSystemType } from "./file_info.ts";
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
   * Opens the file of the descriptor `fd` once more. Undefined where that cannot be done: it is no
   * regular file of a file system that is known to do that right, direct I/O takes no 512 bytes
   * there, or /proc is not mounted.
   *
   * @param sectors sizes of its sectors in bytes
   */
  static open(fd: number, sectors: BlockSizes): DirectWriter | undefined {
    if (!keepsCacheRight(fd)) return undefined;
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

function keepsCacheRight(fd: number): boolean {
  const type = fileSystemType(fd);
  // The node of a block device may lie on any file system.
  return (type === EXT4_SUPER_MAGIC || type === XFS_SUPER_MAGIC) &&
    fileInfo("", "Cannot look at the file", fd).kind === "file";
}

function takesSectors(fd: number, path: string, sectors: BlockSizes): boolean {
  try {
    return directAlignment(fd, path, sectors) === DIRECT_GRANULE;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return false;
  }
}
