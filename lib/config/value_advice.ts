/**
 * What a key takes, for somebody who wrote what is no value of TOML at all.
 *
 * @module
 */
import { expected } from "./key_reader.ts";
import { type KeySpec, TABLES } from "./keys.ts";
import { parseUnitSectors } from "./sectors.ts";

/** What to write for `value`; undefined where the key is not known, or takes it in quotes. */
export function adviseValue(key: string, value: string): string | undefined {
  const spec = specOf(key);
  if (spec === undefined) return undefined;
  switch (spec.type) {
    case "switch":
    case "integer":
      return expected(spec);
    case "sectors":
      return parseUnitSectors(value) === undefined ? expected(spec) : undefined;
    case "word":
      return spec.choices.includes(value) ? undefined : expected(spec);
    default:
      return undefined;
  }
}

/** The key of a name such as `export[2].buffers` or `interfaces.eth0.mtu`. */
function specOf(key: string): KeySpec | undefined {
  const [, table = "", inside, name = ""] = /^([a-z]+)(\..+|\[[0-9]+\])?\.([a-z-]+)$/.exec(key) ??
    [];
  const found = TABLES.find((one) => one.name === table);
  const isInside = table === "export" || table === "interfaces";
  if (isInside !== (inside !== undefined)) return undefined;
  return found?.keys.find((spec) => spec.name === name);
}
