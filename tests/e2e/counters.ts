/**
 * The counters that a target tells, read from its log in JSON (docs/running.md, "The counters").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { TargetProcess } from "./target_process.ts";

/** The fields of one line of counters. */
export type Counts = Readonly<Record<string, unknown>>;

/** The lines of counters in a log in JSON, oldest first: of an interface, or of the export. */
export function reports(target: TargetProcess, name?: string): Counts[] {
  const lines = target.stderr.split("\n").slice(0, -1);
  const all = lines.map((line) => JSON.parse(line).properties);
  return all.filter((fields) => fields.export === "e0.0" && fields.interface === name);
}

/** Has the counters told, and waits for them. */
export async function ask(target: TargetProcess, names: readonly string[]): Promise<void> {
  const last = names.at(-1);
  const before = reports(target, last).length;
  target.kill("SIGUSR2");
  for (let round = 0; round < 3000 && reports(target, last).length === before; round++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(reports(target, last).length, before + 1);
}

/** What the interface `name` counted until now, but for what is 0. */
export async function countsOf(target: TargetProcess, name: string): Promise<Counts> {
  await ask(target, [name]);
  return told(reports(target, name).at(-1));
}

/** The fields of a report that are not 0, without its names. */
export function told(report: Counts | undefined): Counts {
  const isCount = ([name, value]: [string, unknown]) =>
    value !== 0 && name !== "export" && name !== "interface";
  return Object.fromEntries(Object.entries(report ?? {}).filter(isCount));
}
