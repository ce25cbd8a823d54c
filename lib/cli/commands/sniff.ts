/**
 * `dblade sniff`: the frames that pass, decoded.
 *
 * @module
 */
import { tryAddress } from "../address.ts";
import { requireNoDisk } from "../disk.ts";
import { showFrames, type SniffPlace } from "../frames.ts";
import { usage } from "../usage.ts";
import { type CommandValues, parseInterfaces } from "../values.ts";

/** Prints what passes until a signal comes or there was enough; then a summary. */
export function run(values: CommandValues): Promise<number> {
  return showFrames(values, () => placeOf(values));
}

/** The first word may be a disk; what is none is an interface. */
function placeOf(values: CommandValues): SniffPlace {
  const option = values.text("interface");
  const words = [...values.operandsOf("DISK"), ...values.operandsOf("IFACE")];
  const disk = tryAddress(words[0] ?? "");
  const names = disk === undefined ? words : words.slice(1);
  if (option !== undefined && names.length > 0) {
    throw usage(`"${names[0]}" is no address of a disk, and --interface names the interfaces`);
  }
  const text = option ?? names.join(",");
  if (text === "") return { disk, interfaces: undefined };
  return { disk, interfaces: requireNoDisk(parseInterfaces(text, "IFACE"), true) };
}
