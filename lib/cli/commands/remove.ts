/**
 * `dblade remove EXPORT`: lets the service serve an export no more.
 *
 * @module
 */
import { exportName, printChange, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

const NOTE = "The service's file is as it was: what it names is back when it is read.";

/** Prints what came of it. */
export async function run(values: CommandValues): Promise<number> {
  const name = exportName(values);
  return await withService(values, async (service) => {
    const { exports } = await service.status();
    const isFromFile = exports.find((one) => one.name === name)?.isFromFile ?? true;
    return printChange(values, await service.remove(name), isFromFile ? NOTE : undefined);
  });
}
