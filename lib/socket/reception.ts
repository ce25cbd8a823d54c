/**
 * Clients come, are served, and leave, without one noticing another.
 *
 * @module
 */
import { log } from "../log.ts";
import { RateLimit } from "../rate_limit.ts";
import type { Listener } from "./listener.ts";
import type { ByteStream } from "./stream.ts";

/** A client that is served. */
export interface Guest {
  /** When it has left, and nothing of it is under way; never rejects. */
  readonly ended: Promise<void>;
  /** Ends when what is under way is answered. */
  stop(): Promise<void>;
  /** Ends at once. */
  close(): void;
}

/** Pause after a client could not be let in, as for want of file descriptors. */
const ACCEPT_PAUSE_MS = 200;

/** Lets clients in. */
export class Reception {
  readonly #listener: Listener;
  readonly #most: number;
  readonly #admit: (stream: ByteStream, name: string) => Guest;
  readonly #guests = new Set<Guest>();
  readonly #accepting: Promise<void>;
  readonly #logged = new RateLimit();
  #isClosed = false;
  #nextNumber = 1;

  /**
   * Lets those in who come by `listener`, which is closed in the end.
   *
   * @param most how many there may be at a time
   * @param admit serves one, whom the log calls `name`
   */
  constructor(
    listener: Listener,
    most: number,
    admit: (stream: ByteStream, name: string) => Guest,
  ) {
    this.#listener = listener;
    this.#most = most;
    this.#admit = admit;
    this.#accepting = this.#accept();
  }

  /** How many clients there are. */
  get guestCount(): number {
    return this.#guests.size;
  }

  /** Lets no more in, waits at most `limitMs` for what is under way, and sends all away. */
  async stop(limitMs: number): Promise<void> {
    if (!this.#isClosed) this.#listener.close();
    this.#isClosed = true;
    await this.#accepting;
    const all = [...this.#guests];
    const isDone = await within(limitMs, Promise.all(all.map((one) => one.stop())));
    if (!isDone) log.warn(`What was under way did not end within ${limitMs} ms`);
    for (const guest of all) guest.close();
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosed) return;
        log.warn(`No client was let in: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE_MS));
      }
    }
  }

  #take(stream: ByteStream): void {
    const name = `client ${this.#nextNumber++}`;
    if (this.#isClosed || this.#guests.size >= this.#most) {
      const suppressed = this.#isClosed ? undefined : this.#logged.take();
      if (suppressed !== undefined) {
        log.warn(`A client was sent away (${suppressed} before): ${this.#most} are the most`);
      }
      stream.close();
      return;
    }
    const guest = this.#admit(stream, name);
    this.#guests.add(guest);
    guest.ended.then(() => this.#guests.delete(guest));
  }
}

/** Whether `work` ended in time. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
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
