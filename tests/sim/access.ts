/**
 * Who is served, as far as that is stored and acknowledged. A change holds from the moment that it
 * is stored; from the moment that its acknowledgement leaves, nothing of those whom it shuts out
 * may still be going on.
 *
 * @module
 */
import { type AccessRules, NO_RULES } from "../../lib/target/access.ts";
import type { TargetState } from "../../lib/target/settings.ts";

/** Rights of the clients of one target. */
export class Access {
  #state: TargetState;
  #rules: AccessRules = NO_RULES;
  /** MACs that were told, or that others were told about, that they are not served. */
  readonly #shutOut: Set<number> = new Set();
  /** The same for those who are not even let in. */
  readonly #silenced: Set<number> = new Set();
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

  /** Whether the configuration shuts nobody out. */
  get isOpen(): boolean {
    return this.#rules.accept === undefined && this.#rules.deny.length === 0;
  }

  /** Whether mask list and configuration let `mac` in. */
  admits(mac: number): boolean {
    const { masks } = this.#state;
    const { accept, deny } = this.#rules;
    if (deny.includes(mac) || accept?.includes(mac) === false) return false;
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

  /** Whether it was acknowledged that `mac` is not let in, and nothing changed since. */
  isSilenced(mac: number): boolean {
    return this.#silenced.has(mac);
  }

  /** A change is stored. */
  changes(state: TargetState, moment: number): void {
    for (const mac of this.#macs) {
      if (!this.reservesFor(mac)) this.#lastReserved.set(mac, moment);
    }
    this.#state = state;
    this.#letIn();
  }

  /** The configuration says something else. */
  allows(rules: AccessRules): void {
    this.#rules = rules;
    this.#letIn();
  }

  #letIn(): void {
    for (const mac of this.#shutOut) {
      if (this.isServed(mac)) this.#shutOut.delete(mac);
    }
    for (const mac of this.#silenced) {
      if (this.admits(mac)) this.#silenced.delete(mac);
    }
  }

  /** A change of who is served is acknowledged. */
  acknowledged(): void {
    for (const mac of this.#macs) {
      if (!this.isServed(mac)) this.#shutOut.add(mac);
      if (!this.admits(mac)) this.#silenced.add(mac);
    }
  }
}
