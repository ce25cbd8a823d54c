/**
 * `dblade reload`: lets the service read its file again.
 *
 * @module
 */
import { printChange, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

/** Prints what came of it. */
export async function run(values: CommandValues): Promise<number> {
  return printChange(values, await withService(values, (service) => service.reload()));
}
