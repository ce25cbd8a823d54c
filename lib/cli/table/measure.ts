/**
 * The table's rows of what measures a network and the disks on it.
 *
 * @module
 */
import type { CommandSpec } from "../command.ts";
import { DISK, DISK_OPTIONS, IFACES, INTERFACE, JSON_OUTPUT } from "../options.ts";

/** `dblade sancheck` and `dblade bench`. */
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
      "the largest frame that arrives is looked for: byte by byte to the target, by whole " +
      "sectors back. A bridge may let a few bytes more pass than its MTU. Random loss is told " +
      "from a wrong MTU.",
      "What looks like e0.0 is a disk, anything else an interface; an interface with such a name " +
      "needs --interface. Sizes are in bytes with the Ethernet header: an MTU of 1500 has room " +
      "for frames of 1514. The MTU that N sectors need counts the header, too, because clients " +
      "and targets of AoE reckon that an MTU has room for (MTU - 36) / 512 sectors.",
      'Some targets end where their own interface refuses a frame: vblade does, with "No buffer ' +
      'space available", where what is next to it has a smaller MTU. Trying such a path stops ' +
      "it, as the first large request of a client would.",
      "Exit status: 5 where a path loses frames that both ends would use, or where different " +
      "disks answer for one address, even if another disk is silent; else 3 where a disk, or " +
      "every one, does not answer. Different MTUs of the ends are noted, which is no fault.",
    ],
    examples: [
      { line: "dblade sancheck", does: "every path to every disk" },
      { line: "dblade sancheck e0.0 eth1", does: "the paths to e0.0 that go out by eth1" },
    ],
    load: () => import("../commands/sancheck.ts"),
  },
  {
    name: "bench",
    summary: "load a disk with requests and tell how fast it answers",
    operands: [DISK, IFACES],
    options: [
      ...DISK_OPTIONS,
      {
        name: "pattern",
        value: "NAME",
        choices: ["random", "sequential"],
        help: "in which order: random or sequential [random]",
      },
      { name: "write", help: "write, which needs --destroy-data [only read]" },
      { name: "mix", value: "PERCENT", help: "that many of a hundred requests write, others read" },
      { name: "destroy-data", help: "overwrite what is on the disk, without asking" },
      { name: "window", short: "w", value: "N", help: "requests under way at a time [16]" },
      { name: "sectors", value: "N", help: "sectors in a request [what a frame carries]" },
      { name: "seconds", short: "s", value: "S", help: "how long [5]" },
      { name: "offset", value: "N", help: "first sector to touch, or bytes as 1M [0]" },
      { name: "length", value: "N", help: "sectors to touch, or bytes as 1G [all behind it]" },
      { name: "seed", value: "N", help: "the same requests as the run with that seed [any]" },
      JSON_OUTPUT,
    ],
    details: [
      "Prints requests and megabytes (10^6 bytes) a second, latencies, how many requests were " +
      "sent again or failed, a histogram of the latencies, and the rate over time. With several " +
      "paths to the disk they are used in turn.",
      "Without --write or --mix nothing is written; with one of them the data in the region is " +
      "lost. A target that refuses requests ends it with status 4, one that falls silent with 3; " +
      "Ctrl-C ends it with what there is so far, and status 130.",
    ],
    examples: [
      { line: "dblade bench e0.0", does: "random reads of the whole disk for 5 seconds" },
      {
        line: "dblade bench e0.0 eth1 --mix 30 --destroy-data --length 1G --sectors 8",
        does: "7 reads to 3 writes of 4 KiB in the first gibibyte, by eth1",
      },
    ],
    load: () => import("../commands/bench.ts"),
  },
];
