/**
 * Names of interfaces and patterns for them, as a configuration has them.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { isPattern } from "../glob.ts";
import type { KeyReader } from "./key_reader.ts";
import type { Report } from "./mistakes.ts";
import type { ConfigSystem } from "./system.ts";

/** Longest name in bytes: IFNAMSIZ of linux/if.h without the end. */
const NAME_MAX = 15;
/** Longest pattern. */
const PATTERN_MAX = 100;
const NAME = /^[\x21-\x2e\x30-\x7e]{1,15}$/;

/** Why there can be no interface of this name; undefined: there can. */
export function nameTrouble(name: string): string | undefined {
  if (NAME.test(name) && name !== "." && name !== ".." && !name.includes(":")) return undefined;
  const shown = JSON.stringify(name.slice(0, 80));
  return name.length > NAME_MAX
    ? `${shown} has more than ${NAME_MAX} characters`
    : `${shown} is no name of an interface`;
}

/** What `interfaces` says; empty where it is not there: all of them. */
export function readInterfaces(reader: KeyReader): readonly string[] {
  const names = reader.list("interfaces", "interfaces");
  if (names === undefined) return [];
  if (names.length === 0) {
    reader.report("interfaces", "is empty", 'name interfaces, or write ["*"]');
  }
  names.forEach((name, index) => {
    const key = `interfaces[${index}]`;
    if (isPattern(name)) checkPattern(reader, key, name);
    else if (name !== "") {
      const trouble = nameTrouble(name);
      if (trouble !== undefined) reader.report(key, trouble, "write one as `ip link` shows it");
    }
  });
  return [...new Set(names)];
}

function checkPattern(reader: KeyReader, key: string, pattern: string): void {
  const rest = pattern.slice(0, PATTERN_MAX + 1).replaceAll(/\[!?\]?[^\]]*\]/g, "");
  // A bracket that is not closed would stand for itself, and [^a] for the signs ^ and a.
  const isRight = /^[\x21-\x2e\x30-\x7e]*$/.test(rest) && !rest.includes("[");
  if (isRight && !pattern.includes("[^") && pattern.length <= PATTERN_MAX) return;
  const remedy = "write * for any text, ? for one sign, [a-f] for one of these, [!a-f] for others";
  reader.report(key, `${JSON.stringify(pattern.slice(0, 80))} is no pattern`, remedy);
}

/** Tells of interfaces that are not there now, each once: they may come yet. */
export class AbsentInterfaces {
  readonly #present: readonly string[] | undefined;
  readonly #told = new Set<string>();

  /** Looks at the interfaces of `system`; without one, none is absent. */
  constructor(system: ConfigSystem | undefined) {
    try {
      this.#present = system?.interfaces();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  /** Tells `warn`, by `key`, of those of `names` that are not there. */
  tell(names: readonly string[], key: string, warn: Report): void {
    for (const name of names) {
      const isFine = isPattern(name) || nameTrouble(name) !== undefined || this.#told.has(name);
      if (isFine || this.#present === undefined || this.#present.includes(name)) continue;
      this.#told.add(name);
      const remedy = "it is taken up when it comes; correct the name if it never will";
      warn(key, `there is no interface ${name} now`, remedy);
    }
  }
}
