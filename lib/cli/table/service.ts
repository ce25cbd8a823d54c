/**
 * The table's rows of what serves many disks from one process.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from "../command.ts";
import { JSON_OUTPUT } from "../options.ts";

/** Of every command that reads the file of a service. */
const CONFIG: OptionSpec = {
  name: "config",
  short: "c",
  value: "FILE",
  help: "the file of the service [/etc/dblade.toml]",
};

/** `dblade check` and its like. */
export const SERVICE: readonly CommandSpec[] = [
  {
    name: "check",
    summary: "tell all that is wrong with the file of a service",
    operands: [],
    options: [CONFIG, JSON_OUTPUT],
    details: [
      "Each mistake is one line on standard error: file, line, key, what is wrong, what to do. A " +
      "good file gives a table of its exports. Files and folders that it names are looked at, so " +
      "check as the user who serves; nothing is opened for writing.",
      "Exit status: 2 where the file has mistakes, 1 where it cannot be read. What may be right " +
      "one day, such as an interface that is not there yet, is a warning.",
    ],
    examples: [
      { line: "dblade check", does: "check /etc/dblade.toml" },
      {
        line: "dblade check -c new.toml && mv new.toml /etc/dblade.toml",
        does: "before it counts",
      },
    ],
    load: () => import("../commands/check.ts"),
  },
];
