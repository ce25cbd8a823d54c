/**
 * Addresses of disks as people write them.
 *
 * @module
 */

/** The address of one disk. */
export interface DiskAddress {
  /** Upper half. */
  readonly shelf: number;
  /** Lower half. */
  readonly slot: number;
}

/** The address as it is shown: `e0.0`. */
export function formatAddress({ shelf, slot }: DiskAddress): string {
  return `e${shelf}.${slot}`;
}
