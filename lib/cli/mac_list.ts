/**
 * Lists of MACs on the command line and in what is printed.
 *
 * @module
 */
import { interfaceNames } from "../../ffi/interface_names.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { formatMac, isGroupMac, parseMac } from "../wire/mac.ts";
import type { OpenDisk } from "./disk.ts";
import { Exit } from "./exit.ts";
import { print, printError } from "./output.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

/** What messages need of a disk. */
export type Named = Pick<OpenDisk, "name">;

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

/** The MACs of all Ethernet interfaces of this host, also of those that are not used. */
export function hostMacs(): readonly { readonly interface: string; readonly mac: number }[] {
  using query = InterfaceQuery.open();
  return interfaceNames().flatMap((name) => {
    const state = query.ask(name);
    return state?.kind === "ethernet" ? [{ interface: name, mac: state.mac }] : [];
  });
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

/** Says which of `macs`, that are to be deleted, are not on the list: they may be mistyped. */
export function printAbsent(
  disk: Named,
  list: readonly number[],
  macs: readonly number[],
): void {
  const absent = withoutMacs(macs, list);
  if (absent.length === 0) return;
  const were = absent.length === 1 ? "was" : "were";
  printError(`dblade: ${macText(absent)} ${were} not on the list of ${disk.name}\n`);
}

/**
 * Prints the list, one MAC a line, or as JSON; a person is told what it means, `none`, that there
 * is none on it.
 */
export function printMacs(
  values: CommandValues,
  disk: Named,
  macs: readonly number[],
  none?: string,
): void {
  const texts = macs.map(formatMac).sort();
  if (values.has("json")) {
    print(JSON.stringify({ disk: disk.name, macs: texts }, undefined, 2) + "\n");
  } else print(texts.map((text) => `${text}\n`).join(""));
  if (macs.length > 0 || none === undefined || values.has("json")) return;
  if (Deno.stdout.isTerminal()) printError(`The list of ${disk.name} is empty: ${none}\n`);
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
