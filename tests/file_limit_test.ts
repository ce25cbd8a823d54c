/**
 * The limit of open files: raised to what the system allows, and no error where it is there.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { RLIMIT_NOFILE } from "../ffi/abi.ts";
import { raiseFileLimit } from "../ffi/file_limit.ts";
import { libc } from "../ffi/libc.ts";

/** The soft and the hard limit, as the kernel shows them. */
function limits(): readonly number[] {
  const line = /^Max open files +(\d+) +(\d+)/m.exec(Deno.readTextFileSync("/proc/self/limits"));
  return (line ?? []).slice(1).map(Number);
}

Deno.test("raiseFileLimit() raises the soft limit to the hard one, and tells it", () => {
  const hard = limits()[1] ?? 0;
  assert(hard > 256);
  const low = BigUint64Array.of(256n, BigInt(hard));
  assertEquals(libc().setrlimit(RLIMIT_NOFILE, low), 0);
  assertEquals(limits(), [256, hard]);
  assertEquals(raiseFileLimit(), hard);
  assertEquals(limits(), [hard, hard]);
  assertEquals(raiseFileLimit(), hard);
});
