/**
 * The table's rows of what tells about the program itself.
 *
 * @module
 */
import type { CommandSpec } from "../command.ts";

/** `dblade help` and its like. */
export const PROGRAM: readonly CommandSpec[] = [
  {
    name: "help",
    summary: "tell about a command",
    operands: [
      {
        name: "COMMAND",
        help: "the command, such as ping or config set",
        optional: true,
        many: true,
        completes: "command",
      },
    ],
    options: [],
    examples: [{ line: "dblade help discover", does: "what discover does, and its options" }],
    load: () => import("../commands/help.ts"),
  },
  {
    name: "man",
    summary: "print the manual page dblade(8)",
    operands: [],
    options: [],
    details: ["It is in roff, as man(1) reads it."],
    examples: [
      { line: "dblade man > /usr/local/share/man/man8/dblade.8", does: "install it" },
      { line: "dblade man | man -l -", does: "read it without installing it" },
    ],
    load: () => import("../commands/man.ts"),
  },
  {
    name: "completions",
    summary: "print what lets a shell complete dblade's command lines",
    operands: [{ name: "SHELL", help: "bash, zsh or fish", choices: ["bash", "zsh", "fish"] }],
    options: [],
    details: ["The first lines of what is printed say where the shell looks for it."],
    examples: [
      { line: "dblade completions bash > /etc/bash_completion.d/dblade", does: "for all users" },
    ],
    load: () => import("../commands/completions.ts"),
  },
];
