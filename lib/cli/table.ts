/**
 * The one table of all commands: parsing, help, the manual page and completions are made from it.
 *
 * @module
 */
import type { CommandSpec, Section } from "./command.ts";
import { ADMIN } from "./table/admin.ts";
import { EXPORT } from "./table/export.ts";
import { LOOK } from "./table/look.ts";
import { MEASURE } from "./table/measure.ts";
import { NBD } from "./table/nbd.ts";
import { PROGRAM } from "./table/program.ts";
import { SERVE } from "./table/serve.ts";
import { SERVICE } from "./table/service.ts";
import { SETTINGS } from "./table/settings.ts";
import { SNIFF } from "./table/sniff.ts";
import { TRANSFER } from "./table/transfer.ts";

/** All commands by their kinds, in the order of the help. */
export const SECTIONS: readonly Section[] = [
  { title: "Export", commands: [EXPORT] },
  { title: "Serve many disks", commands: [...SERVE, ...SERVICE] },
  { title: "Look at the wire and its disks", commands: [...LOOK, ...ADMIN, SNIFF] },
  { title: "Test networks and disks", commands: MEASURE },
  { title: "Copy and compare", commands: TRANSFER },
  { title: "Set what a target keeps", commands: SETTINGS },
  { title: "Use disks without the driver", commands: [NBD] },
  { title: "This program", commands: PROGRAM },
];

/** All commands. */
export const COMMANDS: readonly CommandSpec[] = SECTIONS.flatMap(({ commands }) => commands);

/** The first words of all commands, each once. */
export const COMMAND_WORDS: readonly string[] = [
  ...new Set(COMMANDS.map(({ name }) => name.split(" ")[0] ?? "")),
];

/** The commands that begin with `word`: one, or the actions of a group such as `config`. */
export function commandsOf(word: string): readonly CommandSpec[] {
  return COMMANDS.filter(({ name }) => name === word || name.startsWith(`${word} `));
}
