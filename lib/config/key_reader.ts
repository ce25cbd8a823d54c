/**
 * The values of one table, checked by the table of keys.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { SECTORS_MAX } from "../config.ts";
import { didYouMean, nearest } from "../nearest.ts";
import { type KeySpec, type KeyType, TABLES } from "./keys.ts";
import { describeValue, type Remedy, type Report } from "./mistakes.ts";
import { parseUnitSectors } from "./sectors.ts";
import { joinName } from "./toml_names.ts";

/** Control characters: none of them is meant. */
// deno-lint-ignore no-control-regex -- these are what is looked for
const CONTROL = /[\0-\x1f\x7f]/;
/** What other programs, or dblade's options, call a key. */
const SYNONYMS: Readonly<Record<string, string>> = {
  "log-level": "log",
  state: "state-dir",
  socket: "control-socket",
  threads: "workers",
  file: "path",
  device: "path",
  size: "length",
  interface: "interfaces",
  readonly: "read-only",
  allow: "accept",
  masks: "mask",
};

type SpecOf<T extends KeyType["type"]> = Extract<KeySpec, { readonly type: T }>;

/** Reads values; each method gives undefined where there is none, or a wrong one was reported. */
export class KeyReader {
  readonly #specs: readonly KeySpec[];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #report: Report;

  /** Reads `values`; what is wrong with them goes to `report`. */
  constructor(
    specs: readonly KeySpec[],
    values: Readonly<Record<string, unknown>>,
    report: Report,
  ) {
    this.#specs = specs;
    this.#values = values;
    this.#report = report;
  }

  /** Whether the key is there, right or wrong. */
  has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] !== undefined;
  }

  /** True or false. */
  switch(name: string): boolean | undefined {
    const [spec, value] = this.#find(name, "switch");
    if (typeof value === "boolean" || value === undefined) return value;
    return this.#refuse(spec, value);
  }

  /** A whole number. */
  integer(name: string): number | undefined {
    const [spec, value] = this.#find(name, "integer");
    if (value === undefined || isWhole(value, spec.least, spec.most)) return value;
    return this.#refuse(spec, value);
  }

  /** A number of sectors. */
  sectors(name: string): number | undefined {
    const [spec, value] = this.#find(name, "sectors");
    const sectors = typeof value === "string" ? parseUnitSectors(value) : value;
    if (value === undefined) return undefined;
    return isWhole(sectors, spec.least, spec.most) ? sectors : this.#refuse(spec, value);
  }

  /** One of a few words. */
  word<T extends string>(name: string, choices: readonly T[]): T | undefined {
    const [spec, value] = this.#find(name, "word");
    assert(spec.choices === choices, `the choices of ${name} are others`);
    const choice = choices.find((one) => one === value);
    if (choice !== undefined || value === undefined) return choice;
    const near = typeof value === "string" ? nearest(value.toLowerCase(), choices) : undefined;
    return this.#refuse(spec, value, near);
  }

  /** Printable ASCII. */
  text(name: string): string | undefined {
    const [spec, value] = this.#find(name, "text");
    if (value === undefined) return undefined;
    const isRight = typeof value === "string" && /^[\x20-\x7e]*[\x21-\x7e]$/.test(value);
    return isRight && value.length <= spec.lengthMax ? value : this.#refuse(spec, value);
  }

  /** A path from the root on. */
  path(name: string): string | undefined {
    const [spec, value] = this.#find(name, "path");
    if (value === undefined) return undefined;
    const isRight = typeof value === "string" && value.startsWith("/") && !CONTROL.test(value);
    if (isRight && new TextEncoder().encode(value).length <= spec.lengthMax) return value;
    return this.#refuse(spec, value);
  }

  /** One name of a folder. */
  name(name: string): string | undefined {
    const [spec, value] = this.#find(name, "name");
    if (value === undefined) return undefined;
    const isRight = typeof value === "string" && /^[^/]{1,255}$/.test(value) &&
      !CONTROL.test(value) && value !== "." && value !== "..";
    return isRight ? value : this.#refuse(spec, value);
  }

  /** The elements of a list of text; one text may stand without a list. */
  list(name: string, type: "interfaces" | "stations"): readonly string[] | undefined {
    const [spec, value] = this.#find(name, type);
    if (value === undefined) return undefined;
    const list: unknown = typeof value === "string" ? [value] : value;
    return readTexts(name, list, expected(spec), this.#report);
  }

  /** Says what is wrong with the key beyond its type. */
  report(name: string, problem: string, remedy: Remedy): void {
    this.#report(name, problem, remedy);
  }

  #find<T extends KeyType["type"]>(name: string, type: T): readonly [SpecOf<T>, unknown] {
    const spec = this.#specs.find((one): one is SpecOf<T> => one.name === name && isOf(one, type));
    assert(spec !== undefined, `no key ${name} with a ${type}`);
    return [spec, this.has(name) ? this.#values[name] : undefined];
  }

  #refuse(spec: KeySpec, value: unknown, near?: string): undefined {
    const hint = near === undefined ? "" : `, perhaps "${near}"`;
    this.#report(spec.name, `is ${describeValue(value)}`, `write ${expected(spec)}${hint}`);
    return undefined;
  }
}

