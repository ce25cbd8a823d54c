/**
 * Addresses of disks as a person types them.
 *
 * @module
 */
import { SHELF_MAX, SLOT_MAX } from "../config.ts";
import { didYouMean } from "../nearest.ts";
import type { DiskAddress } from "../wire/address.ts";
import { usage } from "./usage.ts";

/** Reads `e0.0`, `0.0` or `/dev/etherd/e0.0`; throws UsageError with what may be meant. */
export function parseAddress(text: string): DiskAddress {
  const address = tryAddress(text);
  if (address !== undefined) return address;
  const near = guess(text);
  const hint = near === undefined ? "; an address looks like e0.0" : didYouMean(near);
  throw usage(`"${text}" is no address of a disk${hint}`);
}

/** The same; undefined where it is none, such as a file. */
export function tryAddress(text: string): DiskAddress | undefined {
  const match = /^(?:\/dev\/etherd\/)?e?([0-9]{1,5})\.([0-9]{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [shelf, slot] = [Number(match[1]), Number(match[2])];
  if (shelf > SHELF_MAX || slot > SLOT_MAX) {
    throw usage(
      `"${text}" is no address of a disk: e0.0 is the first and ` +
        `e${SHELF_MAX}.${SLOT_MAX} the last`,
    );
  }
  return { shelf, slot };
}

/** Two numbers with anything between them. */
function guess(text: string): string | undefined {
  const [shelf, slot, more] = text.replaceAll(/[oO]/g, "0").match(/[0-9]+/g) ?? [];
  if (shelf === undefined || more !== undefined || /[/]/.test(text)) return undefined;
  return slot === undefined ? `e${shelf}.0` : `e${Number(shelf)}.${Number(slot)}`;
}
