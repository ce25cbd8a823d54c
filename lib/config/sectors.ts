/**
 * Sizes as a person writes them.
 *
 * @module
 */

const SECTOR_SIZE = 512;
/** Factors of the units. */
const UNITS: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
};

/** A number of bytes with a unit, such as `64K` or `10GiB`, in sectors; undefined for all else. */
export function parseUnitSectors(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^([0-9]+)([kmgtp])(?:i?b)?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  return factor === undefined ? undefined : Number(digits) * factor / SECTOR_SIZE;
}
