/**
 * `dblade man`.
 *
 * @module
 */
import { Exit } from "../exit.ts";
import { manualPage } from "../man.ts";
import { print } from "../output.ts";
import { SECTIONS } from "../table.ts";

/** Prints the manual page. */
export function run(): Promise<number> {
  print(manualPage(SECTIONS));
  return Promise.resolve(Exit.DONE);
}
