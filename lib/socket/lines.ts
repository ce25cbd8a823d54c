/**
 * Lines that come by a connection.
 *
 * @module
 */
import { type ByteStream, disconnected } from "./stream.ts";

/** A line without its end, or one that was longer than may be, which is passed over. */
export type Line =
  | { readonly kind: "line"; readonly bytes: Uint8Array }
  | { readonly kind: "long" };

const CHUNK_SIZE = 64 * 1024;
const NEWLINE = 0x0a;

/** Takes lines; one caller at a time. */
export class LineReader {
  readonly #stream: ByteStream;
  readonly #sizeMax: number;
  readonly #chunk = new Uint8Array(CHUNK_SIZE);
  /** What of the chunk was not looked at. */
  #rest: Uint8Array = this.#chunk.subarray(0, 0);
  #parts: Uint8Array[] = [];
  #size = 0;
  #isPassingOver = false;

  /** A reader of `stream`, of lines of at most `sizeMax` bytes. */
  constructor(stream: ByteStream, sizeMax: number) {
    this.#stream = stream;
    this.#sizeMax = sizeMax;
  }

  /**
   * The next line, also the last one without an end; undefined where the stream ends. Throws
   * {@linkcode DisconnectError} of stream.ts where the connection is lost.
   */
  async next(): Promise<Line | undefined> {
    while (true) {
      if (this.#rest.length === 0 && !await this.#read()) {
        return this.#size === 0 ? undefined : this.#take();
      }
      const end = this.#rest.indexOf(NEWLINE);
      const part = end < 0 ? this.#rest : this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end < 0 ? this.#rest.length : end + 1);
      if (this.#isPassingOver) {
        this.#isPassingOver = end < 0;
        continue;
      }
      if (this.#size + part.length > this.#sizeMax) {
        this.#isPassingOver = end < 0;
        this.#take();
        return { kind: "long" };
      }
      this.#parts.push(part.slice());
      this.#size += part.length;
      if (end >= 0) return this.#take();
    }
  }

  /** The line of the parts so far; there are none then. */
  #take(): Line {
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#size = 0;
    return { kind: "line", bytes };
  }

  async #read(): Promise<boolean> {
    try {
      const count = await this.#stream.read(this.#chunk) ?? 0;
      this.#rest = this.#chunk.subarray(0, count);
      return count > 0;
    } catch (error) {
      throw disconnected(error);
    }
  }
}
