/**
 * The time of a simulation: what is to happen later, in order. Nothing waits for real time.
 *
 * @module
 */

interface Plan {
  readonly timeUs: number;
  /** Of two plans for one time the earlier made comes first: a seed repeats exactly. */
  readonly order: number;
  readonly act: () => void;
}

function isBefore(one: Plan, other: Plan): boolean {
  return one.timeUs < other.timeUs || (one.timeUs === other.timeUs && one.order < other.order);
}

/** A clock that jumps from one plan to the next. */
export class Clock {
  /** The present time in microseconds. */
  nowUs = 0;
  /** How many plans were carried out. */
  steps = 0;
  /** A heap: no plan lies before the one at half its index. Index 0 is unused. */
  readonly #plans: Plan[] = [{ timeUs: 0, order: 0, act: () => {} }];
  #order = 0;

  /** Plans `act` for `delayUs` from now. */
  after(delayUs: number, act: () => void): void {
    const plan = { timeUs: this.nowUs + delayUs, order: ++this.#order, act };
    const plans = this.#plans;
    let at = plans.length;
    for (let above = at >> 1; above > 0; above = at >> 1) {
      const other = plans[above];
      if (other === undefined || isBefore(other, plan)) break;
      plans[at] = other;
      at = above;
    }
    plans[at] = plan;
  }

  /** Carries the next plan out; false where there is none. */
  step(): boolean {
    const plan = this.#take();
    if (plan === undefined) return false;
    this.nowUs = plan.timeUs;
    this.steps++;
    plan.act();
    return true;
  }

  #take(): Plan | undefined {
    const plans = this.#plans;
    const first = plans[1];
    const last = plans.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 1;
    for (;;) {
      const [left, right] = [plans[2 * at], plans[2 * at + 1]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const next = isRight ? right : left;
      if (next === undefined || isBefore(last, next)) break;
      plans[at] = next;
      at = 2 * at + (isRight ? 1 : 0);
    }
    plans[at] = last;
    return first;
  }
}
