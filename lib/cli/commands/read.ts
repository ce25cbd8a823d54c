/**
 * `dblade read DISK [FILE]`: a disk into a file or to standard output.
 *
 * @module
 */
import { formatAddress } from "../../wire/address.ts";
import { parseAddress } from "../address.ts";
import { runCopy } from "../copying.ts";
import { bytesOf, fileOf, STREAM } from "../places.ts";
import type { CommandValues } from "../values.ts";

/** Reads as the command line says. */
export async function run(values: CommandValues): Promise<number> {
  const source = formatAddress(parseAddress(values.operand("DISK")));
  return await runCopy(values, {
    source,
    sourceOffset: bytesOf(values, "offset") ?? 0,
    destination: fileOf(values.optionalOperand("FILE") ?? STREAM, source),
    destinationOffset: undefined,
  });
}
