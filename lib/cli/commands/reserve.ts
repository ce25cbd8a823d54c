/**
 * `dblade reserve ls|add|del|clear DISK`: whom a disk is reserved for.
 *
 * @module
 */
import { readReserveList, reserveFit, setReserveList } from "../../client/access_lists.ts";
import type { Path } from "../../client/lan.ts";
import { HeldError } from "../../client/target_error.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import {
  hostMacs,
  macsOf,
  macText,
  ownMacs,
  printAbsent,
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
  printMacs(values, disk, await readReserveList(disk.path), "it is reserved for nobody");
  return Exit.DONE;
}

/** `reserve add`. */
export function runAdd(values: CommandValues): Promise<number> {
  const named = macsOf(values);
  return change(values, (list, disk) => {
    const macs = named.length > 0 ? named : ownMacs(disk);
    // Taken by force it is taken from those who held it, who must not go on writing.
    const wished = values.has("force") ? macs : withMacs(list, macs);
    if (!values.has("yes")) refuseForOthers(disk, wished);
    return wished;
  });
}

/** `reserve del`. */
export function runDelete(values: CommandValues): Promise<number> {
  const macs = macsOf(values);
  return change(values, (list, disk) => {
    printAbsent(disk, list, macs);
    return withoutMacs(list, macs);
  });
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
  const force = values.has("force");
  const path = force ? disk.path : holdingPath(disk, list);
  const changed = isSame ? list : await setReserveList(path, wished, force);
  return printChanged(values, disk, wished, changed);
}

/** The path whose end here holds the disk: only a holder may change who does. */
function holdingPath(disk: OpenDisk, list: readonly number[]): Path {
  const holding = disk.paths.find(({ initiator }) => list.includes(initiator.link.mac));
  if (holding !== undefined || list.length === 0) return holding ?? disk.path;
  const own = hostMacs().filter(({ mac }) => list.includes(mac));
  if (own.length === 0) return disk.path;
  const names = own.map((one) => `${macText([one.mac])} on ${one.interface}`).join(", ");
  throw new HeldError(
    `${disk.name} is reserved for this host's own ${names}, but is reached by ` +
      `${[...new Set(disk.paths.map((path) => path.interface))].join(", ")} only; ` +
      `use --interface ${own[0]?.interface}, or take it with --force`,
  );
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
