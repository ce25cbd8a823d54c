/**
 * What is asked of a service through its control socket: a JSON object a line.
 *
 * @module
 */
import { didYouMean, nearest } from "../nearest.ts";
import { type AccessEdit, type AccessList, type ExportKeys, ServiceError } from "./service.ts";

/** Longest line of a request in bytes, without its end. */
export const REQUEST_SIZE_MAX = 2 ** 20;
/** Longest text by which a request may be told from others. */
const ID_LENGTH_MAX = 100;

const COMMANDS = [
  "status",
  "reload",
  "add",
  "remove",
  "set",
  "announce",
  "acl",
  "state-show",
  "state-clear",
] as const;
const LISTS: readonly AccessList[] = ["mask", "reserve"];
const EDITS: readonly AccessEdit[] = ["ls", "add", "del", "clear", "set"];

/** What is asked: a method of `Service` with its arguments. */
export type Question =
  | { readonly command: "status" | "reload" }
  | { readonly command: "add"; readonly keys: ExportKeys }
  | { readonly command: "remove" | "state-show" | "state-clear"; readonly export: string }
  | { readonly command: "set"; readonly export: string; readonly keys: ExportKeys }
  | { readonly command: "announce"; readonly export?: string }
  | {
    readonly command: "acl";
    readonly export: string;
    readonly list: AccessList;
    readonly edit: AccessEdit;
    readonly macs: readonly string[];
  };

/** What the reply to a request repeats; null: the request has none. */
export type RequestId = number | string | null;

/** A request, or what is wrong with it. */
export type Parsed =
  | { readonly id: RequestId; readonly question: Question }
  | { readonly id: RequestId; readonly error: ServiceError };

/** Reads a line; undefined where there is nothing on it. */
export function parseRequest(bytes: Uint8Array): Parsed | undefined {
  let id: RequestId = null;
  try {
    const text = decode(bytes);
    if (text.trim() === "") return undefined;
    const fields = new Fields(parseJson(text));
    id = fields.id();
    return { id, question: questionOf(fields) };
  } catch (error) {
    if (error instanceof ServiceError) return { id, error };
    throw error;
  }
}

/** The line of a request. */
export function requestLine(id: number, question: Question): string {
  return `${JSON.stringify({ id, ...question })}\n`;
}

/** Whether it is an object and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is a list of texts. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal("The request is no UTF-8");
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(`The request is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function questionOf(fields: Fields): Question {
  const command = fields.choice("command", COMMANDS);
  switch (command) {
    case "status":
    case "reload":
      fields.allow();
      return { command };
    case "add":
      fields.allow("keys");
      return { command, keys: fields.keys() };
    case "remove":
    case "state-show":
    case "state-clear":
      fields.allow("export");
      return { command, export: fields.text("export") };
    case "set":
      fields.allow("export", "keys");
      return { command, export: fields.text("export"), keys: fields.keys() };
    case "announce":
      fields.allow("export");
      return fields.has("export") ? { command, export: fields.text("export") } : { command };
    case "acl":
      return accessQuestion(fields);
  }
}

function accessQuestion(fields: Fields): Question {
  fields.allow("export", "list", "edit", "macs");
  const edit = fields.choice("edit", EDITS);
  const macs = fields.macs();
  // An empty list lets everybody in: that is asked for by its own name.
  if (edit === "set" && macs.length === 0) {
    const problem = fields.has("macs") ? "is empty" : "is missing";
    throw refusal(`"macs" ${problem}; "set" needs one at least, and "clear" empties the list`);
  }
  const [name, list] = [fields.text("export"), fields.choice("list", LISTS)];
  return { command: "acl", export: name, list, edit, macs };
}

/** The fields of a request; every complaint names the field. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (!isRecord(value)) throw refusal("The request is no JSON object");
    this.#fields = value;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  id(): RequestId {
    const id = this.#get("id") ?? null;
    if (id === null || typeof id === "number") return id;
    if (typeof id === "string" && id.length <= ID_LENGTH_MAX) return id;
    throw refusal(`"id" must be a number, or text of at most ${ID_LENGTH_MAX} characters`);
  }

  /** Throws where there are other fields than those that every request has, and `names`. */
  allow(...names: readonly string[]): void {
    const known = ["id", "command", ...names];
    const unknown = Object.keys(this.#fields).find((name) => !known.includes(name));
    if (unknown === undefined) return;
    throw refusal(`Unknown field ${shown(unknown)}${didYouMean(nearest(unknown, known))}`);
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value === "string" && value !== "") return value;
    throw this.#wrong(name, "text that is not empty");
  }

  choice<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#get(name);
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    const near = typeof value === "string" ? didYouMean(nearest(value, choices)) : "";
    throw this.#wrong(name, `one of ${choices.join(", ")}${near}`);
  }

  keys(): ExportKeys {
    const value = this.#get("keys");
    if (isRecord(value)) return value;
    throw this.#wrong("keys", "an object of keys of an [[export]] table");
  }

  macs(): readonly string[] {
    const value = this.has("macs") ? this.#get("macs") : [];
    if (isTextList(value)) return value;
    throw this.#wrong("macs", "a list of texts");
  }

  #get(name: string): unknown {
    return this.has(name) ? this.#fields[name] : undefined;
  }

  #wrong(name: string, must: string): ServiceError {
    const is = this.has(name) ? `is ${shown(this.#get(name))}` : "is missing";
    return refusal(`"${name}" ${is}; it must be ${must}`);
  }
}

const SHOWN_MAX = 60;

/** A value for a message, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}

function refusal(message: string): ServiceError {
  return new ServiceError(message, true);
}
