/**
 * The part of the manual page about the file of a service, from the table of its keys.
 *
 * @module
 */
import { expected } from "../config/key_reader.ts";
import { type KeySpec, TABLES, type TableSpec } from "../config/keys.ts";
import { macro, paragraph, tagged } from "./roff.ts";

const INTRODUCTION = [
  "dblade serve reads a file in TOML, /etc/dblade.toml where no other one is named. In brackets " +
  "stands what counts where a key is not there.",
];

/** The section, in roff. */
export function configurationSection(): readonly string[] {
  return [
    ".SH CONFIGURATION FILE",
    ...INTRODUCTION.flatMap(paragraph),
    ...TABLES.flatMap(tableLines),
  ];
}

function tableLines({ heading, help, keys, name }: TableSpec): readonly string[] {
  return [
    macro("SS", heading),
    ...paragraph(help),
    // The keys that both have are told with the exports.
    ...(name === "defaults"
      ? paragraph(`It takes these keys of an export: ${keys.map((key) => key.name).join(", ")}.`)
      : keys.flatMap(keyLines)),
  ];
}

function keyLines(spec: KeySpec): readonly string[] {
  return tagged(`${spec.name} = ${expected(spec)}`, `${spec.help} [${spec.fallback}]`);
}
