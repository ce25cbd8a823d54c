/**
 * What happened to each sector from one start of the target to the next power cut, and whether it
 * fits an order (order_check.ts).
 *
 * - The span of a write begins when its first copy reached the target and ends when the first
 *   success left, or under `-s` when it was on the disk for that. Every operation counts once,
 *   however many copies of it ran: the network brings none after a later conflicting one. If it was
 *   never acknowledged, it may have happened or not, but not after all its copies were done with:
 *   then it is left out, unless somebody saw it.
 * - A read is every reply with data: from when its request came to when it left.
 * - The final image is a read at the end.
 * - What a power cut left is a read, too: what is durable is what was there at some moment after
 *   the last guarantee. A guarantee is an acknowledged write under `-s`, for its sectors, or an
 *   acknowledged FLUSH, for all that came in before it and was ever acknowledged.
 *
 * @module
 */
import { NOBODY } from "./marks.ts";
import { type Delivery, NEVER, type Operation } from "./operation.ts";
import { findContradiction, type Span } from "./order_check.ts";

/** Before and after all that happens. */
const START = -2;
const FIRST_END = -1;

interface WriteRecord {
  readonly operation: Operation;
  readonly arrived: number;
  /** When the first success left; before that {@linkcode NEVER}. */
  acknowledged: number;
  /** When its effect was there at the latest. */
  effective: number;
  /** How many of its copies are not done with. */
  openCount: number;
  /** When the last copy was done with. */
  ended: number;
}

interface Seen extends Span {
  readonly sector: number;
}

/** What contradicts every order. */
export interface SectorProblem {
  readonly text: string;
  readonly sector: number;
}

/** What happened since the target was started. */
export class History {
  readonly #isDurable: boolean;
  /** Whose data each sector held in the beginning. */
  readonly #initial: readonly number[];
  readonly #writes: Map<Operation, WriteRecord> = new Map();
  readonly #seen: Seen[] = [];
  readonly #acknowledged: Delivery[] = [];
  readonly #replied: Map<Delivery, number> = new Map();
  /** When the last acknowledged FLUSH came in. */
  #flushed = FIRST_END;

  constructor(isDurable: boolean, initial: readonly number[]) {
    this.#isDurable = isDurable;
    this.#initial = initial;
  }

  /** A copy of a write came in. */
  opens({ operation, arrived }: Delivery): void {
    const record = this.#writes.get(operation);
    if (record === undefined) {
      const never = { acknowledged: NEVER, effective: NEVER, ended: NEVER };
      this.#writes.set(operation, { operation, arrived, openCount: 1, ...never });
    } else {
      record.openCount++;
      record.ended = NEVER;
    }
  }

  /** The target has done with a copy of a write, whatever became of it. */
  closes({ operation }: Delivery, moment: number): void {
    const record = this.#writes.get(operation);
    if (record === undefined || --record.openCount > 0) return;
    record.ended = moment;
  }

  /** The success of a write, TRIM or FLUSH left. */
  acknowledges(delivery: Delivery, moment: number): void {
    if (delivery.operation.kind === "flush") {
      this.#flushed = Math.max(this.#flushed, delivery.arrived);
      return;
    }
    this.#acknowledged.push(delivery);
    this.#replied.set(delivery, moment);
    const record = this.#writes.get(delivery.operation);
    if (record === undefined || record.acknowledged !== NEVER) return;
    record.acknowledged = moment;
    const { done } = delivery.first ?? delivery;
    record.effective = this.#isDurable && done < moment ? done : moment;
  }

  /** A reply showed `value` in `sector`. */
  shows(sector: number, value: number, start: number, end: number): void {
    this.#seen.push({ sector, value, start, end });
  }

  /** The values that a power cut left; nothing happens after `moment`. */
  leaves(durable: readonly number[], moment: number): void {
    durable.forEach((value, sector) => {
      this.shows(sector, value, this.#guaranteed(sector) + 0.5, moment + 0.5);
    });
  }

  /** The last moment whose content of the sector cannot be lost. */
  #guaranteed(sector: number): number {
    let last = this.#flushed;
    for (const delivery of this.#acknowledged) {
      if (delivery.arrived >= this.#flushed) continue;
      last = Math.max(last, this.#replied.get(delivery) ?? last);
    }
    if (!this.#isDurable) return last;
    for (const { operation, acknowledged, effective } of this.#writes.values()) {
      if (acknowledged === NEVER || !operation.sectors.includes(sector)) continue;
      last = Math.max(last, effective);
    }
    return last;
  }

  /** Looks for what fits no order. */
  check(): SectorProblem | null {
    for (let sector = 0; sector < this.#initial.length; sector++) {
      const text = this.#checkSector(sector);
      if (text !== null) return { text, sector };
    }
    return null;
  }

  #checkSector(sector: number): string | null {
    const reads = this.#seen.filter((seen) => seen.sector === sector);
    const values = new Set(reads.map(({ value }) => value));
    const initial = this.#initial[sector] ?? NOBODY;
    const writes: Span[] = [{ value: initial, start: START, end: FIRST_END }];
    for (const { operation, arrived, effective, ended } of this.#writes.values()) {
      const { id, sectors } = operation;
      // A copy of what was there in the beginning came before anything that would take its place.
      if (id === initial || !sectors.includes(sector)) continue;
      const end = Math.min(effective, ended);
      if (effective !== NEVER || values.has(id)) writes.push({ value: id, start: arrived, end });
    }
    return findContradiction(writes, reads)?.text ?? null;
  }
}
