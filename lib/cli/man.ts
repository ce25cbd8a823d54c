/**
 * The manual page dblade(8), from the table.
 *
 * @module
 */
import { VERSION } from "../version.ts";
import type { CommandSpec, OptionSpec, Section } from "./command.ts";
import { EXIT_MEANINGS } from "./exit.ts";
import { optionsOf, usageLine, usageOf } from "./help.ts";
import { HELP } from "./options.ts";
import { configurationSection } from "./man_config.ts";
import { escapeRoff, macro, paragraph, tagged, textLine } from "./roff.ts";
import { EXPORT } from "./table/export.ts";

const DESCRIPTION = [
  "dblade exports files and block devices to the LAN as disks by ATA over Ethernet (AoE), and " +
  "finds, tests and uses the disks that it or others export, without a kernel driver.",
  "A disk has an address of two numbers, shelf and slot, which is written e0.0. AoE is not " +
  "routed: whoever exports a disk and whoever uses it are on the same Ethernet segment.",
  "A command line without a command exports a disk, in the form of vblade(8).",
];

const SIGNALS: readonly (readonly [string, string])[] = [
  [
    "SIGINT, SIGTERM",
    "End the program. An export, or a service, finishes what is in hand and ends with exit " +
    "status 0.",
  ],
  ["SIGHUP", "A service reads its file again, as with dblade reload."],
  ["SIGUSR1, SIGUSR2", "An export or a service writes its counters to the log."],
];

const SEE_ALSO = ["aoe-stat", "aoeping", "vblade"];

/** The page for the commands of `sections`, in roff. */
export function manualPage(sections: readonly Section[]): string {
  const lines = [
    // Nothing but the version tells pages apart: the same sources make the same page.
    macro("TH", "DBLADE", "8", "", `dblade ${VERSION}`, "System Manager's Manual"),
    ".SH NAME",
    textLine("dblade") + " \\- " + textLine("ATA over Ethernet target and tools"),
    ...synopsis(),
    ".SH DESCRIPTION",
    ...DESCRIPTION.flatMap(paragraph),
    ".SH OPTIONS",
    ...paragraph("These are the operands and options of an export."),
    ...operandsAndOptions(EXPORT),
    ".SH COMMANDS",
    ...sections.flatMap(sectionLines),
    ...configurationSection(),
    ".SH EXIT STATUS",
    ...EXIT_MEANINGS.flatMap(([status, meaning]) => tagged(`${status}`, sentence(meaning))),
    ".SH SIGNALS",
    ...SIGNALS.flatMap(([names, does]) => tagged(names, does)),
    ".SH ENVIRONMENT",
    ...tagged("NO_COLOR", "If it is set and not empty, nothing is printed in colours."),
    ".SH FILES",
    ...tagged("/etc/dblade.toml", "What dblade serve serves, where no other file is named."),
    ...tagged("/run/dblade/control.sock", "Its control socket, where the file names no other one."),
    ...tagged(
      "DIR/e0.0.json",
      "What clients of e0.0 have set: config string, mask list and reservation; only where an " +
        "export has the option --state DIR, or a service has a state-dir.",
    ),
    ".SH SEE ALSO",
    SEE_ALSO.map((name) => `.BR ${escapeRoff(name)} (8)`).join(" ,\n"),
  ];
  // A heading begins a paragraph by itself.
  const isNeeded = (line: string, at: number): boolean =>
    line !== ".PP" || !/^\.S[HS] /.test(lines[at - 1] ?? "");
  return lines.filter(isNeeded).join("\n") + "\n";
}

function synopsis(): readonly string[] {
  const operands = EXPORT.operands.map(usageOf).join(" ");
  return [
    ".SH SYNOPSIS",
    macro("B", "dblade"),
    textLine(`[OPTIONS] ${operands}`),
    ".br",
    macro("B", "dblade"),
    textLine("COMMAND [OPTIONS] ..."),
  ];
}

function sectionLines({ title, commands }: Section): readonly string[] {
  return [macro("SS", title), ...commands.flatMap(commandLines)];
}

function commandLines(spec: CommandSpec): readonly string[] {
  return [
    ".PP",
    macro("B", usageLine(spec)),
    ".RS",
    ...paragraph(sentence(spec.summary)),
    // Those of an export are told above.
    ...(spec === EXPORT ? [] : operandsAndOptions(spec)),
    ...(spec.details ?? []).flatMap(paragraph),
    ...paragraph(spec.examples.length > 1 ? "Examples:" : "Example:"),
    ...spec.examples.flatMap(({ line, does }) => tagged(line, does)),
    ".RE",
  ];
}

function operandsAndOptions(spec: CommandSpec): readonly string[] {
  // What every command has is told once, with the options of an export.
  const options = spec === EXPORT ? optionsOf(spec) : spec.options.filter((one) => one !== HELP);
  return [
    ...spec.operands.flatMap(({ name, help }) => tagged(name, help)),
    ...options.flatMap((option) => tagged(optionName(option), option.help)),
  ];
}

function optionName({ name, short, value }: OptionSpec): string {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? names : `${names} ${value}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