/**
 * The texts of a list; undefined where it is none. Elements of another kind are reported, and ""
 * stands in their places.
 */
export function readTexts(
  name: string,
  list: unknown,
  expects: string,
  report: Report,
): readonly string[] | undefined {
  if (!Array.isArray(list)) {
    report(name, `is ${describeValue(list)}`, `write ${expects}`);
    return undefined;
  }
  const items: readonly unknown[] = list;
  return items.map((item, index) => {
    if (typeof item === "string" && item !== "") return item;
    const what = item === "" ? "empty" : describeValue(item);
    report(`${name}[${index}]`, `is ${what}`, "write text in quotes");
    return "";
  });
}

/** Reports keys that are not among `specs`, each with what may be meant. */
export function reportUnknown(
  specs: readonly KeySpec[],
  values: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  const names = specs.map(({ name }) => name);
  for (const key of Object.keys(values)) {
    if (!names.includes(key)) report(joinName("", key), ...unknownKey(key, names));
  }
}

/** Reports tables that are not known, and keys that stand above all tables. */
export function reportUnknownTable(
  values: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  const names = TABLES.map(({ name }) => name);
  for (const key of Object.keys(values)) {
    if (names.includes(key)) continue;
    const [problem, remedy] = unknownKey(key, names);
    const near = nearest(key.toLowerCase(), names);
    const heading = TABLES.find(({ name }) => name === near)?.heading;
    if (heading === undefined) report(joinName("", key), problem, remedy);
    else report(joinName("", key), "is not known", `did you mean ${heading}?`);
  }
}

function unknownKey(key: string, names: readonly string[]): readonly [string, string] {
  const plain = key.toLowerCase().replaceAll("_", "-");
  const isHere = names.includes(plain);
  const home = TABLES.filter(({ keys }) => !isHere && keys.some(({ name }) => name === plain));
  if (home.length > 0) {
    return ["has no place here", `put it into ${home.map(({ heading }) => heading).join(" or ")}`];
  }
  const synonym = Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain] : undefined;
  const isMeant = synonym !== undefined && names.includes(synonym);
  const near = isMeant ? synonym : nearest(plain, names);
  if (near !== undefined) return ["is not known", didYouMean(near).slice(2)];
  return ["is not known", "leave it out, or look it up in docs/service-config.md"];
}

/** What a key takes, behind "write". */
export function expected(spec: KeyType): string {
  switch (spec.type) {
    case "switch":
      return "true or false";
    case "integer":
      return `a whole number from ${spec.least} to ${spec.most}`;
    case "sectors": {
      const most = spec.most === SECTORS_MAX ? "2^44" : `${spec.most}`;
      return `a number of sectors from ${spec.least} to ${most}, or bytes such as "10G"`;
    }
    case "text":
      return `1 to ${spec.lengthMax} printable ASCII characters, the last no space`;
    case "word":
      return `one of ${spec.choices.map((choice) => `"${choice}"`).join(", ")}`;
    case "path":
      return `a path that begins with /, of at most ${spec.lengthMax} bytes`;
    case "name":
      return "the name of one file in that folder";
    case "interfaces":
      return 'a name such as "eth0", or a list such as ["eth0", "ens*"]';
    case "stations":
      return 'a MAC such as "02:00:5e:10:00:ff"' + (spec.withLists ? ", a name of [acls]" : "") +
        ", or a list of them" + (spec.mayBeAll ? ', or "all"' : "");
  }
}

function isOf<T extends KeyType["type"]>(spec: KeySpec, type: T): spec is SpecOf<T> {
  return spec.type === type;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}
