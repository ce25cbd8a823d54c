/**
 * The bound on what the network does. AoE cannot tell a late copy of a write from a new write. So
 * no copy of a write arrives later than the first copy of a conflicting one that its client sent
 * after it; nor, if it has arrived already, later than that of any other client's, unless the
 * target has not done with it: such a copy is not run.
 *
 * @module
 */
import type { Copy, Operation } from "./operation.ts";

/** Whether the target has not done with a delivery from the same source for the same operation. */
export type IsUnfinished = (copy: Copy) => boolean;

/** The writes that may still arrive, by sector. */
export class Bound {
  readonly #isKept: boolean;
  readonly #open: Map<number, Operation[]> = new Map();

  /** Without `isKept` every copy of a write arrives. */
  constructor(isKept: boolean) {
    this.#isKept = isKept;
  }

  /** A client begins to send `operation`. */
  begins(operation: Operation): void {
    if (!operation.isWrite) return;
    for (const sector of operation.sectors) {
      const open = this.#open.get(sector);
      if (open === undefined) this.#open.set(sector, [operation]);
      else open.push(operation);
    }
  }

  /** A copy is there; false: it is too late. */
  arrives(copy: Copy, isUnfinished: IsUnfinished): boolean {
    const { operation } = copy;
    if (operation.isClosed && (this.#isKept || !operation.isWrite)) {
      return !operation.isOver && isUnfinished(copy);
    }
    if (operation.hasArrived) return true;
    operation.hasArrived = true;
    if (operation.isWrite) this.#closeOthers(operation);
    return true;
  }

  /** No copy of `operation` arrives any more. */
  ends(operation: Operation): void {
    operation.isClosed = true;
    operation.isOver = true;
  }

  #closeOthers(operation: Operation): void {
    for (const sector of operation.sectors) {
      const open = this.#open.get(sector)?.filter((other) => {
        if (other === operation) return true;
        const isOver = other.client === operation.client && other.id < operation.id;
        other.isOver ||= isOver;
        other.isClosed ||= isOver || other.hasArrived;
        return !other.isOver;
      });
      this.#open.set(sector, open ?? []);
    }
  }
}
