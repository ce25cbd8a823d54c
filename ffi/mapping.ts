/**
 * Memory that the kernel may point at: mapped outside of the JavaScript heap, so that no collector
 * moves or frees it, and seen as an ArrayBuffer without a copy.
 *
 * @module
 */
import { assert } from "../lib/assert.ts";
import { SystemError } from "../lib/error.ts";
import {
  MAP_ANONYMOUS,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from "./abi.ts";
import { errno, libc } from "./libc.ts";
import { systemError } from "./errno.ts";

/** Calls mmap(2). Undefined where it failed; errno says why. */
export function mapMemory(
  size: number,
  protection: number,
  flags: number,
  fd: number,
  offset: bigint,
): Deno.PointerObject | undefined {
  const pointer = libc().mmap(null, BigInt(size), protection, flags, fd, offset);
  // MAP_FAILED is (void *) -1, the only address that is odd here.
  const failed = pointer === null || (Deno.UnsafePointer.value(pointer) & 1n) === 1n;
  return failed ? undefined : pointer;
}

/** Page-aligned memory of a fixed size. Views on it must not be used after disposal. */
export class Mapping implements Disposable {
  /** The memory. */
  readonly buffer: ArrayBuffer;
  /** Its size in bytes. */
  readonly size: number;
  /** Where it begins, for what takes addresses as numbers. */
  readonly address: number;
  readonly #pointer: Deno.PointerObject;
  #open = true;

  private constructor(pointer: Deno.PointerObject, size: number) {
    this.#pointer = pointer;
    this.size = size;
    this.address = Number(Deno.UnsafePointer.value(pointer)); // 47 bits: exact
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, size);
  }

  /** Maps `size` bytes of zeroed memory. Pages that are never touched cost nothing. */
  static open(size: number): Mapping {
    return Mapping.#map(size, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0n);
  }

  /** Maps `size` bytes that the kernel shares through `fd`, such as a ring, at its `offset`. */
  static share(fd: number, size: number, offset: bigint): Mapping {
    return Mapping.#map(size, MAP_SHARED | MAP_POPULATE, fd, offset);
  }

  static #map(size: number, flags: number, fd: number, offset: bigint): Mapping {
    const pointer = mapMemory(size, PROT_READ | PROT_WRITE, flags, fd, offset);
    if (pointer !== undefined) return new Mapping(pointer, size);
    throw systemError(`Cannot map ${size} bytes of memory`, "mmap", errno());
  }

  /** The address of the byte at `offset`. Costs an allocation: make it once. */
  pointerAt(offset: number): Deno.PointerObject {
    assert(offset >= 0 && offset < this.size, `offset ${offset} outside of ${this.size} bytes`);
    const pointer = Deno.UnsafePointer.offset(this.#pointer, offset);
    if (pointer === null) throw new SystemError("The mapping has no address", "mmap", 0);
    return pointer;
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    libc().munmap(this.#pointer, BigInt(this.size));
  }
}
