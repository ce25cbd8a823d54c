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

/**
 * Claims the address on an interface, until it is disposed of; throws where another target of this
 * host has it. By name, which outlives the interface, and by index: an interface may have several
 * names.
 */
export function claimAddress(config: ExportConfig, { index, name }: ServedPort): Disposable {
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

/** Tells that two targets have one address, because a person wants it so. */
export function warnOfOther(name: string, place: string, other: string): void {
  log.warn(
    `${other} answers for ${name} on "${place}" too: unless both export the very same disk, ` +
      "their clients will mix two disks into one and destroy both",
  );
}
