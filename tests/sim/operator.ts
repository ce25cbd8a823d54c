/**
 * An administrator beside the target: changes who is served, and what clients may change too,
 * without a frame, and tells that it is done when the target says so.
 *
 * @module
 */
import { NO_RULES } from "../../lib/target/access.ts";
import type { TargetState } from "../../lib/target/settings.ts";
import type { Random } from "../random.ts";
import type { Clock } from "./clock.ts";
import type { SimDisk } from "./disk.ts";
import type { Judge } from "./judge.ts";
import type { SimTarget } from "./sim_target.ts";
import type { Trace } from "./trace.ts";

/** So often he looks whether the target is done. */
const LOOK_US = 200;

/** Whom he works for, and with what. */
export interface OperatorParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly target: SimTarget;
  readonly disk: SimDisk;
  readonly judge: Judge;
  /** The engine is to look. */
  readonly wake: () => void;
  /** All MACs that clients have. */
  readonly macs: readonly number[];
  /** Those of them that stay on the mask list, so that they can change it. */
  readonly staying: readonly number[];
  /** Longest pause between two changes. */
  readonly pauseUs: number;
}

/** From one start of a target to the next power cut. */
export class Operator {
  readonly #parts: OperatorParts;
  #isAtWork = true;
  #isLooking = false;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** Changes something from time to time. */
  begin(): void {
    const { clock, random, pauseUs } = this.#parts;
    clock.after(1 + random.below(pauseUs), () => {
      if (!this.#isAtWork) return;
      this.#act();
      this.begin();
    });
  }

  /** Changes nothing any more. */
  end(): void {
    this.#isAtWork = false;
  }

  /** Lets everybody in. False: it cannot be stored just now. */
  open(): boolean {
    this.end();
    this.#parts.target.setAccess(NO_RULES);
    return this.#administer({ masks: [], reservations: [] });
  }

  #act(): void {
    const { random, target, macs, trace } = this.#parts;
    switch (random.below(5)) {
      case 0:
      case 1:
        trace.add("operator: lists");
        target.setAccess({
          accept: random.oneIn(2) ? undefined : this.#some(),
          deny: random.oneIn(2) ? [] : [random.pick(macs)],
          broadcast: random.oneIn(4),
        });
        break;
      case 2:
        trace.add("operator: opens lists");
        target.setAccess(NO_RULES);
        break;
      case 3:
        this.#administer({
          masks: random.oneIn(2) ? [] : this.#someAndStaying(),
        });
        break;
      default:
        this.#administer({
          config: new TextEncoder().encode(`operator ${random.below(1000)}`),
          reservations: random.oneIn(2) ? [] : this.#some(),
        });
    }
    this.#parts.wake();
    this.#lookWhether();
  }

  #someAndStaying(): readonly number[] {
    return [...new Set([...this.#parts.staying, ...this.#some()])];
  }

  #some(): readonly number[] {
    const { macs, random } = this.#parts;
    return macs.filter(() => !random.oneIn(3));
  }

  #administer(change: Partial<TargetState>): boolean {
    const { target, disk, trace, wake } = this.#parts;
    const outcome = target.administer(
      (state) => ({ ...state, ...change }),
      (state) => disk.store(state),
    );
    trace.add(`operator: ${outcome === 0 ? "state" : outcome}`);
    wake();
    return outcome === 0;
  }

  /** What was changed is told as done once it is. */
  #lookWhether(): void {
    const { clock, judge, target, trace } = this.#parts;
    if (!this.#isAtWork || this.#isLooking) return;
    if (target.isSettled) {
      trace.add("operator: done");
      judge.access.acknowledged();
    } else {
      trace.add("operator: waits");
      this.#isLooking = true;
      clock.after(LOOK_US, () => {
        this.#isLooking = false;
        this.#lookWhether();
      });
    }
  }
}
