/**
 * A file mapped into memory for the kernel alone to read: what is sent straight from there is
 * copied once, and no call reads it before. JavaScript never sees it, because a page that is not
 * there any more would end the process; the kernel answers EFAULT.
 *
 * @module
 */
import { MADV_DONTNEED, MAP_SHARED, PROT_READ } from "./abi.ts";
import { fileInfo, STAT_BLOCK_SIZE } from "./file_info.ts";
import { libc } from "./libc.ts";
import { mapMemory } from "./mapping.ts";

/** The bytes of a file from its first to the last that it had when it was mapped. */
export class FileView implements Disposable {
  /** Where its first byte is. */
  readonly address: number;
  /** Number of bytes. */
  readonly size: number;
  readonly #pointer: Deno.PointerObject;
  #isOpen = true;

  private constructor(pointer: Deno.PointerObject, size: number) {
    this.#pointer = pointer;
    this.address = Number(Deno.UnsafePointer.value(pointer)); // 47 bits: exact
    this.size = size;
  }

  /**
   * Maps the open file `fd`. Undefined where that cannot be done, and where the file has holes:
   * in a file system in memory, to look at a hole by a mapping fills it.
   */
  static open(fd: number): FileView | undefined {
    const { size, blocks } = fileInfo("", "Cannot look at the file", fd);
    if (size === 0 || blocks * STAT_BLOCK_SIZE < size) return undefined;
    const pointer = mapMemory(size, PROT_READ, MAP_SHARED, fd, 0n);
    return pointer === undefined ? undefined : new FileView(pointer, size);
  }

  /** Takes its pages out of what counts as the process's memory; the next look brings them back. */
  rest(): void {
    if (this.#isOpen) libc().madvise(this.#pointer, BigInt(this.size), MADV_DONTNEED);
  }

  /** Ends the mapping: addresses in it are no one's. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    libc().munmap(this.#pointer, BigInt(this.size));
  }
}
