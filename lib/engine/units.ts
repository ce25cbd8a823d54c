/**
 * The exports of a ring engine: by their addresses, by the marks of their syncs, and those that may
 * have something to do just now, so that an idle one costs nothing.
 *
 * @module
 */
import { Residents } from "./residents.ts";
import type { Unit } from "./unit.ts";

/** See above. */
export class Units extends Residents<Unit> {
  /** By their indices; one that is gone leaves a hole that the next one fills. */
  readonly #marked: (Unit | undefined)[] = [];
  readonly #active: Unit[] = [];

  /** An index that no unit has. */
  get freeIndex(): number {
    const hole = this.#marked.indexOf(undefined);
    return hole < 0 ? this.#marked.length : hole;
  }

  /** The unit of that index. */
  at(index: number): Unit | undefined {
    return this.#marked[index];
  }

  /** Takes one in. */
  override add(unit: Unit): void {
    super.add(unit);
    this.#marked[unit.index] = unit;
  }

  /** Lets one go that is served nowhere. */
  override remove(unit: Unit): void {
    super.remove(unit);
    this.#marked[unit.index] = undefined;
    const index = this.#active.indexOf(unit);
    if (index >= 0) this.#active.splice(index, 1);
  }

  /** The unit may have something to do. */
  activate(unit: Unit): void {
    if (unit.isActive) return;
    unit.isActive = true;
    this.#active.push(unit);
  }

  /** Goes on with what ended, `endedMax` of each, and with what may run now. Returns how much. */
  advance(endedMax?: number): number {
    let count = 0;
    for (let index = 0; index < this.#active.length;) {
      const unit = this.#active[index];
      if (unit === undefined) break;
      const done = unit.advance(endedMax);
      count += done;
      if (done > 0 || unit.isStarved) {
        index++;
        continue;
      }
      unit.isActive = false;
      const last = this.#active.pop();
      if (last !== undefined && last !== unit) this.#active[index] = last;
    }
    return count;
  }
}
