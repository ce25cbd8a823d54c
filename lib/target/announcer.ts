/**
 * Advertisements that are still to be sent: one to every station, or one to each that is named.
 *
 * @module
 */
import { BROADCAST_MAC } from "../wire/mac.ts";
import type { PortAddress } from "./request.ts";

const EVERYBODY: readonly number[] = [BROADCAST_MAC];

interface Announcement {
  readonly port: PortAddress;
  /** Index of the next receiver. */
  next: number;
}

/** One advertisement to send. */
export interface Advertisement {
  /** Where. */
  readonly port: PortAddress;
  /** To whom. */
  readonly receiver: number;
}

/** The queue: at most one entry a port. */
export class Announcer {
  readonly #queue: Announcement[] = [];

  /** Queues an advertisement on `port`; one that is under way begins anew. */
  add(port: PortAddress): void {
    const queued = this.#queue.find((announcement) => announcement.port === port);
    if (queued === undefined) this.#queue.push({ port, next: 0 });
    else queued.next = 0;
  }

  /** Drops what is queued on `port`. */
  forget(port: PortAddress): void {
    const index = this.#queue.findIndex((announcement) => announcement.port === port);
    if (index >= 0) this.#queue.splice(index, 1);
  }

  /** Takes the next one, for one of `receivers`; null where nothing is queued. */
  take(receivers: readonly number[] = EVERYBODY): Advertisement | null {
    for (;;) {
      const announcement = this.#queue[0];
      if (announcement === undefined) return null;
      const receiver = receivers[announcement.next++];
      if (announcement.next >= receivers.length) this.#queue.shift();
      // There may be fewer than there were, or none at all.
      if (receiver !== undefined) return { port: announcement.port, receiver };
    }
  }
}
