/**
 * The ring engine goes through the suites of all engines, with the kernel's help on the disk and
 * without.
 *
 * @module
 */
import type { PortsOptions } from "../lib/engine/engine.ts";
import { prepareRing } from "../lib/engine/ring.ts";
import { engineCases, LendingDisk } from "./engine_case.ts";
import { enginePortsCases } from "./engine_ports_case.ts";

const WITHOUT = { uring: undefined, missing: [] };

for (
  const [name, prepare] of [
    ["ring", (options: PortsOptions) => prepareRing(options)],
    ["ring without io_uring", (options: PortsOptions) => prepareRing(options, () => WITHOUT)],
  ] as const
) {
  engineCases(name, prepare);
  engineCases(`${name}, lent data`, prepare, () => new LendingDisk());
  enginePortsCases(name, prepare);
}
