/**
 * The question that stands before what may be somebody's is overwritten.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import type { Place } from "../transfer/place.ts";
import { canAsk, confirm } from "./confirm.ts";
import { formatSize, printable } from "./text.ts";

/** Asks about what the place holds; throws unless the answer is yes. */
export async function confirmOverwrite(place: Place, isSure: boolean): Promise<void> {
  if (isSure) return;
  const contents = await place.occupied();
  if (contents.length === 0) return;
  const what = `${titleOf(place)} ${contents.join(", and ")}`;
  if (!canAsk()) throw refusal(`${what}; give --yes to overwrite it`);
  if (!await confirm(`${what}: overwrite?`)) throw refusal("the answer was not yes");
}

/** `e0.0 (10 GiB, serial 123)`. */
function titleOf({ name, size, identity }: Place): string {
  const { serial } = identity;
  const known = serial === undefined || serial === "" ? "" : `, serial ${printable(serial)}`;
  return `${name} (${formatSize(size)}${known})`;
}

function refusal(why: string): SystemError {
  return new SystemError(`Nothing was written: ${why}`, "overwrite", 0);
}
