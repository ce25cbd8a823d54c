/**
 * The help, from the table.
 *
 * @module
 */
import type { CommandSpec, OperandSpec, OptionSpec } from "./command.ts";
import { HELP } from "./options.ts";
import { COMMANDS } from "./table.ts";
import { EXPORT } from "./table/export.ts";

const WIDTH = 100;
const EXIT_STATUS = "Exit status: 0 done (or yes), 1 the system refused something, 2 the command " +
  "line is wrong, 3 no target answered, 4 the target refused or its disk failed, 5 the answer is " +
  "no (data differs, no match, a fault was found), 130 interrupted.";

/** What `dblade --help` prints. */
export function helpText(): string {
  return `dblade exports disks to the LAN by ATA over Ethernet (AoE), and finds, tests and uses the
disks that others export, without a kernel driver.

usage: dblade [OPTIONS] ${EXPORT.operands.map(usageOf).join(" ")}
       dblade COMMAND ...
   such as: dblade 0 0 eth0 disk.img
            dblade discover

${rows(EXPORT.operands.map(({ name, help }) => [name, help]))}

Commands; "dblade help COMMAND" tells more:
${rows(COMMANDS.map(({ name, summary }) => [name, summary]))}

Options of an export:
${optionRows(EXPORT.options)}

${wrap("Numbers may be decimal or hexadecimal (0x10). " + EXIT_STATUS)}
`;
}

/** What `dblade help COMMAND` prints. */
export function commandHelp(spec: CommandSpec): string {
  const operands = spec.operands.map(({ name, help }): [string, string] => [name, help]);
  const parts = [
    `dblade ${spec.name}: ${spec.summary}`,
    `usage: ${usageLine(spec)}`,
    ...(operands.length > 0 ? [rows(operands)] : []),
    optionRows(optionsOf(spec)),
    ...(spec.details ?? []).map(wrap),
    `Examples:\n${spec.examples.map(({ line, does }) => `  ${line}\n      ${does}`).join("\n")}`,
    wrap(EXIT_STATUS),
  ];
  return parts.join("\n\n") + "\n";
}

/** What `dblade help config` prints: the actions of a group. */
export function groupHelp(word: string, specs: readonly CommandSpec[]): string {
  const lines = specs.map((spec): [string, string] => [usageLine(spec), spec.summary]);
  return `${rows(lines)}\n\n"dblade help ${word} ACTION" tells more.\n`;
}

/** How to type a command. */
export function usageLine(spec: CommandSpec): string {
  const operands = spec.operands.map(usageOf);
  return ["dblade", spec.name, "[OPTIONS]", ...operands].join(" ");
}

/** All options of a command, `--help` among them. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return spec.options.includes(HELP) ? spec.options : [...spec.options, HELP];
}

/** An option as it is typed: `-b, --buffers N`. */
export function optionTerm({ name, short, value }: OptionSpec): string {
  const left = `${short === undefined ? "    " : `-${short}, `}--${name}`;
  return value === undefined ? left : `${left} ${value}`;
}

function usageOf({ name, optional, many }: OperandSpec): string {
  const text = name === "INTERFACE" ? "INTERFACE[,INTERFACE...]" : name;
  return `${optional ? `[${text}]` : text}${many ? "..." : ""}`;
}

function optionRows(options: readonly OptionSpec[]): string {
  return rows(options.map((option): [string, string] => [optionTerm(option), option.help]));
}

/** Two columns. */
function rows(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** Breaks a paragraph into lines. */
function wrap(text: string): string {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.join("\n");
}
