/**
 * The names in IDENTIFY DEVICE as they were meant: ATA has the two bytes of each word swapped, and
 * some targets (qaoed, aoeserver) forget that.
 *
 * @module
 */

/** Offset and size in bytes of serial number, firmware and model. */
const FIELDS = [[20, 20], [46, 8], [54, 40]] as const;
/** A name that ends before its last character does, as a padded one does the wrong way round. */
const TORN = /[^\0 ]\0+[^\0 ]/;
const DEVICE_PATH = "/dev/";

/**
 * Whether the names at `offset` have their bytes swapped, as they should and are taken to. That
 * they have not shows where a zero ends up inside of a name, or where one is a device's path.
 */
export function areNamesSwapped(view: DataView, offset: number): boolean {
  return !FIELDS.some(([start, size]) =>
    TORN.test(rawText(view, offset + start, size, 1)) ||
    rawText(view, offset + start, size, 0).startsWith(DEVICE_PATH)
  );
}

/** The characters, each of them from the place that differs by `swap`. */
function rawText(view: DataView, start: number, size: number, swap: 0 | 1): string {
  return Array.from(
    { length: size },
    (_, index) => String.fromCharCode(view.getUint8(start + (index ^ swap))),
  ).join("");
}
