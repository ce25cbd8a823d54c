/**
 * 32-bit words in memory that is shared with the kernel, by which either side tells the other that
 * something is there: read before what they tell of, and written after it.
 *
 * Atomics do this everywhere, but as calls into the runtime: a plain access took a tenth of their
 * time (Deno 2.9.6). x86-64 itself keeps loads before later loads and stores, and stores before
 * later stores, and V8 leaves accesses to an ArrayBuffer where they are, because it may be shared.
 * So there they are plain.
 *
 * @module
 */

const IS_ORDERED = Deno.build.arch === "x86_64";

/** The word at `index`; what is read behind it is as new as the word. */
export function loadWord(words: Int32Array, index: number): number {
  if (!IS_ORDERED) return Atomics.load(words, index);
  return words[index]!; // callers pass indices of words
}

/** Sets the word at `index`, after all that was read and written before. */
export function storeWord(words: Int32Array, index: number, value: number): void {
  if (IS_ORDERED) words[index] = value;
  else Atomics.store(words, index, value);
}
