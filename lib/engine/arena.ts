/**
 * Memory of frames: where they are received, where they wait, where they are sent from. All views
 * and pointers of a piece of memory are made once.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { FrameViews, type Request } from "../target/request.ts";
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

/** Memory that the kernel may point at and JavaScript sees. */
export interface KernelMemory {
  /** All of it. */
  readonly buffer: ArrayBuffer;
  /** Address of its first byte as a number. */
  readonly address: number;
  /** The address of the byte at `offset`. */
  pointerAt(offset: number): Deno.PointerObject;
}

/** The memory of one frame. */
export class FrameMemory {
  /** What it holds, as every frame format. */
  readonly views: FrameViews;
  /** Address of the frame. */
  readonly frame: Deno.PointerObject;
  /** The same as a number. */
  readonly frameAddress: number;
  /** Address of the data behind an ATA header. */
  readonly data: Deno.PointerObject;
  /** The same as a number. */
  readonly dataAddress: number;

  /** The frame of up to `size` bytes at `offset` of `memory`. */
  constructor(memory: KernelMemory, offset: number, size: number) {
    this.views = new FrameViews(new DataView(memory.buffer, offset, size));
    this.frame = memory.pointerAt(offset);
    this.data = memory.pointerAt(offset + ATA_HEADER_SIZE);
    this.frameAddress = memory.address + offset;
    this.dataAddress = this.frameAddress + ATA_HEADER_SIZE;
  }
}

/** Where the data of requests lies. */
export interface DataPlaces {
  /** Address of the data of a request's frame. */
  data(request: Request): Deno.PointerObject;
  /** The same as a number. */
  dataAddress(request: Request): number;
  /** Memory for data that nobody wants to see. */
  readonly scratch: Deno.PointerObject;
  /** The same as a number. */
  readonly scratchAddress: number;
  /** The data of the request's reply lies at `address`, until the reply is sent. */
  lend(request: Request, address: number): void;
  /** What was lent is about to change: replies that wait for it are sent. */
  reclaim(): void;
}

/** Frames that lie outside of any ring. */
export class Arena implements Disposable {
  /** Memory for data that nobody wants to see. */
  readonly scratch: Deno.PointerObject;
  /** Its address as a number. */
  readonly scratchAddress: number;
  readonly #memory: Mapping;
  readonly #frames: (FrameMemory | undefined)[];

  private constructor(memory: Mapping, count: number) {
    this.#memory = memory;
    this.#frames = new Array(count).fill(undefined);
    this.scratch = memory.pointerAt(count * SLOT_SIZE);
    this.scratchAddress = memory.address + count * SLOT_SIZE;
  }

  /** Maps memory for `count` frames. */
  static open(count: number): Arena {
    return new Arena(Mapping.open(count * SLOT_SIZE + SCRATCH_SIZE), count);
  }

  /** Frame `index`: its views are made when it is first used. */
  at(index: number): FrameMemory {
    return this.#frames[index] ??= this.#make(index);
  }

  #make(index: number): FrameMemory {
    if (index >= this.#frames.length) throw new RangeError(`there is no frame ${index}`);
    return new FrameMemory(this.#memory, index * SLOT_SIZE + FRAME_OFFSET, FRAME_SIZE_MAX);
  }

  /** Gives the memory back; no frame may be used afterwards. */
  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
