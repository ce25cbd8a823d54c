/**
 * The table's rows of what clients may set on a target: config string, mask list, reservation.
 *
 * @module
 */
import type { CommandModule, CommandSpec, OperandSpec, OptionSpec } from "../command.ts";
import { DISK, DISK_OPTIONS, IFACES, INTERFACE, JSON_OUTPUT, MAC } from "../options.ts";

const STRING: OperandSpec = {
  name: "STRING",
  help: 'the string, at most 1024 bytes; "-" reads it from standard input',
  optional: true,
  mayBeEmpty: true,
};
const FILE: OptionSpec = { name: "file", value: "FILE", help: "take the string from FILE" };
const SHUT_OUT: OptionSpec = {
  name: "yes",
  short: "y",
  help: "do it even where it shuts this host out",
};
const FORCE: OptionSpec = {
  name: "force",
  help: "do it though the disk is reserved for others (force set)",
};
const PATIENCE: OptionSpec = {
  name: "timeout",
  value: "SECONDS",
  help: "how long to wait before silence counts as no [1]",
};
const MACS: OperandSpec = {
  name: "MAC",
  help: "MAC addresses, with or without colons",
  many: true,
};
const BYTES =
  "STRING is UTF-8; bytes of any kind come from --file or, with a dash alone, from standard " +
  'input, a newline at the end among them. Behind "--" STRING may begin with a dash.';

type ConfigRun = "runGet" | "runSet" | "runForce" | "runTest" | "runPrefix";
type ListRun = "runList" | "runAdd" | "runDelete" | "runClear";

function config(run: ConfigRun): () => Promise<CommandModule> {
  return async () => ({ run: (await import("../commands/config.ts"))[run] });
}

function mask(run: ListRun): () => Promise<CommandModule> {
  return async () => ({ run: (await import("../commands/mask.ts"))[run] });
}

function reserve(run: ListRun): () => Promise<CommandModule> {
  return async () => ({ run: (await import("../commands/reserve.ts"))[run] });
}

const CONFIG: readonly CommandSpec[] = [
  {
    name: "config get",
    summary: "print the config string of a target",
    operands: [DISK, IFACES],
    options: [
      { name: "raw", help: "write its bytes as they are" },
      { name: "hex", help: "print its bytes in hexadecimal, 32 a line" },
      ...DISK_OPTIONS,
      JSON_OUTPUT,
    ],
    details: [
      "What is not printable ASCII is shown as \\x and two digits, a backslash as two.",
    ],
    examples: [{ line: "dblade config get e0.0", does: "the string, escaped" }],
    load: config("runGet"),
  },
  {
    name: "config set",
    summary: "set the config string of a target that has none",
    operands: [DISK, STRING],
    options: [FILE, ...DISK_OPTIONS],
    details: [
      "Where another string is set, it stays, and the exit status is 4. " + BYTES,
    ],
    examples: [
      { line: 'dblade config set e0.0 "root of web3"', does: "name what the disk is for" },
      { line: "dblade config set e0.0 --file tag.bin", does: "any bytes" },
    ],
    load: config("runSet"),
  },
  {
    name: "config force",
    summary: "set the config string of a target, whatever it was",
    operands: [DISK, STRING],
    options: [FILE, ...DISK_OPTIONS],
    details: [BYTES],
    examples: [{ line: 'dblade config force e0.0 ""', does: "clear it" }],
    load: config("runForce"),
  },
  {
    name: "config test",
    summary: "ask whether the config string of a target is STRING",
    operands: [DISK, STRING],
    options: [FILE, INTERFACE, MAC, PATIENCE, JSON_OUTPUT],
    details: [
      'Prints "yes" (exit status 0) or "no" (5). The target compares: it is silent where the ' +
      "strings differ, so that it is asked for its string afterwards. " + BYTES,
    ],
    examples: [{ line: "dblade config test e0.0 web3 && echo found", does: "act on the answer" }],
    load: config("runTest"),
  },
  {
    name: "config prefix",
    summary: "ask whether the config string of a target begins with STRING",
    operands: [DISK, STRING],
    options: [FILE, INTERFACE, MAC, PATIENCE, JSON_OUTPUT],
    details: ['Prints "yes" (exit status 0) or "no" (5). ' + BYTES],
    examples: [{ line: "dblade config prefix e0.0 web", does: "whether it begins so" }],
    load: config("runPrefix"),
  },
];

