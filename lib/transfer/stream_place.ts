/**
 * Standard input and output as places that are read and written from beginning to end.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { streamSize } from "../../ffi/local_file.ts";
import type { Destination, Source } from "./place.ts";

const STDIN = 0;

/** Where a stream's bytes come from. */
export interface ByteReader {
  /** Takes some bytes; null at the end. */
  read(bytes: Uint8Array): Promise<number | null>;
}

/** Where a stream's bytes go. */
export interface ByteWriter {
  /** Gives some bytes away; returns how many were taken. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Standard input. */
export class StreamSource implements Source {
  /** Its name. */
  readonly name = "standard input";
  /** Known where the shell opened a file for it. */
  readonly size: number | undefined;
  /** It cannot be positioned. */
  readonly inOrder = true;
  readonly #reader: ByteReader;

  /** Makes it of a reader. */
  constructor(reader: ByteReader, size: number | undefined) {
    this.#reader = reader;
    this.size = size;
  }

  /** The process's own. */
  static open(): StreamSource {
    return new StreamSource(Deno.stdin, streamSize(STDIN));
  }

  /** Fills `bytes` with what comes next: a pipe gives less at a time. */
  async read(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      const count = await this.#take(bytes.subarray(done));
      if (count === null || count === 0) break;
      done += count;
    }
    return done;
  }

  async #take(bytes: Uint8Array): Promise<number | null> {
    try {
      return await this.#reader.read(bytes);
    } catch (error) {
      throw new SystemError(`Cannot read standard input: ${reasonOf(error)}`, "read", 0);
    }
  }
}

/** Standard output. */
export class StreamDestination implements Destination {
  /** Its name. */
  readonly name = "standard output";
  /** It takes what its reader takes. */
  readonly capacity: undefined = undefined;
  /** It cannot be positioned. */
  readonly inOrder = true;
  readonly #writer: ByteWriter;

  /** Makes it of a writer. */
  constructor(writer: ByteWriter = Deno.stdout) {
    this.#writer = writer;
  }

  /** Writes all of `bytes`. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await this.#writer.write(rest));
      }
    } catch (error) {
      throw new SystemError(`Cannot write to standard output: ${reasonOf(error)}`, "write", 0);
    }
  }

  /** What was written is its reader's: nobody here knows when it is durable. */
  sync(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** It ends when the program does. */
  reach(): Promise<void> {
    return Promise.resolve();
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.BrokenPipe) return "its reader went away";
  return error instanceof Error ? error.message : `${error}`;
}
