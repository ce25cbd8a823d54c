/**
 * Reading of texts and numbers in what lies on a disk.
 *
 * @module
 */

const utf8 = new TextDecoder();

/** Whether `text`, one byte a character, stands at `offset`. */
export function hasText(bytes: Uint8Array, offset: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (bytes[offset + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}

/** The text in a field of `size` bytes, to its first zero byte, without blanks at its ends. */
export function textAt(bytes: Uint8Array, offset: number, size: number): string {
  const field = bytes.subarray(offset, offset + size);
  const end = field.indexOf(0);
  return utf8.decode(end < 0 ? field : field.subarray(0, end)).trim();
}

/** A number of 16 bits, the low byte first; 0 beyond the end. */
export function u16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] ?? 0) | (bytes[offset + 1] ?? 0) << 8;
}

/** A number of 32 bits, the low byte first; 0 beyond the end. */
export function u32(bytes: Uint8Array, offset: number): number {
  return u16(bytes, offset) + u16(bytes, offset + 2) * 0x10000;
}
