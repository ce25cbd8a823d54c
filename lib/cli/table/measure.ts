/**
 * The table's rows of what measures a network and the disks on it.
 *
 * @module
 */
import type { CommandSpec } from "../command.ts";
import { INTERFACE, JSON_OUTPUT } from "../options.ts";

/** `dblade sancheck`. */
export const MEASURE: readonly CommandSpec[] = [
  {
    name: "sancheck",
    summary: "try every path at every frame size and name wrong MTUs",
    operands: [{
      name: "DISK|IFACE",
      help: "disks to try, such as e0.0, and interfaces to use [all]",
      completes: "interface",
      optional: true,
      many: true,
    }],
    options: [INTERFACE, JSON_OUTPUT],
    details: [
      "Frames of 1 to as many sectors as both ends would use are sent each way: requests with " +
      "zeros behind them to the target, reads from it. Nothing is written. Where sizes are lost, " +
      "the largest frame that arrives is looked for, byte by byte. Random loss is told from a " +
      "wrong MTU.",
      "What looks like e0.0 is a disk, anything else an interface; an interface with such a name " +
      "needs --interface. Sizes are in bytes with the Ethernet header: an MTU of 1500 has room " +
      "for frames of 1514.",
      "Exit status: 5 where a path loses frames that both ends would use, 3 where a disk, or " +
      "every one, does not answer. Different MTUs of the ends are noted, which is no fault.",
    ],
    examples: [
      { line: "dblade sancheck", does: "every path to every disk" },
      { line: "dblade sancheck e0.0 eth1", does: "the paths to e0.0 that go out by eth1" },
    ],
    load: () => import("../commands/sancheck.ts"),
  },
];
