/**
 * Lists of MACs on the command line and in what is printed.
 *
 * @module
 */
import { formatMac, isGroupMac, parseMac } from "../wire/mac.ts";
import type { OpenDisk } from "./disk.ts";
import { Exit } from "./exit.ts";
import { print, printError } from "./output.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

/** The operands MAC, each once; throws UsageError. */
export function macsOf(values: CommandValues): readonly number[] {
  const macs = values.operandsOf("MAC").map((text) => {
    const mac = parseMac(text);
    if (mac === undefined || mac === 0) {
      throw usage(`MAC is "${text}"; a MAC address looks like 02:00:5e:10:00:ff`);
    }
    if (isGroupMac(mac)) throw usage(`MAC is "${text}", a group address; name single stations`);
    return mac;
  });
  return [...new Set(macs)];
}

/** This host's MACs on the paths to the disk. */
export function ownMacs(disk: OpenDisk): readonly number[] {
  return [...new Set(disk.paths.map(({ initiator }) => initiator.link.mac))];
}

/** The list with `macs` behind it, each once. */
export function withMacs(list: readonly number[], macs: readonly number[]): readonly number[] {
  return [...list, ...macs.filter((mac) => !list.includes(mac))];
}

/** The list without `macs`. */
export function withoutMacs(list: readonly number[], macs: readonly number[]): readonly number[] {
  return list.filter((mac) => !macs.includes(mac));
}

/** MACs for a message. */
export function macText(macs: readonly number[]): string {
  return macs.map(formatMac).join(", ");
}

/** Prints the list, one MAC a line, or as JSON. */
export function printMacs(values: CommandValues, disk: OpenDisk, macs: readonly number[]): void {
  const texts = macs.map(formatMac).sort();
  if (values.has("json")) {
    print(JSON.stringify({ disk: disk.name, macs: texts }, undefined, 2) + "\n");
  } else print(texts.map((text) => `${text}\n`).join(""));
}

/** Prints the list that a change left; the status tells whether it is the one that was wished. */
export function printChanged(
  values: CommandValues,
  disk: OpenDisk,
  wished: readonly number[],
  list: readonly number[],
): number {
  printMacs(values, disk, list);
  const missing = withoutMacs(wished, list);
  const surplus = withoutMacs(list, wished);
  if (missing.length === 0 && surplus.length === 0) return Exit.DONE;
  const parts = [
    ...(missing.length > 0 ? [`lacks ${macText(missing)}`] : []),
    ...(surplus.length > 0 ? [`has ${macText(surplus)} besides`] : []),
  ];
  const why = "the target does not keep such lists, or another client changed it meanwhile";
  printError(`dblade: the list that ${disk.name} has now ${parts.join(" and ")}: ${why}\n`);
  return Exit.NO;
}
