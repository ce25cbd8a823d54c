/**
 * Direct I/O on disks whose sectors, or whose rules for memory, are coarser than 512 bytes: the
 * range of a request is widened to whole units in memory of its own. What a write does not cover is
 * read before. The target holds requests apart whose widened ranges overlap.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { copyMemory } from "../../ffi/memory.ts";
import type { Request } from "../target/request.ts";

/** Bytes of the largest request: 255 sectors. */
const LENGTH_MAX = 255 * 512;

/** Memory for each request, and its widened range. */
export class Bounce implements Disposable {
  readonly #unit: number;
  readonly #slotSize: number;
  readonly #memory: Mapping;
  readonly #pointers: (Deno.PointerObject | undefined)[];

  private constructor(memory: Mapping, unit: number, slotSize: number, count: number) {
    this.#memory = memory;
    this.#unit = unit;
    this.#slotSize = slotSize;
    this.#pointers = new Array(count * slotSize / 512).fill(undefined);
  }

  /** Maps memory for `count` requests on a disk of `unit` bytes; what is not used costs nothing. */
  static open(count: number, unit: number): Bounce {
    const slotSize = Math.ceil(LENGTH_MAX / unit) * unit + 2 * unit;
    return new Bounce(Mapping.open(count * slotSize), unit, slotSize, count);
  }

  /** First byte of the widened range on the disk. */
  offset(request: Request): number {
    return request.offset - request.offset % this.#unit;
  }

  /** Bytes of the widened range. */
  size(request: Request): number {
    const end = request.offset + request.length;
    return Math.ceil(end / this.#unit) * this.#unit - this.offset(request);
  }

  /** Whether the request covers its widened range. */
  isWhole(request: Request): boolean {
    return this.size(request) === request.length;
  }

  /** Address of the request's memory. */
  address(request: Request): number {
    return this.#memory.address + request.slot * this.#slotSize;
  }

  /** Copies the request's bytes out of its memory. */
  take(request: Request, data: Deno.PointerObject): void {
    copyMemory(data, this.#inside(request), request.length);
  }

  /** Copies the request's bytes into its memory. */
  put(request: Request, data: Deno.PointerObject): void {
    copyMemory(this.#inside(request), data, request.length);
  }

  /** Where the request's own bytes lie: a multiple of 512 into its memory. */
  #inside({ slot, offset }: Request): Deno.PointerObject {
    const at = (slot * this.#slotSize + offset % this.#unit) / 512;
    return this.#pointers[at] ??= this.#memory.pointerAt(at * 512);
  }

  /** Gives the memory back. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
