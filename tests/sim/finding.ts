/**
 * What a simulation found wrong.
 *
 * @module
 */

import type { Operation } from "./operation.ts";

/** A rule was broken; ends the simulation. */
export class Finding extends Error {
  /** The sector concerned, if it is one. */
  readonly sector: number | undefined;
  /** The operation concerned, if it is one. */
  readonly operation: number | undefined;

  constructor(text: string, concerned: { sector?: number; operation?: number } = {}) {
    super(text);
    this.name = "Finding";
    this.sector = concerned.sector;
    this.operation = concerned.operation;
  }
}

/** A finding that concerns one operation. */
export function findingOf(text: string, { operation }: { readonly operation: Operation }): Finding {
  return new Finding(text, { operation: operation.id });
}
