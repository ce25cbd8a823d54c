/**
 * The keys of an `[[export]]` table as options and as KEY=VALUE. The service checks them as it
 * checks its file; what it could not know is settled here: its folder is another one than ours.
 *
 * @module
 */
import { BUFFERS_MAX, BUFFERS_MIN, SECTORS_MAX } from "../config.ts";
import { EXPORT_KEYS, type KeyType } from "../config/keys.ts";
import type { ExportKeys } from "../control/service.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { parseMac } from "../wire/mac.ts";
import { usage } from "./usage.ts";
import type { CommandValues } from "./values.ts";

const LIST_TYPES: readonly KeyType["type"][] = ["interfaces", "stations"];
const TEXT_TYPES: readonly KeyType["type"][] = ["text", "path", "name"];
/** Keys that have options of the same names. */
const SWITCHES = EXPORT_KEYS.filter(({ type }) => type === "switch");
const LISTS = EXPORT_KEYS.filter(({ type }) => LIST_TYPES.includes(type));
const TEXTS = EXPORT_KEYS.filter(({ type }) => type === "text");
/** What stands in a mask list for all. */
const ALL = "all";

/** The keys that options of `dblade add` name. */
export function keysOfOptions(values: CommandValues): ExportKeys {
  const keys: Record<string, unknown> = {
    offset: values.sectors("offset", 0, SECTORS_MAX),
    length: values.sectors("length", 1, SECTORS_MAX),
    buffers: values.integer("buffers", BUFFERS_MIN, BUFFERS_MAX),
  };
  for (const { name } of SWITCHES) keys[name] = values.has(name) || undefined;
  for (const { name } of TEXTS) keys[name] = values.text(name);
  for (const { name } of LISTS) {
    const text = values.text(name);
    keys[name] = text === undefined ? undefined : listOf(`--${name}`, name, text);
  }
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

/** The keys of `KEY=VALUE` words; throws UsageError. */
export function keysOfWords(words: readonly string[]): ExportKeys {
  const keys = new Map<string, unknown>();
  for (const word of words) {
    const [, name = "", text = ""] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === "") throw usage(`"${word}" is no KEY=VALUE, such as read-only=true`);
    if (keys.has(name)) throw usage(`"${name}" is given twice, once is enough`);
    keys.set(name, valueOf(name, text));
  }
  return Object.fromEntries(keys);
}

/** The path from the root on. */
export function absolutePath(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path.replace(/^(\.\/+)+/, "")}`;
}

function valueOf(name: string, text: string): unknown {
  const spec = EXPORT_KEYS.find((key) => key.name === name);
  if (spec === undefined) {
    const near = nearest(name, EXPORT_KEYS.map((key) => key.name));
    throw usage(`"${name}" is no key of an export${didYouMean(near)}`);
  }
  if (LIST_TYPES.includes(spec.type)) return listOf(name, name, text);
  if (name === "path" && !text.startsWith("/")) {
    throw usage(`path is "${text}"; give the whole path, from / on`);
  }
  // Such as a serial number that looks like a number.
  if (TEXT_TYPES.includes(spec.type)) return text;
  if (text === "true" || text === "false") return text === "true";
  if (/^(0|[1-9][0-9]*)$/.test(text)) return Number(text);
  if (/^0[0-9]/.test(text)) {
    throw usage(`${name} is "${text}"; a leading 0 could mean octal, leave it out`);
  }
  return text;
}

/** The parts of a list; `what` names it in complaints. */
function listOf(what: string, name: string, text: string): readonly string[] {
  if (text === "") return [];
  const parts = text.split(",");
  if (parts.includes("")) throw usage(`${what} is "${text}"; it has an empty part`);
  if (name !== "mask") return parts;
  const wrong = parts.find((part) => parseMac(part) === undefined && part !== ALL);
  if (wrong === undefined) return parts;
  throw usage(`${what} has "${wrong}"; a MAC address looks like 02:00:5e:10:00:ff, or say "all"`);
}
