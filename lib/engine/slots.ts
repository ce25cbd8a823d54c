/**
 * The memory that frames are received into and replies are sent from: a ring of equal slots in one
 * mapping, each with the request object that looks at it. All views and pointers are made here,
 * once.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { FrameViews, Request } from "../target/request.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { ETHER_HEADER_SIZE } from "../wire/frame.ts";

/** Largest MTU that is served, that of the loopback interface; pages not used cost nothing. */
export const MTU_MAX = 65536;
/** Largest frame in bytes. */
export const FRAME_SIZE_MAX: number = MTU_MAX + ETHER_HEADER_SIZE;

const PAGE_SIZE = 4096;
/** A frame begins here in its slot, so that its data begins at a multiple of 512: direct I/O. */
const FRAME_OFFSET = SECTOR_SIZE - ATA_HEADER_SIZE;
const SLOT_SIZE = Math.ceil((FRAME_OFFSET + FRAME_SIZE_MAX) / PAGE_SIZE) * PAGE_SIZE;
/** Room for the largest verify: 255 sectors. */
const SCRATCH_SIZE = 32 * PAGE_SIZE;

/** One slot: its request and where its memory lies. */
export interface Slot {
  /** The request object, again and again. */
  readonly request: Request;
  /** Address of the frame. */
  readonly frame: Deno.PointerObject;
  /** Address of the data behind an ATA header. */
  readonly data: Deno.PointerObject;
}

/** The ring of slots. */
export class Slots implements Disposable {
  /** All slots; a request's `slot` is its index. */
  readonly all: readonly Slot[];
  /** Memory for data that nobody wants to see. */
  readonly scratch: Deno.PointerObject;
  readonly #memory: Mapping;

  private constructor(memory: Mapping, count: number) {
    this.#memory = memory;
    this.all = Array.from({ length: count }, (_, index) => {
      const offset = index * SLOT_SIZE + FRAME_OFFSET;
      const view = new DataView(memory.buffer, offset, FRAME_SIZE_MAX);
      return {
        request: new Request(index, new FrameViews(view)),
        frame: memory.pointerAt(offset),
        data: memory.pointerAt(offset + ATA_HEADER_SIZE),
      };
    });
    this.scratch = memory.pointerAt(count * SLOT_SIZE);
  }

  /** Maps memory for `count` slots. */
  static open(count: number): Slots {
    return new Slots(Mapping.open(count * SLOT_SIZE + SCRATCH_SIZE), count);
  }

  /** Slot `index`. */
  at(index: number): Slot {
    const slot = this.all[index];
    if (slot === undefined) throw new RangeError(`there is no slot ${index}`);
    return slot;
  }

  /** Gives the memory back; no request may be used afterwards. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
