/**
 * The help, from the table.
 *
 * @module
 */
import type { CommandSpec, OperandSpec, OptionSpec } from "./command.ts";
import { EXIT_MEANINGS } from "./exit.ts";
import { HELP } from "./options.ts";
import { SECTIONS } from "./table.ts";
import { EXPORT } from "./table/export.ts";
import { breakLines } from "./text.ts";

const WIDTH = 100;
const EXIT_STATUS = `Exit status: ${
  EXIT_MEANINGS.map(([status, meaning]) => `${status} ${meaning}`).join(", ")
}.`;

/** What `dblade --help` prints. */
export function helpText(): string {
  const names = SECTIONS.flatMap(({ commands }) => commands.map(({ name }) => name.length));
  const width = Math.max(...names);
  const sections = SECTIONS.map(({ title, commands }) =>
    `${title}:\n${rows(commands.map(({ name, summary }) => [name, summary]), width)}`
  );
  return `dblade exports disks to the LAN by ATA over Ethernet (AoE), and finds, tests and uses the
disks that others export, without a kernel driver.

usage: dblade [OPTIONS] ${EXPORT.operands.map(usageOf).join(" ")}
       dblade COMMAND ...
   such as: dblade 0 0 eth0 disk.img
            dblade discover

"dblade help COMMAND" tells more about each of these commands:

${sections.join("\n\n")}

What an export takes (the word "export" may be left out):
${rows(EXPORT.operands.map(({ name, help }) => [name, help]))}

${optionRows(EXPORT.options)}

${wrap("Numbers may be decimal or hexadecimal (0x10). " + EXIT_STATUS)}
`;
}

/** What `dblade help COMMAND` prints. */
export function commandHelp(spec: CommandSpec): string {
  const parts = [
    `dblade ${spec.name}: ${spec.summary}`,
    argumentsHelp(spec),
    ...(spec.details ?? []).map(wrap),
    `Examples:\n${spec.examples.map(({ line, does }) => `  ${line}\n      ${does}`).join("\n")}`,
    wrap(EXIT_STATUS),
  ];
  return parts.join("\n\n") + "\n";
}

/** How to type a command, with its operands and options. */
export function argumentsHelp(spec: CommandSpec): string {
  const operands = spec.operands.map(({ name, help }): [string, string] => [name, help]);
  return [
    `usage: ${usageLine(spec)}`,
    ...(operands.length > 0 ? [rows(operands)] : []),
    optionRows(optionsOf(spec)),
  ].join("\n\n");
}

/** What `dblade help config` prints: the actions of a group. */
export function groupHelp(word: string, specs: readonly CommandSpec[]): string {
  const lines = specs.map((spec) => `  ${usageLine(spec)}\n      ${spec.summary}`);
  return `dblade ${word} ACTION, one of these:\n\n${lines.join("\n")}\n
"dblade help ${word} ACTION" tells more.\n`;
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

/** An operand as the usage has it: `[IFACE]...`. */
export function usageOf({ name, optional, many }: OperandSpec): string {
  const text = name === "INTERFACE" ? "INTERFACE[,INTERFACE...]" : name;
  return `${optional ? `[${text}]` : text}${many ? "..." : ""}`;
}

function optionRows(options: readonly OptionSpec[]): string {
  return rows(options.map((option): [string, string] => [optionTerm(option), option.help]));
}

/** Two columns, the left one `least` wide or wider. */
function rows(pairs: readonly (readonly [string, string])[], least: number = 0): string {
  const width = Math.max(least, ...pairs.map(([left]) => left.length));
  return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** Breaks a paragraph into lines. */
function wrap(text: string): string {
  return breakLines(text, WIDTH).join("\n");
}