const MASK: readonly CommandSpec[] = [
  {
    name: "mask ls",
    summary: "list the MACs that a target answers, if not all",
    operands: [DISK, IFACES],
    options: [...DISK_OPTIONS, JSON_OUTPUT],
    details: ["One a line; nothing where the list is empty and everybody is answered."],
    examples: [{ line: "dblade mask ls e0.0", does: "who is answered" }],
    load: mask("runList"),
  },
  {
    name: "mask add",
    summary: "put MACs on the mask list of a target",
    operands: [DISK, MACS],
    options: [SHUT_OUT, ...DISK_OPTIONS, JSON_OUTPUT],
    details: [
      "Once there is a MAC on the list, a target answers no other, not even with an error. A " +
      "list without this host's own MAC is refused unless --yes is given, because only others " +
      "could undo it. Prints the new list.",
    ],
    examples: [{
      line: "dblade mask add e0.0 02:00:5e:10:00:01 02:00:5e:10:00:02",
      does: "serve these two, and who was on the list before",
    }],
    load: mask("runAdd"),
  },
  {
    name: "mask del",
    summary: "take MACs off the mask list of a target",
    operands: [DISK, MACS],
    options: [SHUT_OUT, ...DISK_OPTIONS, JSON_OUTPUT],
    details: ["Prints the new list. Without any MAC left everybody is answered."],
    examples: [{ line: "dblade mask del e0.0 02:00:5e:10:00:02", does: "answer it no more" }],
    load: mask("runDelete"),
  },
  {
    name: "mask clear",
    summary: "let a target answer everybody",
    operands: [DISK, IFACES],
    options: [...DISK_OPTIONS, JSON_OUTPUT],
    examples: [{ line: "dblade mask clear e0.0", does: "take all MACs off the list" }],
    load: mask("runClear"),
  },
];

const RESERVE: readonly CommandSpec[] = [
  {
    name: "reserve ls",
    summary: "list the MACs that a disk is reserved for",
    operands: [DISK, IFACES],
    options: [...DISK_OPTIONS, JSON_OUTPUT],
    details: ["One a line; nothing where the disk is not reserved."],
    examples: [{ line: "dblade reserve ls e0.0", does: "who may use the disk" }],
    load: reserve("runList"),
  },
  {
    name: "reserve add",
    summary: "reserve a disk for this host, or for MACs",
    operands: [DISK, { ...MACS, optional: true }],
    options: [
      { name: "force", help: "take the disk from all that hold it: only the MACs added keep it" },
      SHUT_OUT,
      ...DISK_OPTIONS,
      JSON_OUTPUT,
    ],
    details: [
      "Without a MAC the ones of this host are added, of each interface by which it reaches the " +
      "disk. A disk that is reserved answers the ATA commands of others with an error. The list " +
      "is read and then set as a whole: two hosts that do so at the same time may undo each " +
      "other's. With --force the new list has the MACs that are added and no other: who held the " +
      "disk is shut out. Prints the new list.",
    ],
    examples: [
      { line: "dblade reserve add e0.0", does: "keep others off the disk" },
      { line: "dblade reserve add e0.0 --force", does: "take it from those who hold it" },
    ],
    load: reserve("runAdd"),
  },
  {
    name: "reserve del",
    summary: "take MACs out of the reservation of a disk",
    operands: [DISK, MACS],
    options: [FORCE, ...DISK_OPTIONS, JSON_OUTPUT],
    details: ["Prints the new list. Without any MAC left everybody may use the disk."],
    examples: [{ line: "dblade reserve del e0.0 02:00:5e:10:00:02", does: "leave it out" }],
    load: reserve("runDelete"),
  },
  {
    name: "reserve clear",
    summary: "release a disk",
    operands: [DISK, IFACES],
    options: [FORCE, ...DISK_OPTIONS, JSON_OUTPUT],
    examples: [{ line: "dblade reserve clear e0.0", does: "let everybody use the disk" }],
    load: reserve("runClear"),
  },
];

/** `dblade config`, `dblade mask` and `dblade reserve`. */
export const SETTINGS: readonly CommandSpec[] = [...CONFIG, ...MASK, ...RESERVE];
