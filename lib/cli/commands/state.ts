/**
 * `dblade state show|clear EXPORT`: what is stored of an export, and the decision about what could
 * not be read.
 *
 * @module
 */
import type { StateReport } from "../../control/service.ts";
import { SystemError } from "../../error.ts";
import { canAsk, confirm } from "../confirm.ts";
import { Exit } from "../exit.ts";
import { print } from "../output.ts";
import { exportName, withService } from "../service.ts";
import { printable } from "../text.ts";
import type { CommandValues } from "../values.ts";

/** `state show`. */
export async function runShow(values: CommandValues): Promise<number> {
  const name = exportName(values);
  return printState(values, await withService(values, (service) => service.showState(name)));
}

/** `state clear`. */
export async function runClear(values: CommandValues): Promise<number> {
  const name = exportName(values);
  return await withService(values, async (service) => {
    if (!values.has("yes")) {
      const what = `${name} loses ${lossOf(await service.showState(name))}`;
      if (!canAsk()) throw refusal(`${what}; give --yes to clear it`);
      if (!await confirm(`${what}: clear?`)) throw refusal("the answer was not yes");
    }
    return printState(values, await service.clearState(name));
  });
}

function refusal(why: string): SystemError {
  return new SystemError(`Nothing was cleared: ${why}`, "clear", 0);
}

function lossOf({ configString, masks, reservations, setAside }: StateReport): string {
  const parts = [
    ...(configString === "" ? [] : ["its config string"]),
    ...(masks.length === 0 ? [] : ["its mask list"]),
    ...(reservations.length === 0 ? [] : ["its reservation"]),
    ...(setAside === null ? [] : ["what could not be read of its state"]),
  ];
  const last = parts.pop();
  if (last === undefined) return "nothing: its state is empty";
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

function printState(values: CommandValues, state: StateReport): number {
  print(values.has("json") ? `${JSON.stringify(state, undefined, 2)}\n` : stateText(state));
  return Exit.DONE;
}

function stateText(state: StateReport): string {
  const { name, path, configString, masks, reservations, setAside } = state;
  const lines = [
    `${name}: ${path === null ? "state is not kept" : `kept in ${printable(path)}`}`,
    `config string  "${printable(configString)}"`,
    `masks          ${masks.join(", ") || "none: everybody is answered"}`,
    `reserved for   ${reservations.join(", ") || "nobody"}`,
  ];
  if (setAside !== null) {
    lines.push(
      `Not read: ${printable(setAside.path)}: ${printable(setAside.reason)}`,
      'Writes are refused until "dblade state clear" says to begin anew. It begins with:',
      ...setAside.content.split("\n").map((line) => `  ${printable(line)}`),
    );
  }
  return `${lines.join("\n")}\n`;
}
