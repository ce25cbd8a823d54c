/**
 * `dblade acl EXPORT mask|reserve ls|add|del|clear [MAC...]`: the lists that clients can change, by
 * the service's administrator, whom no list shuts out.
 *
 * @module
 */
import type { ControlClient } from "../../control/client.ts";
import type { AccessEdit, AccessList } from "../../control/service.ts";
import { SystemError } from "../../error.ts";
import { formatMac, parseMac } from "../../wire/mac.ts";
import { Exit } from "../exit.ts";
import { macsOf, printAbsent, printMacs } from "../mac_list.ts";
import { exportName, withService } from "../service.ts";
import { ACL_EDITS, ACL_LISTS } from "../table/service.ts";
import { usage } from "../usage.ts";
import type { CommandValues } from "../values.ts";

/** What an empty list means. */
const NONE: Readonly<Record<AccessList, string>> = {
  mask: "everybody is answered",
  reserve: "nobody has it reserved",
};

/** Prints the list as it is then. */
export async function run(values: CommandValues): Promise<number> {
  const name = exportName(values);
  const list = wordOf(values, "mask|reserve", ACL_LISTS);
  const edit = wordOf(values, "ls|add|del|clear", ACL_EDITS);
  const macs = macsOf(values);
  const takesMacs = edit === "add" || edit === "del";
  if (takesMacs && macs.length === 0) throw usage(`${edit} needs a MAC`);
  if (!takesMacs && macs.length > 0) throw usage(`${edit} takes no MAC; add and del do`);
  return await withService(values, async (service) => {
    const ask = (what: AccessEdit, which: readonly number[]) =>
      numbersOf(service, name, list, what, which);
    if (edit === "del") printAbsent({ name }, await ask("ls", []), macs);
    printMacs(values, { name }, await ask(edit, macs), NONE[list]);
    return Exit.DONE;
  });
}

async function numbersOf(
  service: ControlClient,
  name: string,
  list: AccessList,
  edit: AccessEdit,
  macs: readonly number[],
): Promise<readonly number[]> {
  const texts = await service.access(name, list, edit, macs.map(formatMac));
  return texts.map((text) => {
    const mac = parseMac(text);
    if (mac !== undefined) return mac;
    throw new SystemError(`The service's list has "${text}", which is no MAC address`, "read", 0);
  });
}

function wordOf<T extends string>(
  values: CommandValues,
  operand: string,
  choices: readonly T[],
): T {
  const word = values.operand(operand);
  const choice = choices.find((candidate) => candidate === word);
  // The table has the same choices, so that others were refused.
  if (choice === undefined) throw usage(`${operand} is "${word}"`);
  return choice;
}
