/**
 * docs/commands.md, the reference of all commands, made from the table.
 *
 * @module
 */
import type { CommandSpec, Section } from "../../lib/cli/command.ts";
import { EXIT_MEANINGS } from "../../lib/cli/exit.ts";
import { argumentsHelp } from "../../lib/cli/help.ts";
import { SECTIONS } from "../../lib/cli/table.ts";
import { block, escape, format } from "./markdown.ts";

/** Where the reference is, inside the project. */
export const REFERENCE = "docs/commands.md";

/** The reference as it should be, in the format of `deno fmt`. */
export async function reference(): Promise<string> {
  return await format(markdown(SECTIONS));
}

function markdown(sections: readonly Section[]): string {
  const contents = sections.map(({ title, commands }) =>
    `- ${title}: ${commands.map(({ name }) => link(name)).join(", ")}`
  );
  const statuses = EXIT_MEANINGS.map(([status, meaning]) => `| ${status} | ${escape(meaning)} |`);
  return `# Commands

This is what "dblade help COMMAND" prints, made from the same table by "deno task docs". Here,
"dblade" stands for the executable, or for "deno run --allow-ffi main.ts". With Deno, "serve", "nbd"
and what talks to a service ("status" to "state clear") need --allow-net, --allow-read and
--allow-write, too.

${contents.join("\n")}

Every command ends with one of these:

| exit status | meaning |
| --- | --- |
${statuses.join("\n")}

${sections.map(sectionText).join("\n\n")}
`;
}

function sectionText({ title, commands }: Section): string {
  return [`## ${title}`, ...commands.map(commandText)].join("\n\n");
}

function commandText(spec: CommandSpec): string {
  const examples = spec.examples.map(({ line, does }) => `# ${does}\n${line}`);
  return [
    `### dblade ${spec.name}`,
    `${escape(`${spec.summary.slice(0, 1).toUpperCase()}${spec.summary.slice(1)}`)}.`,
    block("text", argumentsHelp(spec)),
    ...(spec.details ?? []).map(escape),
    ...(examples.length > 0 ? [block("sh", examples.join("\n"))] : []),
  ].join("\n\n");
}

/** A link to a command's heading. */
function link(name: string): string {
  return `[${name}](#dblade-${name.replaceAll(" ", "-")})`;
}
