/**
 * The table's rows of what looks at the wire and at disks.
 *
 * @module
 */
import type { CommandSpec } from "../command.ts";
import { IFACES, INTERFACE, JSON_OUTPUT } from "../options.ts";

/** `dblade discover` and its like. */
export const LOOK: readonly CommandSpec[] = [
  {
    name: "discover",
    summary: "list every target on the wire",
    operands: [IFACES],
    options: [
      INTERFACE,
      { name: "wait", value: "SECONDS", help: "how long to wait for answers [0.3]" },
      JSON_OUTPUT,
    ],
    details: [
      "A line tells of one path: address, interface, the target's MAC, size, sectors in a frame, " +
      "buffers, firmware, whether it is reserved, model, serial number, config string.",
      "An address that different disks answer for is marked, and the exit status is 5: one of " +
      "them needs another address, because clients would take both for one.",
    ],
    examples: [
      { line: "dblade discover", does: "what is on all interfaces that are up" },
      { line: "dblade discover eth0 --json", does: "what is on eth0, for a script" },
    ],
    load: () => import("../commands/discover.ts"),
  },
];
