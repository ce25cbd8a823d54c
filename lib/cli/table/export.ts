/**
 * The table's row of `dblade export`.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from "../command.ts";
import { HELP } from "../options.ts";

/** The options of an export. */
export const EXPORT_OPTIONS: readonly OptionSpec[] = [
  { name: "buffers", short: "b", value: "N", help: "requests a client may have under way [128]" },
  { name: "direct", short: "d", help: "bypass the page cache (O_DIRECT)" },
  { name: "sync", short: "s", help: "make every write durable before its reply" },
  { name: "read-only", short: "r", help: "refuse every write" },
  { name: "mask", short: "m", value: "MAC,...", help: "serve these MAC addresses only, or all" },
  { name: "offset", short: "o", value: "SECTORS", help: "first sector of FILE to export [0]" },
  { name: "length", short: "l", value: "SECTORS", help: "number of sectors to export [all]" },
  {
    name: "engine",
    value: "NAME",
    help: "auto, ring or plain [auto]",
    choices: ["auto", "ring", "plain"],
  },
  { name: "busy-poll", value: "US", help: "microseconds to look for the next frame [50]" },
  {
    name: "state",
    value: "DIR",
    help: "keep config string, mask list and reservation in this folder",
  },
  { name: "shared", help: "export FILE even where another process uses it" },
  { name: "force", help: "go on where another target answers for SHELF.SLOT" },
  {
    name: "log-level",
    value: "LEVEL",
    help: "debug, info, warning or error [info]",
    choices: ["debug", "info", "warning", "error"],
  },
  { name: "log-format", value: "FORMAT", help: "text or json [text]", choices: ["text", "json"] },
  HELP,
  { name: "version", short: "V", help: "show the version" },
];

/** `dblade export`, and `dblade` without a command. */
export const EXPORT: CommandSpec = {
  name: "export",
  summary: "export a file or block device as an AoE disk",
  operands: [
    {
      name: "SHELF",
      help: "0 to 65534, the upper half of the disk's address e{SHELF}.{SLOT}",
    },
    { name: "SLOT", help: "0 to 254, the lower half" },
    {
      name: "INTERFACE",
      help: "the Ethernet interface to export on, such as eth0; several: eth0,eth1",
    },
    { name: "FILE", help: "a regular file or a block device" },
  ],
  options: EXPORT_OPTIONS,
  details: [
    'The word "export" may be left out. Numbers may be decimal or hexadecimal (0x10). ' +
    "It serves until SIGINT or SIGTERM; SIGUSR1 and SIGUSR2 write its counters to the log.",
  ],
  examples: [
    { line: "dblade 0 0 eth0 disk.img", does: "export disk.img as e0.0 on eth0" },
    { line: "dblade -rd 1 2 eth0,eth1 /dev/sdb", does: "a block device, read-only, on two wires" },
  ],
  load: () => import("../commands/export.ts"),
};
