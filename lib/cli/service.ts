/**
 * From the command line to the service that it is about.
 *
 * @module
 */
import { CONTROL_SOCKET_DEFAULT } from "../config.ts";
import { ControlClient } from "../control/client.ts";
import type {
  ChangeReport,
  ExportStatus,
  ServiceStatus,
  UnservedStatus,
} from "../control/service.ts";
import { unknownExport } from "../control/unknown_export.ts";
import { formatAddress } from "../wire/address.ts";
import { parseAddress } from "./address.ts";
import { Exit } from "./exit.ts";
import { print, printError } from "./output.ts";
import type { CommandValues } from "./values.ts";

/** How many exports a line names. */
const LISTED_MAX = 8;

/** Connects to the service that `--control-socket` names. */
export function openService(values: CommandValues): Promise<ControlClient> {
  return ControlClient.connect(values.text("control-socket") ?? CONTROL_SOCKET_DEFAULT);
}

/** Connects, and does `work` with the service. */
export async function withService<T>(
  values: CommandValues,
  work: (service: ControlClient) => Promise<T>,
): Promise<T> {
  using service = await openService(values);
  return await work(service);
}

/** The address that the operand EXPORT names, such as `e0.1`. */
export function exportName(values: CommandValues): string {
  return formatAddress(parseAddress(values.operand("EXPORT")));
}

/** The same; undefined where the operand is not given. */
export function optionalExportName(values: CommandValues): string | undefined {
  return values.optionalOperand("EXPORT") === undefined ? undefined : exportName(values);
}

/** An export, as far as it is known. */
export type FoundExport =
  | { readonly served: ExportStatus; readonly unserved: undefined }
  | { readonly served: undefined; readonly unserved: UnservedStatus };

/** The export of that name, served or not; throws ServiceError with what is near. */
export function exportOf({ exports, unserved }: ServiceStatus, name: string): FoundExport {
  const isIt = (one: { readonly name: string }): boolean => one.name === name;
  const served = exports.find(isIt);
  if (served !== undefined) return { served, unserved: undefined };
  const other = unserved.find(isIt);
  if (other !== undefined) return { served: undefined, unserved: other };
  throw unknownExport(name, [...exports, ...unserved].map((one) => one.name));
}

/** Prints what a change came to, and `note` where there was one; the status tells of problems. */
export function printChange(values: CommandValues, report: ChangeReport, note?: string): number {
  const { added, removed, changed, problems, warnings } = report;
  const isChanged = [added, removed, changed].some((names) => names.length > 0);
  if (values.has("json")) print(`${JSON.stringify(report, undefined, 2)}\n`);
  else print(changeText(report) + (isChanged && note !== undefined ? `${note}\n` : ""));
  for (const warning of warnings) printError(`dblade: warning: ${warning}\n`);
  for (const problem of problems) printError(`dblade: ${problem}\n`);
  return problems.length > 0 ? Exit.SYSTEM : Exit.DONE;
}

function changeText({ added, removed, changed, unchanged }: ChangeReport): string {
  const lines = [["Added", added], ["Removed", removed], ["Changed", changed]] as const;
  const told = lines.flatMap(([what, names]) => names.length > 0 ? `${what} ${listed(names)}` : []);
  const others = `${unchanged} export${unchanged === 1 ? "" : "s"} not touched`;
  return `${told.length === 0 ? "Nothing changed" : told.join("\n")}\n${others}\n`;
}

function listed(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return names.slice(0, LISTED_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
