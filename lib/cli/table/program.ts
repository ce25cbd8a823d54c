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
];
