/**
 * A service that runs: workers with exports, and what can be asked of all of them together. Changes
 * are carried out one after the other.
 *
 * @module
 */
import type { ExportConfig, ServiceConfig } from "../config.ts";
import { exportFromKeys } from "../config/exports.ts";
import { formatMistake } from "../config/mistakes.ts";
import { collidesWithAny } from "../config/neighbours.ts";
import type { BadFile, GoodFile } from "../config/read.ts";
import { LOCAL_SYSTEM } from "../config/system.ts";
import {
  type AccessEdit,
  type AccessList,
  type ChangeReport,
  type ExportKeys,
  type Service,
  ServiceError,
  type ServiceStatus,
  type StateReport,
  type UnservedStatus,
} from "../control/service.ts";
import { unknownExport } from "../control/unknown_export.ts";
import { log } from "../log.ts";
import { formatAddress } from "../wire/address.ts";
import { isGroupMac, parseMac } from "../wire/mac.ts";
import { VERSION } from "../version.ts";
import { byAddress, type Changes, changesBetween } from "./changes.ts";
import { Crew, notServed } from "./crew.ts";

/** What a service is made of. */
export interface ServiceParts {
  /** Path of its file. */
  readonly path: string;
  /** What the file says. */
  readonly file: GoodFile;
  /** Reads the file again; what is wrong with files that `tolerates` names is warned of. */
  readonly read: (tolerates: (path: string) => boolean) => GoodFile | BadFile;
  /** Its workers, which serve nothing yet. */
  readonly crew: Crew;
}

/** See above. */
export class RunningService implements Service {
  readonly #path: string;
  readonly #read: ServiceParts["read"];
  readonly #crew: Crew;
  readonly #startMs = performance.now();
  /** What the file said when the service was started. */
  readonly #running: ServiceConfig;
  #file: GoodFile;
  /** What is served, or should be, by address. */
  #wanted = new Map<string, ExportConfig>();
  /** Keys of exports that were added or changed at run time. */
  readonly #raw = new Map<string, ExportKeys>();
  /** Exports that are not the file's. */
  readonly #added = new Set<string>();
  /** The change in hand, after which the next one begins. */
  #last: Promise<unknown> = Promise.resolve();

  /** Serves nothing yet. */
  constructor({ path, file, read, crew }: ServiceParts) {
    this.#path = path;
    this.#file = file;
    this.#running = file.config;
    this.#read = read;
    this.#crew = crew;
  }

  /** Serves what the file says; returns what cannot be served, and why. */
  begin(): Promise<ChangeReport> {
    return this.#inTurn(() => this.#become(byAddress(this.#file.config.exports)));
  }

