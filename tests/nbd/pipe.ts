/**
 * Two ends of a connection in memory, which holds a bounded number of bytes each way as a socket
 * does.
 *
 * @module
 */
import type { ByteStream } from "../../lib/socket/stream.ts";

/** One way. */
class Channel {
  readonly #capacity: number;
  #parts: Uint8Array[] = [];
  #size = 0;
  #isClosed = false;
  #wake: () => void = () => {};
  #changed = this.#newChange();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  #newChange(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  #change(): void {
    this.#wake();
    this.#changed = this.#newChange();
  }

  get size(): number {
    return this.#size;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#size === 0) {
      if (this.#isClosed) return null;
      await this.#changed;
    }
    const [first = new Uint8Array(0)] = this.#parts;
    const count = Math.min(first.length, into.length);
    into.set(first.subarray(0, count));
    if (count === first.length) this.#parts.shift();
    else this.#parts[0] = first.subarray(count);
    this.#size -= count;
    this.#change();
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.#size >= this.#capacity && !this.#isClosed) await this.#changed;
    if (this.#isClosed) throw new Error("Broken pipe");
    const count = Math.min(bytes.length, this.#capacity - this.#size);
    this.#parts.push(bytes.slice(0, count));
    this.#size += count;
    this.#change();
    return count;
  }

  close(): void {
    this.#isClosed = true;
    this.#change();
  }
}

/** One end of a {@linkcode pipe}. */
export class PipeEnd implements ByteStream {
  readonly #input: Channel;
  readonly #output: Channel;
  /** Whether this end was closed. */
  isClosed = false;

  constructor(input: Channel, output: Channel) {
    this.#input = input;
    this.#output = output;
  }

  /** Bytes that the other end sent and this one did not read. */
  get waiting(): number {
    return this.#input.size;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#input.read(into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#output.write(bytes);
  }

  /** Says that nothing more is sent. */
  closeWrite(): void {
    this.#output.close();
  }

  close(): void {
    this.isClosed = true;
    this.#input.close();
    this.#output.close();
  }
}

/** Both ends of a connection that holds `capacity` bytes each way. */
export function pipe(capacity: number = 256 * 1024): readonly [PipeEnd, PipeEnd] {
  const [there, back] = [new Channel(capacity), new Channel(capacity)];
  return [new PipeEnd(there, back), new PipeEnd(back, there)];
}
