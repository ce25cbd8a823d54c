/**
 * `dblade mask ls|add|del|clear DISK`: whom a target answers.
 *
 * @module
 */
import { additions, deletions, editMaskList, readMaskList } from "../../client/access_lists.ts";
import { type OpenDisk, openDisk } from "../disk.ts";
import { Exit } from "../exit.ts";
import {
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

/** With so many entries vblade's list is in order. */
const VBLADE_SAFE_COUNT = 2;

/** `mask ls`. */
export async function runList(values: CommandValues): Promise<number> {
  using disk = await openDisk(values);
  printMacs(values, disk, await readMaskList(disk.path), "everybody is answered");
  return Exit.DONE;
}

/** `mask add`. */
export function runAdd(values: CommandValues): Promise<number> {
  const macs = macsOf(values);
  return change(values, (list) => withMacs(list, macs));
}

/** `mask del`. */
export function runDelete(values: CommandValues): Promise<number> {
  const macs = macsOf(values);
  return change(values, (list, disk) => {
    printAbsent(disk, list, macs);
    return withoutMacs(list, macs);
  });
}

/** `mask clear`. */
export function runClear(values: CommandValues): Promise<number> {
  return change(values, () => []);
}

async function change(
  values: CommandValues,
  wish: (list: readonly number[], disk: OpenDisk) => readonly number[],
): Promise<number> {
  using disk = await openDisk(values);
  const list = await readMaskList(disk.path);
  const wished = wish(list, disk);
  if (!values.has("yes")) {
    refuseShutOut(disk, wished);
    refuseVbladesFaults(disk, list, wished);
  }
  const own = ownMacs(disk);
  const directives = [
    ...additions(withoutMacs(wished, list), own),
    ...deletions(withoutMacs(list, wished), own),
  ];
  const changed = directives.length === 0 ? list : await editMaskList(disk.path, directives);
  return printChanged(values, disk, wished, changed);
}

/** Throws where the target would answer this host no more: it could not undo that. */
function refuseShutOut(disk: OpenDisk, wished: readonly number[]): void {
  const missing = withoutMacs(ownMacs(disk), wished);
  if (wished.length === 0 || missing.length === 0) return;
  throw usage(
    `${disk.name} would no longer answer this host's MAC ${macText(missing)}, which would not be ` +
      "on the list, and only a host on it could undo that. Keep that MAC on it, or say --yes",
  );
}

/**
 * Throws where the target is vblade and would break: up to version 25 it moves its list by entries
 * where it should by bytes (addmask and rmmask of its aoe.c).
 */
function refuseVbladesFaults(
  disk: OpenDisk,
  list: readonly number[],
  wished: readonly number[],
): void {
  if (disk.path.identification?.model.includes("EtherDrive vblade") !== true) return;
  const remedy = "start it anew with -m for another list, or say --yes";
  if (withoutMacs(list, wished).length > 0) {
    throw usage(`${disk.name} is vblade's, which may crash when a MAC is deleted: ${remedy}`);
  }
  if (wished.length <= VBLADE_SAFE_COUNT || wished.length === list.length) return;
  throw usage(
    `${disk.name} is vblade's, which overwrites MACs when there are more than ` +
      `${VBLADE_SAFE_COUNT} on the list: ${remedy}`,
  );
}
