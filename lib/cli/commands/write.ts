/**
 * `dblade write DISK [FILE]`: a file or standard input to a disk.
 *
 * @module
 */
import { formatAddress } from "../../wire/address.ts";
import { parseAddress } from "../address.ts";
import { runCopy } from "../copying.ts";
import { bytesOf, fileOf, STREAM } from "../places.ts";
import type { CommandValues } from "../values.ts";

/** Writes as the command line says. */
export async function run(values: CommandValues): Promise<number> {
  const destination = formatAddress(parseAddress(values.operand("DISK")));
  return await runCopy(values, {
    source: fileOf(values.optionalOperand("FILE") ?? STREAM, destination),
    sourceOffset: 0,
    destination,
    destinationOffset: bytesOf(values, "offset"),
  });
}
