/**
 * `dblade set EXPORT KEY=VALUE...`: changes how the service serves an export.
 *
 * @module
 */
import { keysOfWords } from "../export_keys.ts";
import { exportName, printChange, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

const NOTE = "The service's file is as it was: what it says counts again when it is read.";

/** Prints what came of it. */
export async function run(values: CommandValues): Promise<number> {
  const name = exportName(values);
  const keys = keysOfWords(values.operandsOf("KEY=VALUE"));
  return printChange(values, await withService(values, (service) => service.set(name, keys)), NOTE);
}
