/**
 * The counters of an export and of its interfaces, as lines of the log.
 *
 * @module
 */
import type { ServedPort } from "../engine/port.ts";
import { log } from "../log.ts";
import type { Target } from "../target/target.ts";

/** Tells what was counted since the start: a line for the export, and one for each interface. */
export function reportCounts(name: string, target: Target, ports: readonly ServedPort[]): void {
  tell(name, { export: name }, { ...target.counts, ...target.disk.counts });
  for (const port of ports) {
    port.tally();
    tell(`${name} on "${port.name}"`, { export: name, interface: port.name }, { ...port.counts });
  }
}

function tell(
  what: string,
  names: Readonly<Record<string, string>>,
  counts: Readonly<Record<string, number>>,
): void {
  const list = Object.entries(counts).map(([name, count]) => `${count} ${inWords(name)}`);
  log.info(`${what}: ${list.join(", ")}`, { ...names, ...counts });
}

/** `readBytes` as `read bytes`. */
function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
