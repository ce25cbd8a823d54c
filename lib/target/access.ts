/**
 * Who is served and who is told of the target: what the configuration says, which no client can
 * change, together with the mask list, which clients do change (docs/protocol.md, "Access").
 *
 * @module
 */
import { MacSet } from "./mac_set.ts";

/** What the configuration says. */
export interface AccessRules {
  /** MACs that may be served; undefined: all. An empty list serves nobody. */
  readonly accept: readonly number[] | undefined;
  /** MACs that are never served; counts more. */
  readonly deny: readonly number[];
  /** Whether advertisements go to all even where a list names who is served. */
  readonly broadcast: boolean;
}

/** Nobody is shut out. */
export const NO_RULES: AccessRules = { accept: undefined, deny: [], broadcast: false };

/** The present rules and the present mask list. */
export class Access {
  /** Who gets an advertisement, one each; undefined: one goes to all. */
  readonly receivers: readonly number[] | undefined;
  /** Undefined: all but those denied. */
  readonly #admitted: MacSet | undefined;
  /** Undefined: nobody. */
  readonly #denied: MacSet | undefined;

  /** An empty mask list shuts nobody out. */
  constructor({ accept, deny, broadcast }: AccessRules, masks: readonly number[]) {
    const denied = deny.length === 0 ? undefined : new MacSet(deny);
    const listed = masks.length === 0 ? accept : both(masks, accept);
    const admitted = listed?.filter((mac) => denied?.has(mac) !== true);
    this.#denied = denied;
    this.#admitted = admitted === undefined ? undefined : new MacSet(admitted);
    this.receivers = broadcast || admitted === undefined ? undefined : [...new Set(admitted)];
  }

  /** Whether frames from `mac` are looked at. */
  admits(mac: number): boolean {
    if (this.#admitted !== undefined) return this.#admitted.has(mac);
    return this.#denied === undefined || !this.#denied.has(mac);
  }
}

/** Those of `masks` that are accepted, too. */
function both(masks: readonly number[], accept: readonly number[] | undefined): readonly number[] {
  if (accept === undefined) return masks;
  const accepted = new MacSet(accept);
  return masks.filter((mac) => accepted.has(mac));
}
