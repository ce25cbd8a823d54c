/**
 * What files that are made let others do (umask(2)), through libc because Deno's own call needs a
 * permission.
 *
 * @module
 */
import { libc } from "./libc.ts";

/**
 * Runs `work`, which must not wait, with those bits taken from the mode of whatever it makes. The
 * mask is the whole process's: what another thread makes meanwhile loses them, too.
 */
export function withUmask<T>(mask: number, work: () => T): T {
  const before = libc().umask(mask);
  try {
    return work();
  } finally {
    libc().umask(before);
  }
}
