/**
 * Copies of requests that are not done yet (docs/protocol.md, "Order"): a client that hears nothing
 * for a while asks again, with the same tag or a new one, perhaps over another interface. Such a
 * copy is not run: when the request is done, each who asked is answered.
 *
 * @module
 */
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { PortAddress, Request } from "./request.ts";

/** So many are answered by one run of a request, the first included. */
export const ASKERS_MAX = 8;
const COPIES_MAX = ASKERS_MAX - 1;

/** Whether `copy` asks for nothing but what `first` does already. */
export function isDuplicate(first: Request, copy: Request, isWrite: boolean): boolean {
  if (first.source !== copy.source || !first.ata.hasRegistersOf(copy.ata)) return false;
  return !isWrite || first.ata.hasDataOf(copy.ata, copy.ata.count * SECTOR_SIZE);
}

/** Who else asked for what a request does, by the request's entry in the table. */
export class Askers {
  readonly #tags: Uint32Array;
  readonly #ports: (PortAddress | undefined)[];
  readonly #counts: Uint8Array;
  readonly #answered: Uint8Array;

  /** For a table of `size` requests. */
  constructor(size: number) {
    this.#tags = new Uint32Array(size * COPIES_MAX);
    this.#ports = new Array(size * COPIES_MAX).fill(undefined);
    this.#counts = new Uint8Array(size);
    this.#answered = new Uint8Array(size);
  }

  /** Notes who sent `copy`, unless the same asked before or there are too many. */
  note(first: Request, copy: Request): void {
    const { port } = copy;
    const { tag } = copy.frame;
    if (first.port === port && first.frame.tag === tag) return;
    const count = this.#counts[first.entry] ?? 0;
    const start = first.entry * COPIES_MAX;
    for (let index = start; index < start + count; index++) {
      if (this.#ports[index] === port && this.#tags[index] === tag) return;
    }
    if (count === COPIES_MAX) return;
    this.#ports[start + count] = port;
    this.#tags[start + count] = tag;
    this.#counts[first.entry] = count + 1;
  }

  /** Whether anybody else asked. */
  has(request: Request): boolean {
    return this.#counts[request.entry] !== 0;
  }

  /** Turns the reply into that for the next asker; false where there is none. */
  answer(request: Request): boolean {
    const { entry, frame } = request;
    for (;;) {
      const index = this.#answered[entry] ?? 0;
      if (index === this.#counts[entry]) return false;
      this.#answered[entry] = index + 1;
      const port = this.#ports[entry * COPIES_MAX + index];
      if (port === undefined) return false;
      request.port = port;
      frame.source = port.mac;
      frame.tag = this.#tags[entry * COPIES_MAX + index] ?? 0;
      // What does not fit its interface any more is not sent: its client asks again.
      if (request.canSend(request.replySize)) return true;
    }
  }

  /** Forgets all who asked for what the request did. */
  forget(request: Request): void {
    this.#counts[request.entry] = 0;
    this.#answered[request.entry] = 0;
  }
}
