/**
 * The program's own code in memory. The runtime is large, and its start touches much of it once.
 *
 * @module
 */
import { MADV_DONTNEED } from "./abi.ts";
import { libc } from "./libc.ts";
import { tryReadSmallFile } from "./small_file.ts";

/** A mapping of code from a file (proc(5)): start, end; it is never written to. */
const CODE = /^([0-9a-f]+)-([0-9a-f]+) r-xp [0-9a-f]+ \S+ [0-9]+ +\//gm;

/**
 * Lets go of the pages of code that are in memory; what is needed again comes back from the page
 * cache by itself. After the start that is much less. Returns the number of bytes that were looked
 * at, 0 where /proc is not mounted.
 */
export function releaseCode(): number {
  const maps = new TextDecoder().decode(tryReadSmallFile("/proc/self/maps"));
  let size = 0n;
  for (const [, start, end] of maps.matchAll(CODE)) {
    const from = BigInt(`0x${start}`);
    const part = BigInt(`0x${end}`) - from;
    if (libc().madvise(Deno.UnsafePointer.create(from), part, MADV_DONTNEED) >= 0) size += part;
  }
  return Number(size);
}
