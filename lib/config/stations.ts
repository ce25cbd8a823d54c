/**
 * Lists of stations: MACs, and names of the lists of `[acls]`. A list that cannot be read never
 * stands for all stations: it is a mistake.
 *
 * @module
 */
import { didYouMean, nearest } from "../nearest.ts";
import { formatMac, isGroupMac, parseMac } from "../wire/mac.ts";
import { type KeyReader, readTexts } from "./key_reader.ts";
import type { Report } from "./mistakes.ts";
import { joinName } from "./toml_names.ts";

/** The MACs of each list of `[acls]`. */
export type Acls = ReadonlyMap<string, readonly number[]>;

/** The word for all stations; it stands alone. */
const ALL = "all";
/** Most lists that name each other in a row. */
const CHAIN_MAX = 100;
/** Most MACs of all lists: each has those of the lists that it names, too. */
const MACS_MAX = 2 ** 20;
const LIST_EXPECTED = 'a list of MACs such as "02:00:5e:10:00:ff" and names of other lists';

/** Reads `[acls]`; keys are reported as `acls.NAME`. */
export function readAcls(values: Readonly<Record<string, unknown>>, report: Report): Acls {
  return new AclReader(values, report).read();
}

class AclReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #report: Report;
  readonly #done = new Map<string, readonly number[]>();
  /** The lists that are being read, each named by the one before it. */
  readonly #chain: string[] = [];
  /** MACs of the lists that were read. */
  #count = 0;

  constructor(values: Readonly<Record<string, unknown>>, report: Report) {
    this.#values = values;
    this.#report = report;
  }

  read(): Acls {
    for (const name of Object.keys(this.#values)) {
      if (name === ALL || parseMac(name) !== undefined) {
        const problem = name === ALL ? "means all stations" : "is a MAC address";
        this.#report(joinName("acls", name), problem, "choose another name for the list");
      }
      this.#resolve(name);
    }
    return this.#done;
  }

  #resolve(name: string): readonly number[] {
    const known = this.#done.get(name);
    if (known !== undefined) return known;
    this.#chain.push(name);
    const key = joinName("acls", name);
    const items = readTexts(key, this.#values[name], LIST_EXPECTED, this.#report) ?? [""];
    if (items.length === 0) this.#report(key, "is empty", "name stations, or leave the list out");
    const macs = items.flatMap((item, index) => this.#item(`${key}[${index}]`, item));
    this.#chain.pop();
    const distinct = [...new Set(macs)];
    this.#countMacs(key, distinct.length);
    this.#done.set(name, distinct);
    return distinct;
  }

  #countMacs(key: string, more: number): void {
    const isRight = this.#count <= MACS_MAX;
    this.#count += more;
    if (!isRight || this.#count <= MACS_MAX) return;
    this.#report(key, `makes more than ${MACS_MAX} MACs in all lists`, "name fewer lists in lists");
  }

  #item(key: string, text: string): readonly number[] {
    if (text === "") return []; // it was reported already
    if (!Object.hasOwn(this.#values, text)) {
      return readStation(key, text, () => Object.keys(this.#values), this.#report);
    }
    if (this.#count > MACS_MAX) return []; // that was reported
    if (this.#chain.includes(text)) {
      const circle = [...this.#chain.slice(this.#chain.indexOf(text)), text].join(", ");
      this.#report(key, `closes a circle of lists: ${circle}`, "leave one of them out");
      return [];
    }
    if (this.#chain.length < CHAIN_MAX) return this.#resolve(text);
    this.#report(key, `is behind more than ${CHAIN_MAX} lists that name each other`, "use fewer");
    return [];
  }
}

/** What `accept` says: undefined where it lets all in. */
export function readAccept(reader: KeyReader, acls: Acls): readonly number[] | undefined {
  const texts = reader.list("accept", "stations");
  if (texts === undefined || isAll("accept", texts, reader)) return undefined;
  const { macs, isRight } = readStations("accept", texts, acls, reader);
  if (isRight && macs.length === 0) {
    reader.report("accept", "lets nobody in", `name stations, or write ["${ALL}"]`);
  }
  return macs;
}

/** What `deny` says. */
export function readDeny(reader: KeyReader, acls: Acls): readonly number[] {
  const texts = reader.list("deny", "stations") ?? [];
  return readStations("deny", texts, acls, reader).macs;
}

/** What `mask` says: empty where it lets all in, undefined where it is not there. */
export function readMask(reader: KeyReader, most: number): readonly number[] | undefined {
  const texts = reader.list("mask", "stations");
  if (texts === undefined) return undefined;
  if (isAll("mask", texts, reader)) return [];
  if (texts.length === 0) {
    reader.report("mask", "is empty", `name stations, or write ["${ALL}"]`);
  }
  const { macs } = readStations("mask", texts, undefined, reader);
  if (macs.length > most) {
    reader.report("mask", `has ${macs.length} MACs`, `name at most ${most}`);
  }
  return macs;
}

function isAll(key: string, texts: readonly string[], reader: KeyReader): boolean {
  if (!texts.includes(ALL)) return false;
  if (texts.length > 1) reader.report(key, `has "${ALL}" beside others`, "let it stand alone");
  return texts.length === 1;
}

/** The MACs of a list, each once; `acls` undefined: it may have no names in it. */
function readStations(
  name: string,
  texts: readonly string[],
  acls: Acls | undefined,
  reader: KeyReader,
): { readonly macs: readonly number[]; readonly isRight: boolean } {
  let isRight = true;
  const report: Report = (key, problem, remedy) => {
    isRight = false;
    reader.report(key, problem, remedy);
  };
  // Exports that are for one list share it: there may be many, and it may be long.
  const [only = ""] = texts;
  const list = texts.length === 1 ? acls?.get(only) : undefined;
  if (list !== undefined) return { macs: list, isRight };
  const names = acls === undefined ? undefined : () => [...acls.keys()];
  const macs = texts.flatMap((text, index) => {
    const isReported = text === "" || (text === ALL && name !== "deny");
    isRight &&= !isReported;
    if (isReported) return [];
    return acls?.get(text) ?? readStation(`${name}[${index}]`, text, names, report);
  });
  return { macs: [...new Set(macs)], isRight };
}

/** A MAC; `names`: the lists that may have been meant, undefined where none may be named. */
function readStation(
  key: string,
  text: string,
  names: (() => readonly string[]) | undefined,
  report: Report,
): readonly number[] {
  const mac = parseMac(text);
  if (mac === undefined) {
    const shown = JSON.stringify(text.slice(0, 80));
    const like = 'write a MAC such as "02:00:5e:10:00:ff"';
    if (names === undefined) report(key, `${shown} is no MAC address`, like);
    else {
      const remedy = (): string =>
        didYouMean(nearest(text, names())).slice(2) || `${like}, or define the list in [acls]`;
      report(key, `${shown} is no MAC address and no list of [acls]`, remedy);
    }
    return [];
  }
  if (mac !== 0 && !isGroupMac(mac)) return [mac];
  const what = mac === 0 ? "is no address of a station" : "is a group address";
  report(key, `${formatMac(mac)} ${what}`, "name single stations");
  return [];
}
