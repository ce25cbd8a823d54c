/**
 * The second phase of a connection: requests are carried out, many at a time, and answered in the
 * order in which they end (NBD proto.md, "Transmission").
 *
 * @module
 */
import { log } from "../log.ts";
import { Command, CommandFlag, Errno } from "./constants.ts";
import { type NbdDisk, NbdError, SECTOR_SIZE } from "./disk.ts";
import { errorReply, readReply, simpleReply } from "./reply.ts";
import {
  type Complaint,
  complaintOf,
  type NbdRequest,
  payloadSize,
  readRequest,
  REQUEST_SIZE,
} from "./request.ts";
import { Semaphore } from "./semaphore.ts";
import { type ByteReader, type ByteWriter, DisconnectError } from "../socket/stream.ts";

/** Most requests of a connection that are under way. */
export const REQUESTS_MAX = 64;
/** Most bytes of their data; one request alone may have as many as any. */
export const BYTES_MAX: number = 32 * 2 ** 20;

/** How long what is under way may take after the client has left without a word. */
const LINGER_MS = 2000;

/** One connection's. */
export class Transmission {
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #disk: NbdDisk;
  readonly #isStructured: boolean;
  readonly #requests = new Semaphore(REQUESTS_MAX);
  readonly #bytes = new Semaphore(BYTES_MAX);
  readonly #running = new Set<Promise<void>>();
  /** Aborted when nobody reads replies any more. */
  readonly #gone = new AbortController();
  #isStopping = false;

  /** Serves `disk` to a client that is past the handshake. */
  constructor(reader: ByteReader, writer: ByteWriter, disk: NbdDisk, isStructured: boolean) {
    this.#reader = reader;
    this.#writer = writer;
    this.#disk = disk;
    this.#isStructured = isStructured;
  }

  /**
   * Serves until the client has ended and has all its replies; throws
   * {@linkcode DisconnectError} at once where it ended badly.
   */
  async run(): Promise<void> {
    for (;;) {
      const header = await this.#reader.take(REQUEST_SIZE);
      if (header === undefined) return await this.#linger();
      const request = readRequest(header);
      if (request.type === Command.DISC) return await this.idle();
      await this.#begin(request);
    }
  }

  /** A client that left without a word may still read; one that has crashed must not stay. */
  async #linger(): Promise<void> {
    const timer = setTimeout(() => this.abandon(), LINGER_MS);
    await this.idle();
    clearTimeout(timer);
  }

  /** Refuses what comes from now on. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Leaves off what is under way: the client has gone. */
  abandon(): void {
    this.#gone.abort();
  }

  /** Returns when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Takes a request's payload and starts its work; nothing more is read until there is room. */
  async #begin(request: NbdRequest): Promise<void> {
    const complaint = this.#isStopping
      ? { errno: Errno.ESHUTDOWN, message: "The server is being shut down" }
      : complaintOf(request, this.#disk, this.#isStructured);
    // What is refused holds no data.
    const size = complaint === undefined ? dataSize(request) : 0;
    await this.#requests.acquire(1);
    await this.#bytes.acquire(size);
    let work: Promise<void>;
    try {
      work = complaint === undefined
        ? this.#carryOut(request, await this.#payload(request))
        : this.#refuse(request, complaint);
    } catch (error) {
      this.#release(size);
      throw error;
    }
    const done = work.catch(() => this.abandon()).finally(() => {
      this.#release(size);
      this.#running.delete(done);
    });
    this.#running.add(done);
    // A refused payload is passed over only after its place is taken.
    if (complaint !== undefined) await this.#reader.skip(payloadSize(request));
  }

  async #payload(request: NbdRequest): Promise<Uint8Array<ArrayBuffer>> {
    const payload = new Uint8Array(payloadSize(request));
    await this.#reader.fill(payload);
    return payload;
  }

  async #carryOut(request: NbdRequest, payload: Uint8Array): Promise<void> {
    let reply: Uint8Array;
    try {
      reply = await this.#work(request, payload);
    } catch (error) {
      const { errno, message } = nbdError(error);
      reply = errorReply(request, errno, message, this.#isStructured);
    }
    await this.#writer.send(reply);
  }

  /** Does what is asked; returns the reply. */
  async #work(request: NbdRequest, payload: Uint8Array): Promise<Uint8Array> {
    const disk = this.#disk;
    const { signal } = this.#gone;
    const lba = request.offset / SECTOR_SIZE;
    const count = request.length / SECTOR_SIZE;
    const noHole = (request.flags & CommandFlag.NO_HOLE) !== 0;
    switch (request.type) {
      case Command.READ: {
        const { bytes, data } = readReply(request, this.#isStructured);
        await disk.read(lba, data, signal);
        return bytes;
      }
      case Command.WRITE:
        await disk.write(lba, payload, signal);
        break;
      case Command.WRITE_ZEROES:
        if (disk.trimReadsZeros && !noHole) await disk.trim(lba, count, signal);
        else await disk.writeZeros(lba, count, signal);
        break;
      case Command.TRIM:
        await disk.trim(lba, count, signal);
        break;
      case Command.FLUSH:
        await this.#flush();
        return simpleReply(request);
    }
    const isDurable = (request.flags & CommandFlag.FUA) !== 0;
    if (isDurable && !disk.isWriteThrough) await this.#flush();
    return simpleReply(request);
  }

  /** A flush is shared with others, and cannot be left off for one of them. */
  async #flush(): Promise<void> {
    const { signal } = this.#gone;
    const { promise, reject } = Promise.withResolvers<never>();
    const leave = (): void => reject(new NbdError(Errno.EIO, "the client has gone"));
    signal.addEventListener("abort", leave);
    try {
      if (signal.aborted) leave();
      await Promise.race([this.#disk.flush(), promise]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #refuse(request: NbdRequest, { errno, message }: Complaint): Promise<void> {
    return this.#writer.send(errorReply(request, errno, message, this.#isStructured));
  }

  #release(size: number): void {
    this.#bytes.release(size);
    this.#requests.release(1);
  }
}

/** Bytes of memory that a request holds until it is answered. */
function dataSize(request: NbdRequest): number {
  return request.type === Command.READ ? request.length : payloadSize(request);
}

function nbdError(error: unknown): Complaint {
  if (error instanceof NbdError) return error;
  if (!(error instanceof DisconnectError)) {
    log.error(`A bug: ${error instanceof Error ? error.stack ?? error.message : error}`);
  }
  return { errno: Errno.EIO, message: "The server failed" };
}
