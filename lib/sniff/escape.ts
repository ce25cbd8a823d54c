/**
 * Bytes from the wire as text that is safe to show: whatever a terminal could obey is spelled out.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The bytes with `\xNN` for each that is no printable ASCII, and `\"` and `\\`. */
export function escapeBytes(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) {
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    if (byte === QUOTE || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`;
    else if (isPrintable) text += String.fromCharCode(byte);
    else text += `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text;
}

/** The same for text whose every character is a byte, such as a name out of IDENTIFY. */
export function escapeText(text: string): string {
  return escapeBytes([...text].map((character) => character.charCodeAt(0) % 0x100));
}

const ROW_SIZE = 16;

/** A dump in rows of 16 bytes: offset, digits, characters. */
export function dump(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW_SIZE) {
    const row = bytes.subarray(at, at + ROW_SIZE);
    const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const isShown = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
    const characters = Array.from(row, (b) => isShown(b) ? String.fromCharCode(b) : ".").join("");
    const offset = at.toString(16).padStart(4, "0");
    rows.push(`    ${offset}  ${digits.padEnd(3 * ROW_SIZE - 1)}  ${characters}`);
  }
  return rows.join("\n");
}
