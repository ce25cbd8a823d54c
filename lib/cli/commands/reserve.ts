/**
 * `dblade reserve ls|add|del|clear DISK`: whom a disk is reserved for.
 *
 * @module
 */
import { readReserveList, reserveFit, setReserveList } from "../../client/access_lists.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import {
  macsOf,
  macText,
  ownMacs,
  printChanged,
  printMacs,
  withMacs,
  withoutMacs,
} from "../mac_list.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** `reserve ls`. */
export async function runList(values: CommandValues): Promise<number> {
  using disk = await openDisk(values);
  printMacs(values, disk, await readReserveList(disk.path));
  return Exit.DONE;
}

/** `reserve add`. */
export function runAdd(values: CommandValues): Promise<number> {
  const named = macsOf(values);
  return change(values, (list, disk) => {
    const macs = named.length > 0 ? named : ownMacs(disk);
    const wished = withMacs(list, macs);
    if (!values.has("yes")) refuseForOthers(disk, wished);
    return wished;
  });
}

/** `reserve del`. */
export function runDelete(values: CommandValues): Promise<number> {
  const macs = macsOf(values);
  return change(values, (list) => withoutMacs(list, macs));
}

/** `reserve clear`. */
export function runClear(values: CommandValues): Promise<number> {
  return change(values, () => []);
}

async function change(
  values: CommandValues,
  wish: (list: readonly number[], disk: OpenDisk) => readonly number[],
): Promise<number> {
  using disk = await openDisk(values);
  const list = await readReserveList(disk.path);
  const wished = wish(list, disk);
  const most = reserveFit(disk.path);
  if (wished.length > most) {
    throw usage(`The reservation would have ${wished.length} MACs; a frame carries ${most} here`);
  }
  const isSame = wished.length === list.length && wished.every((mac) => list.includes(mac));
  const changed = isSame ? list : await setReserveList(disk.path, wished, values.has("force"));
  return printChanged(values, disk, wished, changed);
}

/** Throws where this host could use the disk no more. */
function refuseForOthers(disk: OpenDisk, wished: readonly number[]): void {
  const missing = withoutMacs(ownMacs(disk), wished);
  if (missing.length === 0) return;
  throw usage(
    `${disk.name} would be reserved for others only: this host's MAC ${macText(missing)} would ` +
      "not be in the reservation. Add that MAC too, or say --yes",
  );
}
