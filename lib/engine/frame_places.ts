/**
 * Where the frame of each request of the ring engine lies: in the slot that it was received into,
 * or in the arena; and where the data of its reply lies, if that is elsewhere.
 *
 * @module
 */
import { copyMemory } from "../../ffi/memory.ts";
import type { Request } from "../target/request.ts";
import { Arena, type DataPlaces, type FrameMemory } from "./arena.ts";

/** See above. */
export class FramePlaces implements DataPlaces, Disposable {
  /** Whether a reply may wait whose data is lent; whoever has sent all takes it back. */
  hasLent = false;
  readonly #arena: Arena;
  readonly #frames: FrameMemory[];
  /** By the request's slot; 0: the data is in the frame. */
  readonly #lent: Float64Array;
  readonly #sendAll: () => void;

  /**
   * Places for the requests with slots below `count`, all in the arena.
   *
   * @param sendAll sends the replies that wait
   */
  constructor(count: number, sendAll: () => void) {
    this.#arena = Arena.open(count);
    this.#frames = Array.from({ length: count }, (_, slot) => this.#arena.at(slot));
    this.#lent = new Float64Array(count);
    this.#sendAll = sendAll;
  }

  /** The memory of the frame of the request with that slot. */
  at(slot: number): FrameMemory {
    return this.#frames[slot] ?? this.#arena.at(slot);
  }

  /** The request's frame lies in `memory` from now on. */
  move(request: Request, memory: FrameMemory): void {
    this.#frames[request.slot] = memory;
    this.#lent[request.slot] = 0;
    request.lieIn(memory.views);
  }

  /** The request's frame, of which nothing is needed, lies in the arena from now on. */
  moveToArena(request: Request): void {
    this.move(request, this.#arena.at(request.slot));
  }

  /** Copies the first `size` bytes of the request's frame to the arena, if they lie elsewhere. */
  copyToArena(request: Request, size: number): void {
    const from = this.at(request.slot);
    const to = this.#arena.at(request.slot);
    if (from === to) return;
    copyMemory(to.frame, from.frame, size);
    this.move(request, to);
  }

  /** Address of the data of the request's reply, where it was lent; else 0. */
  lent(request: Request): number {
    return this.#lent[request.slot] ?? 0;
  }

  /** See {@linkcode DataPlaces}. */
  lend(request: Request, address: number): void {
    this.#lent[request.slot] = address;
    this.hasLent = true;
  }

  /** See {@linkcode DataPlaces}. */
  reclaim(): void {
    if (this.hasLent) this.#sendAll();
  }

  /** See {@linkcode DataPlaces}. */
  data(request: Request): Deno.PointerObject {
    return this.at(request.slot).data;
  }

  /** See {@linkcode DataPlaces}. */
  dataAddress(request: Request): number {
    return this.at(request.slot).dataAddress;
  }

  /** See {@linkcode DataPlaces}. */
  get scratch(): Deno.PointerObject {
    return this.#arena.scratch;
  }

  /** See {@linkcode DataPlaces}. */
  get scratchAddress(): number {
    return this.#arena.scratchAddress;
  }

  /** Gives the arena back. */
  [Symbol.dispose](): void {
    this.#arena[Symbol.dispose]();
  }
}
