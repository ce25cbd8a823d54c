/**
 * Frames in memory, each with the one request that looks at it: for who works on one frame at a
 * time.
 *
 * @module
 */
import { Request } from "../target/request.ts";
import { Arena } from "./arena.ts";

/** One slot: its request and where its memory lies. */
export interface Slot {
  /** The request object, again and again. */
  readonly request: Request;
  /** Address of the frame. */
  readonly frame: Deno.PointerObject;
  /** Address of the data behind an ATA header. */
  readonly data: Deno.PointerObject;
}

/** A number of slots. */
export class Slots implements Disposable {
  /** All slots; a request's `slot` is its index. */
  readonly all: readonly Slot[];
  readonly #arena: Arena;

  private constructor(arena: Arena, count: number) {
    this.#arena = arena;
    this.all = Array.from({ length: count }, (_, index) => {
      const { views, frame, data } = arena.at(index);
      return { request: new Request(index, views), frame, data };
    });
  }

  /** Maps memory for `count` slots. */
  static open(count: number): Slots {
    return new Slots(Arena.open(count), count);
  }

  /** Memory for data that nobody wants to see. */
  get scratch(): Deno.PointerObject {
    return this.#arena.scratch;
  }

  /** Slot `index`. */
  at(index: number): Slot {
    const slot = this.all[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }

  /** Gives the memory back; no request may be used afterwards. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }
}
