/**
 * The table's rows of what looks at one disk closely: stat, ping, identify.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from "../command.ts";
import { DISK, DISK_OPTIONS, IFACES, INTERFACE, JSON_OUTPUT } from "../options.ts";

const QUIET: OptionSpec = { name: "quiet", short: "q", help: "print the summary only" };

/** `dblade stat`, `dblade ping` and `dblade identify`. */
export const ADMIN: readonly CommandSpec[] = [
  {
    name: "stat",
    summary: "list the disks on the wire as aoe-stat does",
    operands: [IFACES],
    options: [
      INTERFACE,
      { name: "wait", value: "SECONDS", help: "how long to wait for targets to answer [0.3]" },
      {
        name: "timeout",
        value: "SECONDS",
        help: "how long to wait for a disk to describe itself before it is down [2]",
      },
      JSON_OUTPUT,
    ],
    details: [
      "A line tells of one disk: address, size in billions of bytes, interfaces, bytes of data " +
      'in a frame, "up" or "down". There is no heading, so that scripts made for aoe-stat go on ' +
      'working; no kernel driver is needed. A disk is "down" where its target answers but the ' +
      'disk does not describe itself (ATA IDENTIFY): its size is "(NA)" then.',
      "An address that different disks answer for has a line for each, and the exit status is 5.",
    ],
    examples: [
      { line: "dblade stat", does: "all disks on all interfaces that are up" },
      { line: "dblade stat eth0 eth1 --json", does: "those on two interfaces, for a script" },
    ],
    load: () => import("../commands/stat.ts"),
  },
  {
    name: "ping",
    summary: "measure round trips to a disk",
    operands: [DISK, IFACES],
    options: [
      { name: "ata", help: "ask the disk (ATA IDENTIFY), not just the target (config query)" },
      {
        name: "count",
        short: "c",
        value: "N",
        help: "stop after so many questions [go on until SIGINT]",
      },
      { name: "interval", value: "SECONDS", help: "time from one question to the next [1]" },
      { name: "wait", value: "SECONDS", help: "how long to wait for each answer [1]" },
      QUIET,
      ...DISK_OPTIONS,
      JSON_OUTPUT,
    ],
    details: [
      "Each path to the disk is asked in turn, each question once: what is lost is counted, not " +
      "sent again. The time is taken right before the send and right after the receipt, by a " +
      "thread that does nothing else meanwhile. An answer that comes twice counts as a " +
      "duplicate, one that comes after --wait as late, which is lost.",
      "The exit status is 0 if any question was answered, and 3 if none was.",
    ],
    examples: [
      { line: "dblade ping e0.0", does: "one question a second until Ctrl-C" },
      {
        line: "dblade ping e0.0 -c 1000 --interval 0 --quiet --ata",
        does: "how long the disk takes for a thousand, one after the other",
      },
    ],
    load: () => import("../commands/ping.ts"),
  },
  {
    name: "identify",
    summary: "tell all that a disk says of itself",
    operands: [DISK, IFACES],
    options: [
      { name: "raw", help: "write the 512 bytes of ATA IDENTIFY as they are" },
      { name: "words", help: "print the 256 words in hexadecimal" },
      ...DISK_OPTIONS,
      JSON_OUTPUT,
    ],
    details: [
      "The words of ATA IDENTIFY DEVICE (ATA8-ACS, 7.16, with what ACS-2 and ACS-3 added) are " +
      "told one by one. Those that are not zero and mean nothing there are listed as they are. " +
      "Some targets forget to swap the bytes of the names: they are shown legibly and marked.",
    ],
    examples: [
      { line: "dblade identify e0.0", does: "names, size, features, sector sizes, TRIM" },
      { line: "dblade identify e0.0 --raw >identify.bin", does: "the bytes, for another program" },
    ],
    load: () => import("../commands/identify.ts"),
  },
];
