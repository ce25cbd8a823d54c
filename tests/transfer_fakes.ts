/**
 * Places in memory, which can be told to be slow, to come in another order, or to fail.
 *
 * @module
 */
import type { Identity, Place } from "../lib/transfer/place.ts";

/** A place in memory. */
export class MemoryPlace implements Place {
  readonly name: string;
  bytes: Uint8Array<ArrayBuffer>;
  readonly capacity: number;
  inOrder = false;
  /** Called with each access; may wait, or throw. */
  access: (kind: "read" | "write" | "sync", offset: number) => Promise<void> = async () => {};
  /** Where reads and writes began, in that order. */
  readonly reads: number[] = [];
  readonly writes: number[] = [];
  syncCount = 0;
  /** What it holds already. */
  contents: readonly string[] = [];
  /** Every call of `prepare` and `reach`. */
  readonly told: string[] = [];
  #underWay = 0;
  /** Most accesses at a time. */
  mostUnderWay = 0;
  canFlush = true;

  /** Makes one that holds `bytes`. */
  constructor(name: string, bytes: Uint8Array<ArrayBuffer>) {
    this.name = name;
    this.bytes = bytes;
    this.capacity = bytes.length;
  }

  get size(): number {
    return this.bytes.length;
  }

  get identity(): Identity {
    return { disk: this.name };
  }

  get sourceIdentity(): Identity {
    return { ...this.identity, size: `${this.size}` };
  }

  prepare(fresh: boolean): void {
    this.told.push(fresh ? "fresh" : "kept");
  }

  occupied(): Promise<readonly string[]> {
    return Promise.resolve(this.contents);
  }

  async read(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<number> {
    this.reads.push(offset);
    await this.#during("read", offset);
    const part = this.bytes.subarray(offset, offset + bytes.length);
    bytes.set(part);
    return part.length;
  }

  async write(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<void> {
    this.writes.push(offset);
    await this.#during("write", offset);
    this.bytes.set(bytes, offset);
  }

  async #during(kind: "read" | "write", offset: number): Promise<void> {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.#underWay);
    try {
      await this.access(kind, offset);
    } finally {
      this.#underWay--;
    }
  }

  async sync(): Promise<boolean> {
    this.syncCount++;
    await this.access("sync", 0);
    return this.canFlush;
  }

  reach(end: number): Promise<void> {
    this.told.push(`end ${end}`);
    return Promise.resolve();
  }
}

/** Waits a little, another time for each offset, so that nothing keeps its order. */
export async function shuffle(_kind: string, offset: number): Promise<void> {
  const turns = (offset / 512 * 7919) % 13;
  for (let turn = 0; turn < turns; turn++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

/** A signal that never comes. */
export const NEVER: AbortSignal = new AbortController().signal;
