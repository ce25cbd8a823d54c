/**
 * Mistakes of a file, each with the line of its key.
 *
 * @module
 */
import { MistakeList, type Report } from "./mistakes.ts";
import type { TomlFault } from "./toml_scan.ts";

/** What was found so far. */
export class FileReport {
  /** What is wrong. */
  readonly mistakes = new MistakeList();
  /** What is not wrong, but should be looked at. */
  readonly warnings = new MistakeList();
  readonly #file: string;
  readonly #lines: ReadonlyMap<string, number>;

  /** Of a file whose keys stand on `lines`. */
  constructor(file: string, lines: ReadonlyMap<string, number>) {
    this.#file = file;
    this.#lines = lines;
  }

  /** Takes mistakes of the table at `path`; "": of the text as a whole. */
  at(path: string): Report {
    return this.#into(this.mistakes, path);
  }

  /** Takes warnings, as {@linkcode FileReport.at} takes mistakes. */
  warnAt(path: string): Report {
    return this.#into(this.warnings, path);
  }

  /** Adds a mistake of the text itself. */
  addFault(fault: TomlFault): void {
    this.mistakes.add({ file: this.#file, ...fault }, fault.remedy);
  }

  /** Line of what has this name; what has none is looked for in the table at `path`. */
  lineOf(name: string, path: string = ""): number {
    const lines = this.#lines;
    return lines.get(name) ?? lines.get(name.replace(/\[[0-9]+\]$/, "")) ?? lines.get(path) ?? 1;
  }

  #into(list: MistakeList, path: string): Report {
    return (key, problem, remedy) => {
      const name = path === "" ? key : `${path}.${key}`;
      list.add({ file: this.#file, line: this.lineOf(name, path), key: name, problem }, remedy);
    };
  }
}
