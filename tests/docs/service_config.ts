/**
 * docs/service-config.md, the reference of what the file of a service says, made from the table of
 * its keys.
 *
 * @module
 */
import { expected } from "../../lib/config/key_reader.ts";
import { type KeySpec, TABLES, type TableSpec } from "../../lib/config/keys.ts";
import { escape, format } from "./markdown.ts";

/** Where the reference is, inside the project. */
export const CONFIG_REFERENCE = "docs/service-config.md";

/** The reference as it should be, in the format of `deno fmt`. */
export async function configReference(): Promise<string> {
  return await format(`# The keys of dblade.toml

This is made by "deno task docs" from the table by which the file is read. [service.md](service.md)
tells how to use them, and [dblade.toml](dblade.toml) is a sample with each of them.

${TABLES.map(tableText).join("\n\n")}
`);
}

function tableText({ heading, help, keys, name }: TableSpec): string {
  const title = `## ${escape(heading)}\n\n${escape(help)}`;
  if (keys.length === 0) return title;
  // The keys that both have are told with the exports.
  if (name === "defaults") {
    const names = keys.map((key) => `\`${key.name}\``).join(", ");
    return `${title} It takes these keys of an export: ${names}.`;
  }
  const rows = keys.map(rowOf).join("\n");
  const head = "| key | meaning | value | where it is not there |\n| - | - | - | - |";
  return `${title}\n\n${head}\n${rows}`;
}

function rowOf(spec: KeySpec): string {
  const value = escape(expected(spec));
  return `| \`${spec.name}\` | ${escape(spec.help)} | ${value} | ${escape(spec.fallback)} |`;
}
