/**
 * MAC addresses. Inside the program one is a Number (48 bits fit exactly), so that comparing and
 * looking one up allocates nothing.
 *
 * @module
 */

/** Every station of the LAN. */
export const BROADCAST_MAC = 0xffffffffffff;
/** Size of a MAC address in bytes. */
export const MAC_SIZE = 6;

const HIGH = 2 ** 32;

/** Reads the address at `offset`. */
export function getMac(view: DataView, offset: number): number {
  return view.getUint16(offset) * HIGH + view.getUint32(offset + 2);
}

/** Writes the address to `offset`. */
export function setMac(view: DataView, offset: number, mac: number): void {
  // A DataView keeps the lowest bits of the whole part, much quicker than a division with rest.
  view.setUint16(offset, mac / HIGH);
  view.setUint32(offset + 2, mac);
}

/** Copies the address at `from` to `to`; unlike a Number of 48 bits, this never leaves garbage. */
export function copyMac(view: DataView, from: number, to: number): void {
  view.setUint16(to, view.getUint16(from));
  view.setUint32(to + 2, view.getUint32(from + 2));
}

/** Whether the address names a group of stations (bit 0 of its first byte), broadcast included. */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 2 ** 40) & 1) === 1;
}

/** The address as `02:00:5e:10:00:ff`. */
export function formatMac(mac: number): string {
  return mac.toString(16).padStart(12, "0").match(/../g)?.join(":") ?? "";
}

/** Reads `02:00:5e:10:00:ff`, `02-00-5E-10-00-FF` or `02005e1000ff`; undefined for all else. */
export function parseMac(text: string): number | undefined {
  const pairs = /^([0-9a-f]{2})([:-]?)([0-9a-f]{2})(?:\2[0-9a-f]{2}){4}$/i;
  if (!pairs.test(text)) return undefined;
  return Number.parseInt(text.replaceAll(/[:-]/g, ""), 16);
}
