/**
 * Clients come, are served, and leave, without one noticing another.
 *
 * @module
 */
import { log } from "../log.ts";
import { RateLimit } from "../rate_limit.ts";
import { Connection } from "./connection.ts";
import type { NbdExport } from "./export.ts";
import type { ByteStream } from "./stream.ts";

/** Most clients at a time: each may hold 32 MiB. */
export const CONNECTIONS_MAX = 32;
/** How long what is under way may take once the server is asked to end. */
export const STOP_MS = 5000;
/** Pause after a client could not be let in, as for want of file descriptors. */
const ACCEPT_PAUSE_MS = 200;

/** Where clients come from. */
export interface Listener {
  /** The next client; throws where there is none, for good once it is closed. */
  accept(): Promise<ByteStream>;
  /** Lets no more clients in. */
  close(): void;
}

/** Serves one export to many clients. */
export class Server {
  readonly #listener: Listener;
  readonly #served: NbdExport;
  readonly #connections = new Set<Connection>();
  readonly #accepting: Promise<void>;
  readonly #logged = new RateLimit();
  #isClosed = false;
  #nextNumber = 1;

  /** Serves `served` to those who come by `listener`, which is closed in the end. */
  constructor(listener: Listener, served: NbdExport) {
    this.#listener = listener;
    this.#served = served;
    this.#accepting = this.#accept();
  }

  /** How many clients there are. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /**
   * Lets no more clients in, waits at most `limitMs` for what is under way, and makes durable what
   * was written.
   */
  async stop(limitMs: number = STOP_MS): Promise<void> {
    this.#isClosed = true;
    this.#listener.close();
    await this.#accepting;
    const all = [...this.#connections];
    const isDone = await within(limitMs, Promise.all(all.map((one) => one.stop())));
    if (!isDone) log.warn(`What was under way did not end within ${limitMs} ms`);
    for (const connection of all) connection.close();
    const { disk } = this.#served;
    if (disk.readOnly || !disk.canFlush || disk.isWriteThrough) return;
    const flush = disk.flush().catch((error) => log.error(`The last flush failed: ${error}`));
    if (!await within(limitMs, flush)) log.error(`The last flush took more than ${limitMs} ms`);
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#admit(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        log.warn(`No client was let in: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #admit(stream: ByteStream): void {
    const name = `client ${this.#nextNumber++}`;
    if (this.#isClosed || this.#connections.size >= CONNECTIONS_MAX) {
      const suppressed = this.#isClosed ? undefined : this.#logged.take();
      if (suppressed !== undefined) {
        log.warn(`A client was sent away (${suppressed} before): ${CONNECTIONS_MAX} are the most`);
      }
      stream.close();
      return;
    }
    const connection = new Connection(stream, this.#served, name);
    this.#connections.add(connection);
    connection.ended.then(() => this.#connections.delete(connection));
  }
}

/** Whether `work` ended in time. */
async function within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
