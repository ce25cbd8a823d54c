/**
 * What keeps two targets of one host from serving one address on one interface: packet sockets of
 * one host do not see each other's frames, so that no question on the wire tells.
 *
 * @module
 */
import { EADDRINUSE } from "../../ffi/errno.ts";
import { NameClaim } from "../../ffi/name_claim.ts";
import type { ExportConfig } from "../config.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { formatAddress } from "../wire/address.ts";
import type { ServedExport } from "./served_export.ts";

/**
 * Claims the address on an interface, until it is disposed of; throws where another target of this
 * host has it. By name, which outlives the interface, and by index: an interface may have several
 * names.
 */
function claimAddress(config: ExportConfig, { index, name }: ServedPort): Disposable {
  using stack = new DisposableStack();
  const address = formatAddress(config);
  for (const place of [name, `#${index}`]) {
    const claim = NameClaim.open(`dblade:${address}:${place}`);
    if (claim !== undefined) stack.use(claim);
    else if (config.force) {
      warnOfOther(address, name, "another dblade on this host");
      break; // the same one has the other claim
    } else {
      throw new SystemError(
        `Cannot export ${address} on "${name}": another dblade on this host does already; ` +
          "stop it, choose another shelf or slot, or give --force",
        "bind",
        EADDRINUSE,
      );
    }
  }
  return stack.move();
}

/** The addresses of exports on their interfaces, and those that another target of this host has. */
export class Claims {
  readonly #isStrict: boolean;
  /** By the interface's name, what was told of it. */
  readonly #refused = new Map<ServedExport, Map<string, string>>();
  /** The same of the round before, where that is not told again. */
  readonly #told = new Map<ServedExport, ReadonlyMap<string, string>>();

  /** Nothing is claimed; where it is strict, a claim that is refused throws. */
  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  /** Exports whose address another target of this host has, on some interface of theirs. */
  get waiting(): readonly ServedExport[] {
    return [...this.#refused.keys()];
  }

  /** The interfaces where that is so. */
  refused(served: ServedExport): readonly string[] {
    return [...this.#refused.get(served)?.keys() ?? []];
  }

  /** All that is not claimed yet for an export is claimed next. */
  begin(served: ServedExport): void {
    this.#told.set(served, this.#refused.get(served) ?? new Map());
    this.#refused.delete(served);
  }

  /** Claims the address of an export on an interface; false: it is another target's. */
  claim(served: ServedExport, port: ServedPort): boolean {
    try {
      served.claims.set(port, claimAddress(served.config, port));
      return true;
    } catch (error) {
      if (this.#isStrict || !(error instanceof SystemError)) throw error;
      const refused = this.#refused.get(served) ?? new Map<string, string>();
      // An interface that is named twice is asked for twice in a round.
      const told = refused.get(port.name) ?? this.#told.get(served)?.get(port.name);
      if (told !== error.message) log.error(error.message);
      this.#refused.set(served, refused.set(port.name, error.message));
      return false;
    }
  }

  /** The export is served no more. */
  forget(served: ServedExport): void {
    this.#refused.delete(served);
    this.#told.delete(served);
  }
}

/** Tells that two targets have one address, because a person wants it so. */
export function warnOfOther(name: string, place: string, other: string): void {
  log.warn(
    `${other} answers for ${name} on "${place}" too: unless both export the very same disk, ` +
      "their clients will mix two disks into one and destroy both",
  );
}
