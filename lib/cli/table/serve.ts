/**
 * The table's rows of what serves many disks from one process, by a file.
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

/** `dblade serve` and `dblade check`. */
export const SERVE: readonly CommandSpec[] = [
  {
    name: "serve",
    summary: "serve the exports that a file names",
    operands: [],
    options: [CONFIG],
    details: [
      "It serves until SIGINT or SIGTERM. SIGHUP, or dblade reload, reads the file again: " +
      "exports that stay as they are lose no frame. SIGUSR2 writes all counters to the log. What " +
      "else can be asked and changed while it runs, the commands around this one do, by its " +
      "control socket.",
      "An export that cannot be served, such as one whose file is missing, does not keep the " +
      "others from being served: the log says why. Any other mistake in the file stops the " +
      "start.",
    ],
    examples: [
      { line: "dblade serve", does: "serve what /etc/dblade.toml names" },
      { line: "dblade serve -c lab.toml", does: "another file" },
    ],
    load: () => import("../commands/serve.ts"),
  },
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
