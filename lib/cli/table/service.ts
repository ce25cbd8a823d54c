/**
 * The table's rows of what asks and changes a service.
 *
 * @module
 */
import type { AccessEdit, AccessList } from "../../control/service.ts";
import type { CommandModule, CommandSpec, OperandSpec, OptionSpec } from "../command.ts";
import { CONTROL_SOCKET, JSON_OUTPUT } from "../options.ts";
import { SNIFF_OPTIONS } from "./sniff.ts";

/** The lists that `dblade acl` is about. */
export const ACL_LISTS = ["mask", "reserve"] as const satisfies readonly AccessList[];
/** What it does with one. */
export const ACL_EDITS = ["ls", "add", "del", "clear"] as const satisfies readonly AccessEdit[];

const COMMON: readonly OptionSpec[] = [CONTROL_SOCKET, JSON_OUTPUT];
const ONE_EXPORT: OperandSpec = { name: "EXPORT", help: "address of the export, such as e0.1" };
const ANY_EXPORT: OperandSpec = {
  name: "EXPORT",
  help: "address of one export, such as e0.1 [all]",
  optional: true,
};
const WHO = "Only root, or the user that the service runs as, can ask it.";

function state(run: "runShow" | "runClear"): () => Promise<CommandModule> {
  return async () => ({ run: (await import("../commands/state.ts"))[run] });
}

const LOOK: readonly CommandSpec[] = [
  {
    name: "status",
    summary: "show how a service, its exports and its interfaces are",
    operands: [ANY_EXPORT],
    options: [
      { name: "clients", help: "show the clients of each export, its lists and config string" },
      { name: "watch", short: "w", help: "show it again and again, until Ctrl-C" },
      {
        name: "interval",
        short: "n",
        value: "SECONDS",
        help: "time from one to the next with --watch [2]",
      },
      ...COMMON,
    ],
    details: [
      "Rates are those of the half second, or of the interval, before. Latencies are from frame " +
      "to frame, since the start: half of the replies took no longer, and 99 of 100. Errors are " +
      "requests to the disk that failed, drops are frames that were lost.",
      "With EXPORT it is about that one alone, with its clients. With --json the status is " +
      "printed in the form that the service gives it, and besides it, in the same order, the " +
      "rates of all counters; with --watch an object a line. " + WHO,
    ],
    examples: [
      { line: "dblade status", does: "all exports and interfaces" },
      { line: "dblade status --watch -n 1", does: "the same each second, until Ctrl-C" },
      { line: "dblade status e0.1", does: "one export, and who its clients are" },
    ],
    load: () => import("../commands/status.ts"),
  },
  {
    name: "trace",
    summary: "show the frames of an export that pass, decoded",
    operands: [ONE_EXPORT],
    options: [...SNIFF_OPTIONS, CONTROL_SOCKET],
    details: [
      'It asks the service where the export is served, and shows what "dblade sniff" would show ' +
      "of its address there. It needs root, or the capability CAP_NET_RAW.",
    ],
    examples: [{ line: "dblade trace e0.1 --count 100", does: "the next hundred frames" }],
    load: () => import("../commands/trace.ts"),
  },
];

