/**
 * One export for many clients.
 *
 * @module
 */
import { log } from "../log.ts";
import type { Listener } from "../socket/listener.ts";
import { Reception, within } from "../socket/reception.ts";
import { Connection } from "./connection.ts";
import type { NbdExport } from "./export.ts";

/** Most clients at a time: each may hold 32 MiB. */
export const CONNECTIONS_MAX = 32;
/** How long what is under way may take once the server is asked to end. */
export const STOP_MS = 5000;

/** Serves one export to many clients. */
export class Server {
  readonly #reception: Reception;
  readonly #served: NbdExport;

  /** Serves `served` to those who come by `listener`, which is closed in the end. */
  constructor(listener: Listener, served: NbdExport) {
    this.#served = served;
    this.#reception = new Reception(
      listener,
      CONNECTIONS_MAX,
      (stream, name) => new Connection(stream, served, name),
    );
  }

  /** How many clients there are. */
  get connectionCount(): number {
    return this.#reception.guestCount;
  }

  /**
   * Lets no more clients in, waits at most `limitMs` for what is under way, and makes durable what
   * was written.
   */
  async stop(limitMs: number = STOP_MS): Promise<void> {
    await this.#reception.stop(limitMs);
    const { disk } = this.#served;
    if (disk.readOnly || !disk.canFlush || disk.isWriteThrough) return;
    const flush = disk.flush().catch((error) => log.error(`The last flush failed: ${error}`));
    if (!await within(limitMs, flush)) log.error(`The last flush took more than ${limitMs} ms`);
  }
}
