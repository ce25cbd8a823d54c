/**
 * One `[[export]]` table, of a file or given at run time.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { checkFile, readPath } from "./export_file.ts";
import { readSettings } from "./export_settings.ts";
import { AbsentInterfaces } from "./interface_names.ts";
import { KeyReader, reportUnknown } from "./key_reader.ts";
import { EXPORT_KEYS } from "./keys.ts";
import { type Mistake, MistakeList, type Report } from "./mistakes.ts";
import { Neighbours } from "./neighbours.ts";
import type { Acls } from "./stations.ts";
import type { ConfigSystem } from "./system.ts";

/** The keys of an `[[export]]` table as they stand in the file, such as `read-only`. */
export type RawExport = Readonly<Record<string, unknown>>;

/** What an export is read against. */
export interface ExportContext {
  /** `[defaults]`, without mistakes. */
  readonly defaults: RawExport;
  /** The lists of `[acls]`. */
  readonly acls: Acls;
  /** The other exports. */
  readonly others: readonly ExportConfig[];
  /** Where files are looked at; undefined: nowhere. */
  readonly system: ConfigSystem | undefined;
}

/** An export, or all that is wrong with it; warnings are not wrong, but should be looked at. */
export type ExportReading =
  | {
    readonly mistakes: undefined;
    readonly config: ExportConfig;
    readonly warnings: readonly Mistake[];
  }
  | { readonly mistakes: readonly Mistake[]; readonly warnings: readonly Mistake[] };

/** Reads one export that is given at run time, or changed there. */
export function exportFromKeys(keys: RawExport, context: ExportContext): ExportReading {
  const mistakes = new MistakeList();
  const warnings = new MistakeList();
  const into = (list: MistakeList): Report => (key, problem, remedy) => {
    list.add({ file: "", line: 0, key, problem }, remedy);
  };
  const neighbours = new Neighbours(context.system);
  for (const other of context.others) neighbours.add(other, "");
  const config = readExport(keys, {
    ...context,
    report: into(mistakes),
    warn: into(warnings),
    isIncomplete: false,
    neighbours,
    interfaces: new AbsentInterfaces(context.system),
    place: "",
  });
  if (config === undefined || mistakes.count > 0) {
    return { mistakes: mistakes.toList(), warnings: warnings.toList() };
  }
  return { mistakes: undefined, config, warnings: warnings.toList() };
}

/** How {@linkcode readExport} is done. */
export interface ExportReadingOptions extends Omit<ExportContext, "others"> {
  /** Takes mistakes. */
  readonly report: Report;
  /** Takes what is no mistake, but should be looked at. */
  readonly warn: Report;
  /** Whether keys may be missing because their lines could not be read. */
  readonly isIncomplete: boolean;
  /** The exports that were read; a good one is added. */
  readonly neighbours: Neighbours;
  /** Tells of interfaces that are not there. */
  readonly interfaces: AbsentInterfaces;
  /** Where it stands, for messages about others. */
  readonly place: string;
}

/** Reads one export; undefined where it has no address or no file. */
export function readExport(
  keys: RawExport,
  options: ExportReadingOptions,
): ExportConfig | undefined {
  const { acls, defaults, report, warn, isIncomplete } = options;
  reportUnknown(EXPORT_KEYS, keys, report);
  const wrong = new Set<string>();
  // What is wrong with the defaults was reported where they stand.
  const reportOwn: Report = (key, problem, remedy) => {
    const [name = ""] = key.split("[");
    wrong.add(name);
    if (Object.hasOwn(keys, name)) report(key, problem, remedy);
    else if (!Object.hasOwn(defaults, name) && !isIncomplete) report(key, problem, remedy);
  };
  const reader = new KeyReader(EXPORT_KEYS, { ...defaults, ...keys }, reportOwn);
  const address = readAddress(reader);
  const file = readPath(reader);
  const settings = readSettings(reader, acls);
  if (Object.hasOwn(keys, "interfaces")) {
    options.interfaces.tell(settings.interfaces, "interfaces", warn);
  }
  // Of a region that is not known nothing can be said.
  const region = wrong.has("offset") || wrong.has("length") ? undefined : settings;
  if (file !== undefined && options.system !== undefined) {
    checkFile(file, region, options.system, report, warn);
  }
  if (address === undefined || file === undefined || region === undefined) return undefined;
  const config: ExportConfig = { ...address, path: file.path, ...settings };
  options.neighbours.check(config, file.key, report, warn);
  options.neighbours.add(config, options.place);
  return config;
}

function readAddress(
  reader: KeyReader,
): Pick<ExportConfig, "shelf" | "slot"> | undefined {
  for (const key of ["shelf", "slot"]) {
    if (!reader.has(key)) reader.report(key, "is missing", `write ${key} = NUMBER`);
  }
  const [shelf, slot] = [reader.integer("shelf"), reader.integer("slot")];
  return shelf === undefined || slot === undefined ? undefined : { shelf, slot };
}