const CHANGE: readonly CommandSpec[] = [
  {
    name: "reload",
    summary: "let a service read its file again",
    operands: [],
    options: COMMON,
    details: [
      "Exports that the file says nothing new of go on without losing a frame. A file with a " +
      "mistake changes nothing. What did not come to pass is listed, and the exit status is 1. " +
      WHO,
    ],
    examples: [{ line: "dblade reload", does: "after a change of /etc/dblade.toml" }],
    load: () => import("../commands/reload.ts"),
  },
  {
    name: "add",
    summary: "let a service serve one more file, until it ends",
    operands: [
      { name: "SHELF.SLOT", help: "address of the new export, such as e0.1 or 0.1" },
      { name: "FILE", help: "a regular file or a block device" },
    ],
    options: [
      {
        name: "interfaces",
        short: "i",
        value: "IFACE,...",
        help: "interfaces, or patterns such as eth* [what the file says]",
      },
      { name: "read-only", short: "r", help: "refuse every write" },
      { name: "direct", short: "d", help: "bypass the page cache (O_DIRECT)" },
      { name: "sync", short: "s", help: "make every write durable before its reply" },
      { name: "buffers", short: "b", value: "N", help: "requests a client may have under way" },
      { name: "offset", short: "o", value: "N", help: "first sector, or bytes as 1M [0]" },
      { name: "length", short: "l", value: "N", help: "number of sectors, or bytes as 1G [all]" },
      { name: "accept", value: "MAC,...", help: "serve these MACs or named lists only" },
      { name: "deny", value: "MAC,...", help: "never serve these MACs or named lists" },
      { name: "broadcast", help: "advertise to all, even where --accept names who is served" },
      { name: "serial", value: "TEXT", help: "serial number, up to 20 characters" },
      { name: "model", value: "TEXT", help: "model, up to 40 characters" },
      { name: "mask", short: "m", value: "MAC,...", help: "the mask list to begin with, or all" },
      { name: "shared", help: "go on even where another process uses FILE" },
      { name: "force", help: "go on where another target answers for the address" },
      ...COMMON,
    ],
    details: [
      "It is served until the service ends or it is removed. What is to be served for good " +
      "belongs into the service's file, as an [[export]]. " + WHO,
    ],
    examples: [
      {
        line: "dblade add e0.7 /srv/new.img",
        does: "on the interfaces that the file names for all",
      },
      { line: "dblade add 1.0 /dev/sdb -r -i eth1", does: "a block device, read-only, on eth1" },
    ],
    load: () => import("../commands/add.ts"),
  },
  {
    name: "remove",
    summary: "let a service serve an export no more",
    operands: [ONE_EXPORT],
    options: COMMON,
    details: [
      "Requests under way are done before. An export that the service's file names is back once " +
      "the file is read again. " + WHO,
    ],
    examples: [{ line: "dblade remove e0.7", does: "take it off the wire" }],
    load: () => import("../commands/remove.ts"),
  },
  {
    name: "set",
    summary: "change how a service serves an export",
    operands: [
      ONE_EXPORT,
      { name: "KEY=VALUE", help: "keys of an [[export]] in the service's file", many: true },
    ],
    options: COMMON,
    details: [
      "Values are true or false, numbers, text, or lists with commas between. What the service's " +
      "file says counts again once it is read again. " + WHO,
    ],
    examples: [
      { line: "dblade set e0.1 read-only=true", does: "refuse writes from now on" },
      { line: "dblade set e0.1 interfaces=eth0,eth1 sync=false", does: "several keys at once" },
    ],
    load: () => import("../commands/set.ts"),
  },
  {
    name: "announce",
    summary: "let a service look at sizes again and advertise its exports",
    operands: [ANY_EXPORT],
    options: COMMON,
    details: ["Clients of a file or device that grew then know of its new size. " + WHO],
    examples: [{ line: "dblade announce e0.1", does: "after the file has grown" }],
    load: () => import("../commands/announce.ts"),
  },
];

const KEPT: readonly CommandSpec[] = [
  {
    name: "acl",
    summary: "list or change whom an export answers, or is reserved for",
    operands: [
      ONE_EXPORT,
      {
        name: "mask|reserve",
        help: "the mask list, or the reservation (reserve)",
        choices: ACL_LISTS,
      },
      {
        name: "ls|add|del|clear",
        help: "list it (ls), put MACs on it (add), take them off (del), or all (clear)",
        choices: ACL_EDITS,
      },
      { name: "MAC", help: "MAC addresses, with or without colons", optional: true, many: true },
    ],
    options: COMMON,
    details: [
      'They are the lists that clients change with "dblade mask" and "dblade reserve" through ' +
      "the wire. The service changes them whoever is on them, and keeps them as it keeps those. " +
      "Prints the list as it is then, a MAC a line; an empty mask list answers everybody. " + WHO,
    ],
    examples: [
      { line: "dblade acl e0.1 reserve ls", does: "who has reserved it" },
      { line: "dblade acl e0.1 reserve clear", does: "release it, whoever has it" },
      { line: "dblade acl e0.1 mask add 02:00:5e:10:00:ff", does: "answer this client" },
    ],
    load: () => import("../commands/acl.ts"),
  },
  {
    name: "state show",
    summary: "show what a service has stored of an export",
    operands: [ONE_EXPORT],
    options: COMMON,
    details: [
      "That is what clients have set: config string, mask list, reservation. What could not be " +
      "read was kept aside, and is shown. " + WHO,
    ],
    examples: [{ line: "dblade state show e0.1", does: "what is kept, and where" }],
    load: state("runShow"),
  },
  {
    name: "state clear",
    summary: "begin with no stored state, and allow writes",
    operands: [ONE_EXPORT],
    options: [{ name: "yes", short: "y", help: "clear it without asking" }, ...COMMON],
    details: [
      "Where the state of an export could not be read, the service refuses writes: it might be " +
      "reserved for somebody. This says that it is not. " + WHO,
    ],
    examples: [{ line: "dblade state clear e0.1", does: "no config string, mask or reservation" }],
    load: state("runClear"),
  },
];

/** What asks and changes a service. */
export const SERVICE: readonly CommandSpec[] = [...LOOK, ...CHANGE, ...KEPT];
