/**
 * Copies between pieces of memory that lie outside of the JavaScript heap: no view is made for it.
 *
 * @module
 */
import { libc } from "./libc.ts";
import { sizeArgument } from "./size_argument.ts";

/** Copies `size` bytes; the two must not overlap. */
export function copyMemory(
  to: Deno.PointerObject,
  from: Deno.PointerObject,
  size: number,
): void {
  libc().memcpy(to, from, sizeArgument(size));
}
