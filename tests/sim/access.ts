/**
 * Who is served, as far as that is stored and acknowledged. A change holds from the moment that it
 * is stored; from the moment that its acknowledgement leaves, nothing of those whom it shuts out
 * may still be going on.
 *
 * @module
 */
import type { TargetState } from "../../lib/target/settings.ts";

/** Rights of the clients of one target. */
export class Access {
  #state: TargetState;
  /** MACs that were told, or that others were told about, that they are not served. */
  readonly #shutOut: Set<number> = new Set();
  readonly #macs: readonly number[];
  /** When each MAC could last not use the disk, though masked in. */
  readonly #lastReserved: Map<number, number> = new Map();

  constructor(state: TargetState, macs: readonly number[]) {
    this.#state = state;
    this.#macs = macs;
    this.acknowledged();
  }

  /** What is stored. */
  get state(): TargetState {
    return this.#state;
  }

  /** Whether the mask list lets `mac` in. */
  admits(mac: number): boolean {
    const { masks } = this.#state;
    return masks.length === 0 || masks.includes(mac);
  }

  /** Whether no reservation keeps `mac` from the disk. */
  reservesFor(mac: number): boolean {
    const { reservations } = this.#state;
    return reservations.length === 0 || reservations.includes(mac);
  }

  /** Whether `mac` may use the disk. */
  isServed(mac: number): boolean {
    return this.admits(mac) && this.reservesFor(mac);
  }

  /** Whether a reservation kept `mac` from the disk at any time since `moment`. */
  wasReservedSince(mac: number, moment: number): boolean {
    return !this.reservesFor(mac) || (this.#lastReserved.get(mac) ?? -1) >= moment;
  }

  /** Whether it was acknowledged that `mac` does not use the disk, and nothing changed since. */
  isShutOut(mac: number): boolean {
    return this.#shutOut.has(mac);
  }

  /** A change is stored. */
  changes(state: TargetState, moment: number): void {
    for (const mac of this.#macs) {
      if (!this.reservesFor(mac)) this.#lastReserved.set(mac, moment);
    }
    this.#state = state;
    for (const mac of this.#shutOut) {
      if (this.isServed(mac)) this.#shutOut.delete(mac);
    }
  }

  /** A change of who is served is acknowledged. */
  acknowledged(): void {
    for (const mac of this.#macs) {
      if (!this.isServed(mac)) this.#shutOut.add(mac);
    }
  }
}
