/**
 * From the text of a file to the configuration of a service, or to all that is wrong with it.
 *
 * @module
 */
import type { ExportConfig, ServiceConfig } from "../config.ts";
import { formatAddress } from "../wire/address.ts";
import { type RawExport, readExport } from "./exports.ts";
import { readSettings } from "./export_settings.ts";
import { FileReport } from "./file_report.ts";
import { AbsentInterfaces } from "./interface_names.ts";
import { KeyReader, reportUnknown, reportUnknownTable } from "./key_reader.ts";
import { DEFAULT_KEYS, EXPORT_KEYS, TABLES } from "./keys.ts";
import { describeValue, isTable, type Mistake, type Report } from "./mistakes.ts";
import { Neighbours } from "./neighbours.ts";
import { readInterfaceTables, readServer } from "./service_tables.ts";
import { type Acls, readAcls } from "./stations.ts";
import type { ConfigSystem } from "./system.ts";
import { readToml, type Toml } from "./toml.ts";
import { adviseValue } from "./value_advice.ts";

/** A file without mistakes. */
export interface GoodFile {
  /** There are none. */
  readonly mistakes: undefined;
  /** What should be looked at all the same. */
  readonly warnings: readonly Mistake[];
  /** What it says. */
  readonly config: ServiceConfig;
  /** The keys of each export by its address, such as `e0.1`, as they stand there. */
  readonly rawExports: ReadonlyMap<string, RawExport>;
  /** The keys of `[defaults]`. */
  readonly defaults: RawExport;
  /** The lists of `[acls]`. */
  readonly acls: Acls;
}

/** A file with mistakes. */
export interface BadFile {
  /** All of them, in the order of the lines. */
  readonly mistakes: readonly Mistake[];
  /** What else should be looked at. */
  readonly warnings: readonly Mistake[];
}

/**
 * Reads the text of the file at `path`. Without `system` neither files nor folders nor interfaces
 * are looked at.
 */
export function readServiceConfig(
  path: string,
  text: string,
  system?: ConfigSystem,
): GoodFile | BadFile {
  return new FileReader(path, text, system).read();
}

class FileReader {
  readonly #toml: Toml;
  readonly #found: FileReport;
  readonly #system: ConfigSystem | undefined;
  readonly #interfaces: AbsentInterfaces;

  constructor(path: string, text: string, system: ConfigSystem | undefined) {
    this.#toml = readToml(text, adviseValue);
    this.#found = new FileReport(path, this.#toml.lines);
    this.#system = system;
    this.#interfaces = new AbsentInterfaces(system);
  }

  read(): GoodFile | BadFile {
    const found = this.#found;
    for (const fault of this.#toml.faults) found.addFault(fault);
    reportUnknownTable(this.#toml.values, found.at(""));
    const server = readServer(this.#table("server"), found.at("server"), this.#system);
    const acls = readAcls(this.#table("acls"), found.at(""));
    const defaults = this.#readDefaults(acls);
    const interfaceSettings = readInterfaceTables(
      this.#table("interfaces"),
      found,
      this.#interfaces,
    );
    const { exports, rawExports } = this.#readExports(defaults, acls);
    const warnings = found.warnings.toList();
    if (found.mistakes.count > 0) return { mistakes: found.mistakes.toList(), warnings };
    const config = { ...server, interfaceSettings, exports };
    return { mistakes: undefined, warnings, config, rawExports, defaults, acls };
  }

  /** The keys of a table that stands alone; none where it is not there. */
  #table(name: string): Readonly<Record<string, unknown>> {
    const value = this.#valueOf(name);
    if (value === undefined || isTable(value)) return value ?? {};
    const heading = TABLES.find((table) => table.name === name)?.heading ?? "";
    this.#found.at("")(name, `is ${describeValue(value)}`, `write ${heading}`);
    return {};
  }

  #valueOf(name: string): unknown {
    const { values } = this.#toml;
    return Object.hasOwn(values, name) ? values[name] : undefined;
  }

  /** The defaults that are right. */
  #readDefaults(acls: Acls): RawExport {
    const values = this.#table("defaults");
    const report = this.#found.at("defaults");
    const names = DEFAULT_KEYS.map(({ name }) => name);
    const known = Object.entries(values).filter(([key]) => names.includes(key));
    reportUnknown(DEFAULT_KEYS, values, report);
    const wrong = new Set<string>();
    const reportWrong: Report = (key, problem, remedy) => {
      wrong.add(key.replace(/\[.*/, ""));
      report(key, problem, remedy);
    };
    const reader = new KeyReader(EXPORT_KEYS, Object.fromEntries(known), reportWrong);
    const { interfaces } = readSettings(reader, acls);
    this.#interfaces.tell(interfaces, "interfaces", this.#found.warnAt("defaults"));
    return Object.fromEntries(known.filter(([key]) => !wrong.has(key)));
  }

  #readExports(
    defaults: RawExport,
    acls: Acls,
  ): { exports: readonly ExportConfig[]; rawExports: ReadonlyMap<string, RawExport> } {
    const exports: ExportConfig[] = [];
    const rawExports = new Map<string, RawExport>();
    const neighbours = new Neighbours(this.#system);
    this.#exportTables().forEach((keys, index) => {
      const path = `export[${index}]`;
      const config = readExport(keys, {
        defaults,
        acls,
        system: this.#system,
        report: this.#found.at(path),
        warn: this.#found.warnAt(path),
        isIncomplete: this.#toml.incomplete.has(path),
        neighbours,
        interfaces: this.#interfaces,
        place: `line ${this.#found.lineOf(path)}`,
      });
      if (config === undefined) return;
      exports.push(config);
      rawExports.set(formatAddress(config), keys);
    });
    return { exports, rawExports };
  }

  #exportTables(): readonly RawExport[] {
    const value = this.#valueOf("export");
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    if (value !== undefined && !(Array.isArray(value) && list.every(isTable))) {
      const what = Array.isArray(value) ? "has what is no table" : `is ${describeValue(value)}`;
      this.#found.at("")("export", what, "write [[export]], with two brackets, above each");
    }
    return list.filter(isTable);
  }
}