  /** Addresses of all exports. */
  get names(): readonly string[] {
    return [...this.#wanted.keys()];
  }

  /** See {@linkcode Service}. */
  async status(): Promise<ServiceStatus> {
    const parts = await this.#crew.status();
    const exports = parts.flatMap((part) => part.exports)
      .map((one) => ({ ...one, isFromFile: !this.#added.has(one.name) }))
      .sort((one, other) => one.shelf - other.shelf || one.slot - other.slot);
    const interfaces = parts.flatMap((part) => part.interfaces)
      .sort((one, other) => one.name.localeCompare(other.name) || one.worker - other.worker);
    return {
      version: VERSION,
      pid: Deno.pid,
      uptimeSeconds: Math.floor((performance.now() - this.#startMs) / 1000),
      nowMs: performance.now(),
      configFile: this.#path,
      workers: parts.length,
      engine: [...new Set(parts.map((part) => part.engine))].join(", "),
      exports,
      unserved: [...this.#crew.unserved.values()].filter(({ name }) => this.#wanted.has(name)),
      interfaces,
    };
  }

  /** See {@linkcode Service}. */
  reload(): Promise<ChangeReport> {
    return this.#inTurn(async () => {
      const file = this.#readAgain();
      const wanted = byAddress(file.config.exports);
      const kept = [...this.#added].filter((name) => !wanted.has(name));
      const problems = [...frozenChanges(this.#running, file.config)];
      for (const name of kept) problems.push(...this.#keep(name, wanted, file));
      for (const name of this.#added) if (wanted.has(name)) this.#added.delete(name);
      for (const name of kept) this.#added.add(name);
      for (const name of this.#raw.keys()) if (!this.#added.has(name)) this.#raw.delete(name);
      this.#file = file;
      const report = await this.#becomeOrStay(wanted);
      const warnings = [...file.warnings.map(formatMistake), ...await this.#crew.findStale()];
      // Whoever asked by a signal has nothing but the log.
      for (const line of [...problems, ...warnings]) log.warn(line);
      return tell("The file was read again", {
        ...report,
        problems: [...problems, ...report.problems],
        warnings: [...warnings, ...report.warnings],
      });
    });
  }

  /** What the file says by now; throws where that cannot be. */
  #readAgain(): GoodFile {
    const paths = new Set([...this.#wanted.values()].map(({ path }) => path));
    const file = this.#read((path) => paths.has(path));
    if (file.mistakes !== undefined) {
      throw new ServiceError(
        "Nothing was changed, because of mistakes in the file:\n" +
          file.mistakes.map(formatMistake).join("\n"),
      );
    }
    // A file that was cut, or is just being written, looks like this.
    const present = this.names.filter((name) => !this.#added.has(name));
    if (file.config.exports.length === 0 && present.length > 0) {
      throw new ServiceError(
        `Nothing was changed, because "${this.#path}" names no export any more, and named ` +
          `${present.length}; to end all of them, stop the service, or "dblade remove" each`,
      );
    }
    return file;
  }

  /** An export that is not the file's stays, with the defaults and lists that the file has now. */
  #keep(name: string, wanted: Map<string, ExportConfig>, file: GoodFile): readonly string[] {
    const before = this.#wanted.get(name);
    if (before === undefined) return [];
    const others = [...wanted.values()];
    try {
      wanted.set(name, this.#configOf(this.#raw.get(name) ?? {}, others, file));
      return [];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (collidesWithAny(before, others, LOCAL_SYSTEM)) {
        throw new ServiceError(
          `Nothing was changed, because ${name}, which is not the file's, does not go together ` +
            `with what the file says; "dblade remove ${name}" first, or change the file:\n` +
            error.message,
        );
      }
      wanted.set(name, before);
      return [`${name} stays as it was, because of mistakes in its keys: ${error.message}`];
    }
  }

  /** See {@linkcode Service}. */
  add(keys: ExportKeys): Promise<ChangeReport> {
    return this.#inTurn(async () => {
      const config = this.#configOf(keys, [...this.#wanted.values()]);
      const name = formatAddress(config);
      if (this.#wanted.has(name)) throw new ServiceError(`There is an export ${name} already`);
      const before = this.#wanted;
      const report = await this.#become(new Map(before).set(name, config));
      if (this.#crew.unserved.delete(name)) {
        this.#wanted = before; // who asks once more begins anew
      } else {
        this.#raw.set(name, keys);
        this.#added.add(name);
      }
      return tell("Asked to add", report);
    });
  }

  /** See {@linkcode Service}. */
  remove(name: string): Promise<ChangeReport> {
    return this.#inTurn(async () => {
      this.#find(name);
      const wasUnserved = this.#crew.unserved.delete(name);
      const wanted = new Map(this.#wanted);
      wanted.delete(name);
      this.#raw.delete(name);
      this.#added.delete(name);
      const report = await this.#become(wanted);
      this.#crew.forgive(name);
      const removed = wasUnserved ? [name] : report.removed;
      return tell("Asked to remove", { ...report, removed });
    });
  }

  /** See {@linkcode Service}. */
  set(name: string, keys: ExportKeys): Promise<ChangeReport> {
    return this.#inTurn(async () => {
      this.#find(name);
      const before = this.#raw.get(name) ?? this.#file.rawExports.get(name) ?? {};
      const raw = { ...before, ...keys };
      const others = [...this.#wanted].filter(([other]) => other !== name);
      const path = this.#wanted.get(name)?.path;
      const tolerates = (one: string): boolean => one === path;
      const config = this.#configOf(raw, others.map(([, other]) => other), this.#file, tolerates);
      if (formatAddress(config) !== name) {
        throw new ServiceError("The address cannot be changed; remove and add the export", true);
      }
      const report = await this.#becomeOrStay(new Map(this.#wanted).set(name, config));
      if (this.#wanted.get(name) === config) this.#raw.set(name, raw);
      return tell("Asked to set", report);
    });
  }

  /** See {@linkcode Service}. */
  async announce(name: string | undefined): Promise<number> {
    const names = name === undefined ? this.names : [this.#find(name)];
    return await this.#crew.announce(names);
  }

  /** See {@linkcode Service}. */
  async access(
    name: string,
    list: AccessList,
    edit: AccessEdit,
    macs: readonly string[],
  ): Promise<readonly string[]> {
    const worker = this.#crew.of(this.#find(name));
    return await worker.call("access", name, list, edit, macs.map(stationOf));
  }

  /** See {@linkcode Service}. */
  async showState(name: string): Promise<StateReport> {
    return await this.#crew.of(this.#find(name)).call("showState", name);
  }

  /** See {@linkcode Service}. */
  async clearState(name: string): Promise<StateReport> {
    return await this.#crew.of(this.#find(name)).call("clearState", name);
  }

  /** Writes all counters to the log. */
  async report(): Promise<void> {
    await this.#crew.report();
  }

  /** Lets all exports end. */
  async stop(): Promise<void> {
    await this.#inTurn(() => this.#crew.stop());
  }

  #inTurn<T>(run: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #find(name: string): string {
    if (this.#wanted.has(name)) return name;
    throw unknownExport(name, this.names);
  }

  #configOf(
    keys: ExportKeys,
    others: readonly ExportConfig[],
    { defaults, acls }: GoodFile = this.#file,
    tolerates: (path: string) => boolean = () => false,
  ): ExportConfig {
    const system = { ...LOCAL_SYSTEM, tolerates };
    const reading = exportFromKeys(keys, { defaults, acls, others, system });
    if (reading.mistakes === undefined) return reading.config;
    throw new ServiceError(reading.mistakes.map(formatMistake).join("\n"), true);
  }

  /**
   * Serves these exports from now on, but one that was served and cannot be served so stays as it
   * was: who asked for something that cannot be has not asked for its end.
   */
  async #becomeOrStay(wanted: Map<string, ExportConfig>): Promise<ChangeReport> {
    const before = new Map(this.#crew.configs);
    const report = await this.#become(wanted);
    const lost = [...this.#crew.unserved.values()].filter(({ name }) => before.has(name));
    if (lost.length === 0) return report;
    const restored = new Map(wanted);
    for (const { name } of lost) {
      const config = before.get(name);
      if (config !== undefined) restored.set(name, config);
    }
    const { problems } = await this.#become(restored);
    const isGone = ({ name }: UnservedStatus): boolean => this.#crew.unserved.has(name);
    const stays = lost.filter((one) => !isGone(one))
      .map(({ name, problem }) => `${name} is served as before: ${problem}`);
    for (const line of stays) log.warn(line);
    const told = new Set(lost.map(notServed));
    return {
      ...report,
      removed: [...report.removed, ...lost.filter(isGone).map(({ name }) => name)],
      problems: [...report.problems.filter((line) => !told.has(line)), ...stays, ...problems],
    };
  }

  /** Serves these exports from now on. */
  async #become(wanted: Map<string, ExportConfig>): Promise<ChangeReport> {
    const changes = changesBetween(this.#crew.configs, wanted);
    this.#wanted = wanted;
    const outcome = await this.#crew.carryOut(changes);
    for (const problem of outcome.problems) log.error(problem);
    for (const warning of outcome.warnings) log.warn(warning);
    const isServed = (config: ExportConfig): boolean =>
      !this.#crew.unserved.has(formatAddress(config));
    return reportOf(changes, outcome, isServed);
  }
}

function reportOf(
  changes: Changes,
  outcome: Pick<ChangeReport, "problems" | "warnings">,
  isServed: (config: ExportConfig) => boolean,
): ChangeReport {
  const { removed, replaced, adopted, unchanged } = changes;
  const added = changes.added.filter(isServed).map(formatAddress);
  const changed = [...replaced, ...adopted].filter(isServed).map(formatAddress);
  return { added, removed, changed, unchanged, ...outcome };
}

/** A change is to be found in the log, whoever asked for it. */
function tell(what: string, report: ChangeReport): ChangeReport {
  const { added, removed, changed, unchanged } = report;
  const list = (names: readonly string[], done: string): readonly string[] =>
    names.length === 0 ? [] : [`${done} ${names.length > 8 ? names.length : names.join(" ")}`];
  const done = [
    ...list(added, "added"),
    ...list(removed, "removed"),
    ...list(changed, "changed"),
    `${unchanged} not touched`,
  ];
  log.info(`${what}: ${done.join(", ")}`);
  return report;
}

/** What a reload cannot change, by its key in the file. */
const FROZEN: readonly (readonly [keyof ServiceConfig, string])[] = [
  ["stateFolder", "state-dir"],
  ["controlSocket", "control-socket"],
  ["workers", "workers"],
  ["engine", "engine"],
  ["busyPollUs", "busy-poll"],
  ["user", "user"],
  ["logLevel", "log"],
  ["logFormat", "log-format"],
];

/** What a reload cannot change, for people. */
function frozenChanges(before: ServiceConfig, after: ServiceConfig): readonly string[] {
  const changed = FROZEN.filter(([key]) => before[key] !== after[key]).map(([, name]) => name);
  const interfaces = JSON.stringify([...before.interfaceSettings]) !==
    JSON.stringify([...after.interfaceSettings]);
  const all = [...changed, ...(interfaces ? ["[interfaces]"] : [])];
  return all.map((key) => `${key} was changed in the file: it takes a restart`);
}

function stationOf(text: string): number {
  const mac = parseMac(text);
  if (mac === undefined || isGroupMac(mac)) {
    throw new ServiceError(`"${text}" is no MAC address of a station`, true);
  }
  return mac;
}
