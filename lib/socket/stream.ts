/**
 * Whole messages in and out of a connection.
 *
 * @module
 */

/** What is needed of a connection; a `Deno.Conn` is one. */
export interface ByteStream {
  /** Reads at most all of `into`; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of `bytes`; returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Ends both ways at once, also a second time; what waits fails. */
  close(): void;
}

/** The other side went away, or sent what no client sends: nothing more can be said to it. */
export class DisconnectError extends Error {
  /** The class's name, for messages. */
  override readonly name = "DisconnectError";
}

/** Large enough for a header and small payloads; larger ones go straight where they belong. */
const BUFFER_SIZE = 64 * 1024;

/** Takes messages; one caller at a time. */
export class ByteReader {
  readonly #stream: ByteStream;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #start = 0;
  #end = 0;

  /** A reader of `stream`. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /**
   * The next `size` bytes, at most 64 KiB, which hold until the next call; undefined where the
   * stream ends before the first. Throws {@linkcode DisconnectError} where it ends later.
   */
  async take(size: number): Promise<DataView | undefined> {
    if (this.#end - this.#start < size) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    while (this.#end - this.#start < size) {
      const got = await this.#read(this.#buffer.subarray(this.#end));
      if (got === 0 && this.#end === this.#start) return undefined;
      if (got === 0) throw new DisconnectError("the connection ended inside a message");
      this.#end += got;
    }
    const view = new DataView(this.#buffer.buffer, this.#start, size);
    this.#start += size;
    return view;
  }

  /** The same where the stream must not end. */
  async need(size: number): Promise<DataView> {
    const view = await this.take(size);
    if (view === undefined) throw new DisconnectError("the connection ended");
    return view;
  }

  /** Fills `into` with the next bytes. */
  async fill(into: Uint8Array): Promise<void> {
    const ready = Math.min(into.length, this.#end - this.#start);
    into.set(this.#buffer.subarray(this.#start, this.#start + ready));
    this.#start += ready;
    for (let at = ready; at < into.length;) {
      const got = await this.#read(into.subarray(at));
      if (got === 0) throw new DisconnectError("the connection ended inside a message");
      at += got;
    }
  }

  /** Passes over the next `size` bytes. */
  async skip(size: number): Promise<void> {
    for (let rest = size; rest > 0;) {
      const part = Math.min(rest, BUFFER_SIZE);
      await this.need(part);
      rest -= part;
    }
  }

  async #read(into: Uint8Array): Promise<number> {
    try {
      return await this.#stream.read(into) ?? 0;
    } catch (error) {
      throw disconnected(error);
    }
  }
}

/** Sends messages; those of several callers leave whole, one after the other. */
export class ByteWriter {
  readonly #stream: ByteStream;
  #last: Promise<void> = Promise.resolve();

  /** A writer to `stream`. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Sends a message, which must not change until then. Throws {@linkcode DisconnectError}. */
  send(message: Uint8Array): Promise<void> {
    // Where one failed the others fail too: half a message went out.
    this.#last = this.#last.then(() => this.#write(message));
    return this.#last;
  }

  async #write(message: Uint8Array): Promise<void> {
    for (let rest = message; rest.length > 0;) {
      try {
        rest = rest.subarray(await this.#stream.write(rest));
      } catch (error) {
        // Without replies there is no use in more requests.
        this.#stream.close();
        throw disconnected(error);
      }
    }
  }
}

/** What to throw where a connection failed with `error`. */
export function disconnected(error: unknown): DisconnectError {
  const why = error instanceof Error ? error.message : `${error}`;
  return new DisconnectError(`the connection was lost: ${why}`);
}
