/**
 * What happened, for the report of a simulation that found something.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Operation } from "./operation.ts";

/** So many events of one sector or operation are reported. */
const REPORTED_MAX = 40;

interface Event {
  readonly timeUs: number;
  readonly step: number;
  readonly what: string;
  readonly operation: Operation | undefined;
  readonly detail: string | number;
}

/** What is to be told of; neither: everything. */
export interface Concerned {
  readonly sector: number | undefined;
  readonly operation: number | undefined;
}

/** The events of one simulation. */
export class Trace {
  readonly #clock: Clock;
  readonly #events: Event[] = [];
  /** How often each thing happened. */
  readonly counts: Map<string, number> = new Map();
  /** A sum of all events: two runs of one seed have the same. */
  digest = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of the present step. */
  get step(): number {
    return this.#clock.steps;
  }

  /** Notes an event; `detail` is put behind it as it is. */
  add(what: string, operation?: Operation, detail: string | number = ""): void {
    const { nowUs, steps } = this.#clock;
    this.digest = (Math.imul(this.digest, 31) + nowUs + what.length + (operation?.id ?? 0)) >>> 0;
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.#events.push({ timeUs: nowUs, step: steps, what, operation, detail });
  }

  /** The last events that concern a sector or an operation, or all, a line each. */
  tell({ sector, operation }: Concerned): string {
    const told = this.#events.filter((event) =>
      event.operation === undefined ||
      (sector !== undefined && event.operation.sectors.includes(sector)) ||
      event.operation.id === operation || (sector === undefined && operation === undefined)
    );
    return told.slice(-REPORTED_MAX).map(describe).join("\n");
  }

  /** All events, a line each. */
  tellAll(): string {
    return this.#events.map(describe).join("\n");
  }
}

function describe({ timeUs, step, what, operation, detail }: Event): string {
  const when = `${String(timeUs).padStart(9)} us  step ${String(step).padStart(5)}`;
  if (operation === undefined) return `${when}  ${what} ${detail}`;
  const { id, kind, sectors, client } = operation;
  const last = sectors.at(-1) ?? 0;
  const range = sectors.length === 0 ? "" : ` ${sectors[0]}..${last}`;
  return `${when}  ${what}: ${kind} ${id}${range} of client ${client} ${detail}`.trimEnd();
}
