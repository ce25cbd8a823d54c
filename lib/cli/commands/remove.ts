/**
 * `dblade remove EXPORT`: lets the service serve an export no more.
 *
 * @module
 */
import { exportName, printChange, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

const NOTE = "The service's file is as it was: an export that it names is back when it is read.";

/** Prints what came of it. */
export async function run(values: CommandValues): Promise<number> {
  const name = exportName(values);
  return printChange(values, await withService(values, (service) => service.remove(name)), NOTE);
}
