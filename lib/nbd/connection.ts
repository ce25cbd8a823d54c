/**
 * One client, from its first byte to its last.
 *
 * @module
 */
import { log } from "../log.ts";
import type { NbdExport } from "./export.ts";
import { Handshake } from "./handshake.ts";
import { ByteReader, type ByteStream, ByteWriter, DisconnectError } from "../socket/stream.ts";
import { Transmission } from "./transmission.ts";

/** How long a client may take to say what it wants. */
export const HANDSHAKE_MS = 60_000;

/** A client's connection. */
export class Connection {
  /** When it has ended, and nothing of it is under way; never rejects. */
  readonly ended: Promise<void>;
  readonly #stream: ByteStream;
  readonly #served: NbdExport;
  readonly #name: string;
  readonly #handshakeMs: number;
  #transmission: Transmission | undefined;
  #isStopping = false;

  /** Serves the client, whom the log calls `name`. */
  constructor(
    stream: ByteStream,
    served: NbdExport,
    name: string,
    handshakeMs: number = HANDSHAKE_MS,
  ) {
    this.#stream = stream;
    this.#served = served;
    this.#name = name;
    this.#handshakeMs = handshakeMs;
    this.ended = this.#run();
  }

  /** Refuses what comes from now on, and ends when what is under way is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#transmission?.stop();
    await this.#transmission?.idle();
    this.close();
    await this.ended;
  }

  /** Ends it at once. */
  close(): void {
    this.#stream.close();
  }

  async #run(): Promise<void> {
    log.debug(`${this.#name} is there`);
    try {
      await this.#serve();
      log.debug(`${this.#name} has left`);
    } catch (error) {
      this.#transmission?.abandon();
      if (error instanceof DisconnectError) log.debug(`${this.#name}: ${error.message}`);
      else log.error(`A bug: ${error instanceof Error ? error.stack ?? error.message : error}`);
    }
    this.close();
    await this.#transmission?.idle();
  }

  async #serve(): Promise<void> {
    const reader = new ByteReader(this.#stream);
    const writer = new ByteWriter(this.#stream);
    const timer = setTimeout(() => this.close(), this.#handshakeMs);
    try {
      const session = await new Handshake(reader, writer, this.#served).run();
      if (session === undefined) return;
      const { isStructured } = session;
      this.#transmission = new Transmission(reader, writer, this.#served.disk, isStructured);
    } finally {
      clearTimeout(timer);
    }
    if (this.#isStopping) this.#transmission.stop();
    await this.#transmission.run();
  }
}
