/**
 * Which tables and keys a TOML text has, and where. What is there twice is found here: std's parser
 * merges it without a word.
 *
 * @module
 */
import { TomlTrouble } from "./toml_cursor.ts";

/** How a name came to be: by a header, by one below it, by dots, by `[[...]]`, as a value. */
type Kind = "table" | "implied" | "dotted" | "array" | "value";

/** A name behind another one, as messages show it: `export[2].path`, `acls."my list"`. */
export function joinName(path: string, key: string): string {
  const name = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
  return path === "" ? name : `${path}.${name}`;
}

/** All names so far. */
export class TomlNames {
  /** Line of each, from 1. */
  readonly lines = new Map<string, number>();
  readonly #kinds = new Map<string, Kind>();
  readonly #counts = new Map<string, number>();

  /** `[a.b]`; returns its path. Throws {@linkcode TomlTrouble} where it is there already. */
  openTable(keys: readonly string[], line: number): string {
    const path = this.#walk("", keys, "implied", line);
    const kind = this.#kinds.get(path);
    if (kind === "implied") {
      throw new TomlTrouble("stands below tables inside it", "put it above them");
    }
    if (kind === "array") {
      throw new TomlTrouble("has two brackets elsewhere", `write [[${path}]]`);
    }
    if (kind !== undefined) {
      const problem = `is there already, on line ${this.lines.get(path)}`;
      throw new TomlTrouble(problem, "put the keys of both together");
    }
    return this.#add(path, "table", line);
  }

  /** `[[a.b]]`; returns the path of the new element. */
  openElement(keys: readonly string[], line: number): string {
    const path = this.#walk("", keys, "implied", line);
    const kind = this.#kinds.get(path);
    if (kind !== undefined && kind !== "array") {
      const problem = `is something else on line ${this.lines.get(path)}`;
      throw new TomlTrouble(problem, "change one of them");
    }
    if (kind === undefined) this.#add(path, "array", line);
    const count = this.#counts.get(path) ?? 0;
    this.#counts.set(path, count + 1);
    return this.#add(`${path}[${count}]`, "table", line);
  }

  /** `a.b = ...` in the table at `table`; returns its path. */
  setKey(table: string, keys: readonly string[], line: number): string {
    const path = this.#walk(table, keys, "dotted", line);
    if (this.#kinds.has(path)) throw this.#twice(path);
    return this.#add(path, "value", line);
  }

  /** Something inside a value. */
  note(path: string, line: number): void {
    this.lines.set(path, line);
  }

  #add(path: string, kind: Kind, line: number): string {
    this.#kinds.set(path, kind);
    this.lines.set(path, line);
    return path;
  }

  /** Goes down to what holds the last of `keys`; tables between are made on the way. */
  #walk(from: string, keys: readonly string[], made: "implied" | "dotted", line: number): string {
    let path = from;
    keys.forEach((key, index) => {
      path = joinName(path, refuseOdd(key));
      if (index === keys.length - 1) return;
      const kind = this.#kinds.get(path);
      if (kind === undefined) this.#add(path, made, line);
      else if (kind === "array" && made === "implied") {
        path = `${path}[${(this.#counts.get(path) ?? 1) - 1}]`;
      } else if (kind === "value" || (made === "dotted" && kind !== "dotted")) {
        throw this.#twice(path);
      }
    });
    return path;
  }

  #twice(path: string): TomlTrouble {
    return new TomlTrouble(`is set already on line ${this.lines.get(path)}`, "keep one");
  }
}

/** Objects have these from the start, and std's parser would take them for tables of the file. */
function refuseOdd(key: string): string {
  // Some versions of Deno have taken __proto__ away from objects, but not from literals.
  if (key !== "" && key !== "__proto__" && !(key in {})) return key;
  throw new TomlTrouble(`${JSON.stringify(key)} cannot be a name`, "choose another one");
}
