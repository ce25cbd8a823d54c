/**
 * The program goes on after its code was let go of.
 *
 * @module
 */
import "./library.ts";
import { assert } from "@std/assert";
import { releaseCode } from "../ffi/program_code.ts";

/** Memory of the process that is backed by files, in kilobytes. */
function fromFiles(): number {
  const text = Deno.readTextFileSync("/proc/self/status");
  return Number(/^RssFile:\s+([0-9]+) kB$/m.exec(text)?.[1]);
}

Deno.test("releaseCode() makes the process smaller, and all of it works on", () => {
  const before = fromFiles();
  assert(releaseCode() > 2 ** 20);
  const after = fromFiles();
  assert(after < before - 1024, `${before} KiB before, ${after} after`);
});
