/**
 * `dblade add SHELF.SLOT FILE`: lets the service serve one more export until it ends.
 *
 * @module
 */
import { formatAddress } from "../../wire/address.ts";
import { parseAddress } from "../address.ts";
import { absolutePath, keysOfOptions } from "../export_keys.ts";
import { printChange, withService } from "../service.ts";
import type { CommandValues } from "../values.ts";

/** Prints what came of it. */
export async function run(values: CommandValues): Promise<number> {
  const address = parseAddress(values.operand("SHELF.SLOT"));
  const keys = { ...address, path: absolutePath(values.operand("FILE")), ...keysOfOptions(values) };
  return await withService(values, async (service) => {
    const report = await service.add(keys);
    if (!report.added.includes(formatAddress(address))) return printChange(values, report);
    const { configFile } = await service.status();
    const note = "It is served until the service ends; for good, it needs an [[export]] in " +
      `${configFile}.`;
    return printChange(values, report, note);
  });
}
