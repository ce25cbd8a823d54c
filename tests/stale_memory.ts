/**
 * Memory full of 0xA5 for the tests of views: what a setter writes shows, and so does a byte that
 * it should not have touched, also before and behind the view.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** What is in memory that nobody wrote. */
export const STALE = 0xa5;
/** Bytes before and behind a view; odd, so that a view that forgets its byteOffset is caught. */
const GUARD_SIZE = 17;

/** Bytes as hexadecimal pairs, and where they are expected. */
export type Written = readonly [offset: number, bytes: string];

/** Turns `02 00 5e`, with or without spaces, into bytes. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const pairs = text.replaceAll(" ", "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** A view of `size` stale bytes with `bytes` at its beginning. */
export function staleView(size: number, bytes = ""): DataView<ArrayBuffer> {
  const memory = new Uint8Array(size + 2 * GUARD_SIZE).fill(STALE);
  memory.set(fromHex(bytes), GUARD_SIZE);
  return new DataView(memory.buffer, GUARD_SIZE, size);
}

/** Fails unless a view of {@linkcode staleView} was written to just there. */
export function assertWritten(view: DataView<ArrayBuffer>, ...writes: readonly Written[]): void {
  const expected = new Uint8Array(view.buffer.byteLength).fill(STALE);
  for (const [offset, bytes] of writes) expected.set(fromHex(bytes), view.byteOffset + offset);
  assertEquals(new Uint8Array(view.buffer), expected);
}

/** `count` times the byte 00. */
export function zeros(count: number): string {
  return "00".repeat(count);
}
