/**
 * `dblade announce [EXPORT]`: lets exports be advertised with their sizes as they are now.
 *
 * @module
 */
import { Exit } from "../exit.ts";
import { print } from "../output.ts";
import { optionalExportName, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

/** Prints how many were. */
export async function run(values: CommandValues): Promise<number> {
  const name = optionalExportName(values);
  const announced = await withService(values, (service) => service.announce(name));
  if (values.has("json")) print(`${JSON.stringify({ announced }, undefined, 2)}\n`);
  else print(`${announced} export${announced === 1 ? "" : "s"} announced\n`);
  return Exit.DONE;
}
