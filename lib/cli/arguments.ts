/**
 * From the command line to a configuration. Everything that can be found wrong without looking at
 * the system is found here, and named with its value.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { type ExportConfig, SECTORS_MAX } from "../config.ts";
import { ENGINES } from "../engine/open.ts";
import { LOG_FORMATS, LOG_LEVELS } from "../log.ts";
import { formatMac, isGroupMac, parseMac } from "../wire/mac.ts";
import { MASKS_MAX } from "../wire/mask.ts";
import { EXPORT_OPTIONS } from "./options.ts";
import { usage } from "./usage.ts";
import { spellOut } from "./spelling.ts";

/** What the command line asks for. */
export type Invocation =
  | { readonly command: "help" }
  | { readonly command: "version" }
  | { readonly command: "export"; readonly config: ExportConfig };

const BUFFERS_DEFAULT = 128;
const BUFFERS_MAX = 0xffff;
const BUSY_POLL_DEFAULT_US = 50;
const BUSY_POLL_MAX_US = 10_000;
const SHELF_MAX = 0xfffe;
const SLOT_MAX = 0xfe;
const POSITIONALS = ["SHELF", "SLOT", "INTERFACE", "FILE"] as const;

/** Reads the command line; throws {@linkcode UsageError} with the value and the remedy. */
export function parseInvocation(args: readonly string[]): Invocation {
  // Whoever asks for help gets it, whatever else is wrong.
  if (args.includes("--help") || args.includes("-h")) return { command: "help" };
  const values = new OptionValues(args);
  if (values.has("help")) return { command: "help" };
  if (values.has("version")) return { command: "version" };
  return { command: "export", config: { ...parseOptions(values), ...parsePlace(values) } };
}

type Place = Pick<ExportConfig, "shelf" | "slot" | "interfaces" | "path">;

function parsePlace(values: OptionValues): Place {
  const [shelf, slot, names, path] = values.positionals();
  return {
    shelf: parseInteger(shelf, "SHELF", 0, SHELF_MAX),
    slot: parseInteger(slot, "SLOT", 0, SLOT_MAX),
    interfaces: parseInterfaces(names),
    path,
  };
}

function parseOptions(values: OptionValues): Omit<ExportConfig, keyof Place> {
  return {
    buffers: values.integer("buffers", 2, BUFFERS_MAX) ?? BUFFERS_DEFAULT,
    direct: values.has("direct"),
    sync: values.has("sync"),
    readOnly: values.has("read-only"),
    masks: parseMasks(values.text("mask")),
    offsetSectors: values.integer("offset", 0, SECTORS_MAX) ?? 0,
    lengthSectors: values.integer("length", 1, SECTORS_MAX),
    engine: values.choice("engine", ENGINES) ?? "auto",
    busyPollUs: values.integer("busy-poll", 0, BUSY_POLL_MAX_US) ?? BUSY_POLL_DEFAULT_US,
    stateFolder: values.text("state"),
    shared: values.has("shared"),
    force: values.has("force"),
    logLevel: values.choice("log-level", LOG_LEVELS) ?? "info",
    logFormat: values.choice("log-format", LOG_FORMATS) ?? "text",
  };
}

/** The options of one command line, by long name. */
class OptionValues {
  readonly #parsed: Record<string, unknown> & { _: string[] };

  constructor(args: readonly string[]) {
    const names = (hasValue: boolean): string[] =>
      EXPORT_OPTIONS.filter(({ value }) => (value !== undefined) === hasValue)
        .map(({ name }) => name);
    this.#parsed = parseArgs(spellOut(args), {
      boolean: names(false),
      string: ["_", ...names(true)],
      collect: names(true),
    });
  }

  positionals(): [string, string, string, string] {
    const [shelf, slot, name, path, extra] = this.#parsed._;
    if (
      shelf === undefined || slot === undefined || name === undefined || path === undefined
    ) {
      throw usage(`Missing ${POSITIONALS.slice(this.#parsed._.length).join(", ")}`);
    }
    if (extra !== undefined) throw usage(`"${extra}" is one argument too many`);
    const empty = POSITIONALS[[shelf, slot, name, path].indexOf("")];
    if (empty !== undefined) throw usage(`${empty} is empty`);
    return [shelf, slot, name, path];
  }

  has(name: string): boolean {
    return this.#parsed[name] === true;
  }

  /** The option's value; undefined where it is not given. */
  text(name: string): string | undefined {
    const given = this.#parsed[name];
    if (!Array.isArray(given) || given.length === 0) return undefined;
    if (given.length > 1) throw usage(`--${name} is given ${given.length} times, once is enough`);
    const value: unknown = given[0];
    if (typeof value !== "string" || value === "") throw usage(`--${name} needs a value`);
    return value;
  }

  integer(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    // vblade takes 010 for 8 where it counts sectors: a wrong guess would shift the disk.
    if (/^0[0-9]/.test(text)) {
      throw usage(`--${name} is "${text}"; a leading 0 could mean octal, leave it out`);
    }
    return parseInteger(text, `--${name}`, least, most);
  }

  choice<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw usage(`--${name} is "${text}"; it must be one of ${choices.join(", ")}`);
  }
}

function parseInterfaces(text: string): readonly string[] {
  const names = text.split(",");
  if (names.includes("")) throw usage(`INTERFACE is "${text}"; it has an empty name`);
  const again = names.find((name, index) => names.indexOf(name) < index);
  if (again !== undefined) throw usage(`INTERFACE has "${again}" twice; once is enough`);
  return names;
}

function parseInteger(text: string, what: string, least: number, most: number): number {
  const isNumber = /^([0-9]+|0x[0-9a-f]+)$/i.test(text);
  const value = Number(text);
  if (isNumber && value >= least && value <= most) return value;
  throw usage(`${what} is "${text}"; it must be a number from ${least} to ${most}`);
}

function parseMasks(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (text === "all") return [];
  const masks = text.split(",").map((part) => {
    if (part === "all") throw usage(`--mask has "all" beside others; "all" stands alone`);
    const mac = parseMac(part);
    if (mac === undefined) {
      throw usage(`--mask has "${part}"; a MAC address looks like 02:00:5e:10:00:ff, or say "all"`);
    }
    if (isGroupMac(mac)) {
      throw usage(`--mask has ${formatMac(mac)}, a group address; name single stations`);
    }
    return mac;
  });
  const distinct = [...new Set(masks)];
  if (distinct.length > MASKS_MAX) {
    throw usage(`--mask has ${distinct.length} MAC addresses; ${MASKS_MAX} are the most`);
  }
  return distinct;
}
