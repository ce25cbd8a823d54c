/**
 * The wires between clients and target: frames are lost, come twice, late and out of order, and a
 * wire may be broken for a while.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Clock } from "./clock.ts";
import type { NetworkPlan } from "./scenario.ts";

const LATE_FACTOR = 10;
const WIRES_MAX = 3;

/** Carries frames of either direction. */
export class Network {
  /** Whether every frame comes, once and soon. */
  isCalm = false;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #plan: NetworkPlan;

  constructor(clock: Clock, random: Random, plan: NetworkPlan) {
    this.#clock = clock;
    this.#random = random;
    this.#plan = plan;
  }

  /** Sends a frame by the wire `name`; `arrive` is called for each time that it comes. */
  send(name: string, arrive: () => void): void {
    if (this.#isBroken(name)) return;
    if (!this.#happens(this.#plan.loss)) this.#clock.after(this.#delayUs(), arrive);
    if (this.#happens(this.#plan.duplication)) this.#clock.after(this.#delayUs(), arrive);
  }

  /** At any time at most one is. */
  #isBroken(name: string): boolean {
    const { outageEveryUs, outageUs } = this.#plan;
    if (this.isCalm || outageEveryUs === 0) return false;
    const { nowUs } = this.#clock;
    if (nowUs % outageEveryUs >= outageUs) return false;
    return name.endsWith(String(Math.floor(nowUs / outageEveryUs) % WIRES_MAX));
  }

  #happens(thousandths: number): boolean {
    return !this.isCalm && this.#random.below(1000) < thousandths;
  }

  #delayUs(): number {
    const { delayMinUs, delayMaxUs, lateness } = this.#plan;
    const delayUs = delayMinUs + this.#random.below(delayMaxUs - delayMinUs + 1);
    return this.#happens(lateness) ? delayUs * LATE_FACTOR : delayUs;
  }
}
