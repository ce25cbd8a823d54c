/**
 * The SHA-256 of data that passes by.
 *
 * @module
 */
import type { Source } from "./place.ts";
import { type Range, ReadAhead } from "./read_ahead.ts";

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "hex"): string;
}

/** What accompanies work that takes long. */
export interface Watch {
  /** Called whenever more is done, with how many bytes are. */
  readonly progress: (done: number) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** A checksum that grows. */
export class Checksum {
  readonly #hash: Hash;

  private constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** Begins one; Web Crypto has none that takes data in pieces. */
  static async open(): Promise<Checksum> {
    const { createHash } = await import("node:crypto");
    return new Checksum(createHash("sha256"));
  }

  /** Takes the next bytes. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Takes a range of `source`; stops early where the signal says so. */
  async updateFrom(
    source: Source,
    range: Range,
    { progress, signal }: Watch,
  ): Promise<void> {
    const pieces = new ReadAhead(source, range);
    let done = 0;
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
      this.update(piece);
      done += piece.length;
      pieces.release(piece);
      progress(done);
      if (signal.aborted) return;
    }
  }

  /** Ends it: 64 hexadecimal digits. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}
