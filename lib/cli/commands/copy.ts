/**
 * `dblade copy SOURCE DEST`: between disks, files and standard streams.
 *
 * @module
 */
import { runCopy } from "../copying.ts";
import { bytesOf, isDisk } from "../places.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** Copies as the command line says. */
export async function run(values: CommandValues): Promise<number> {
  const [source, destination] = [values.operand("SOURCE"), values.operand("DEST")];
  if (values.text("mac") !== undefined && isDisk(source) && isDisk(destination)) {
    throw usage("--mac does not say which of both disks it is for; leave it out");
  }
  return await runCopy(values, {
    source,
    sourceOffset: bytesOf(values, "offset") ?? 0,
    destination,
    destinationOffset: bytesOf(values, "dest-offset"),
    canResume: true,
  });
}
