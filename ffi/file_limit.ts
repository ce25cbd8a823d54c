/**
 * How many files the process may have open (getrlimit(2)).
 *
 * @module
 */
import { RLIMIT_NOFILE } from "./abi.ts";
import { check, libc } from "./libc.ts";

/**
 * Raises it as far as the system lets a process do so by itself. Deno 2.6.8 and 2.9.6 have done so
 * at their start, so that this only tells how many it is.
 *
 * @returns how many it is then
 */
export function raiseFileLimit(): number {
  const limits = new BigUint64Array(2); // struct rlimit { rlim_t rlim_cur, rlim_max; }
  const action = "Cannot ask how many files may be open";
  check(libc().getrlimit(RLIMIT_NOFILE, limits), "getrlimit", action);
  const [present = 0n, most = 0n] = limits;
  if (present === most) return Number(most);
  limits[0] = most;
  return Number(libc().setrlimit(RLIMIT_NOFILE, limits) >= 0 ? most : present);
}
