/**
 * `deno task docs`: writes docs/commands.md, the reference of all commands, from the table.
 *
 * @module
 */
import type { CommandSpec, Section } from "../../lib/cli/command.ts";
import { EXIT_MEANINGS } from "../../lib/cli/exit.ts";
import { argumentsHelp } from "../../lib/cli/help.ts";
import { SECTIONS } from "../../lib/cli/table.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
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
"dblade" stands for the executable, or for "deno run --allow-ffi main.ts".

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

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** A link to a command's heading. */
function link(name: string): string {
  return `[${name}](#dblade-${name.replaceAll(" ", "-")})`;
}

/** Text with nothing in it that Markdown would read as a sign. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");
}

async function format(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout, stderr } = await process.output();
  const [formatted = "", told = ""] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  if (!success) throw new Error(`deno fmt: ${told}`);
  return formatted;
}

if (import.meta.main) Deno.writeTextFileSync(ROOT + REFERENCE, await reference());
