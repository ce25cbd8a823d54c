/**
 * What can be asked of a data path that runs. Arguments and results are plain data, so that the one
 * who asks may be another thread.
 *
 * @module
 */
import { describeErrno } from "../../ffi/errno.ts";
import { fileInfo } from "../../ffi/file_info.ts";
import type { ExportConfig } from "../config.ts";
import { identityOf } from "../config/system.ts";
import {
  type AccessEdit,
  type AccessList,
  ServiceError,
  type StateReport,
} from "../control/service.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import type { TargetState } from "../target/settings.ts";
import { formatAddress } from "../wire/address.ts";
import { formatMac } from "../wire/mac.ts";
import { MASKS_MAX } from "../wire/mask.ts";
import type { Addition, AddReport, DataPath } from "./data_path.ts";
import { describe } from "./describe.ts";
import { reportCounts } from "./report.ts";
import { rest } from "./serve_loop.ts";
import type { ServedExport } from "./served_export.ts";
import { reportState } from "./state_report.ts";
import { EMPTY_STATE } from "./state_text.ts";
import { statusOf, type WorkerStatus } from "./status.ts";

/** How long a change waits for another one, or for requests of clients that it shut out, in ms. */
const PATIENCE_MS = 5000;

/** See above; every method may throw {@linkcode ServiceError}. */
export class Operations {
  readonly #path: DataPath;
  readonly #worker: number;

  /** Those of the data path of worker number `worker`. */
  constructor(path: DataPath, worker: number) {
    this.#path = path;
    this.#worker = worker;
  }

  /** Serves more exports; returns which cannot be served, and why. */
  add(additions: readonly Addition[]): AddReport {
    const report = this.#path.add(additions);
    for (const { config } of additions) {
      const served = this.#path.exports.get(formatAddress(config));
      if (served !== undefined) describe(served, this.#path.engine.name);
    }
    return report;
  }

  /** Tells of exports whose path leads to another file by now. */
  findStale(): readonly string[] {
    return [...this.#path.exports.values()].filter((served) => served.isStale)
      .map(({ name, config }) =>
        `"${config.path}" is another file by now, and ${name} still serves the one that it was: ` +
        `to change, "dblade remove ${name}" and reload`
      );
  }

  /**
   * Serves an export no more, once its requests are done. Returns the state that it leaves, and
   * which file it had, if a sync of that failed.
   */
  async remove(
    name: string,
  ): Promise<{ state: TargetState; faultedFile: string | undefined }> {
    const served = this.#find(name);
    // Its path may lead to another one by now.
    const action = `Cannot look at "${served.config.path}"`;
    const file = identityOf(fileInfo("", action, served.backing.descriptor));
    await this.#path.remove(served);
    const { disk, settings } = served.target;
    return { state: settings.current, faultedFile: disk.faulted ? file : undefined };
  }

  /** Changes what takes no new file; done once nobody whom that shut out is served. */
  async adopt(name: string, config: ExportConfig): Promise<void> {
    const served = this.#find(name);
    this.#path.adopt(served, config);
    await this.#settle(served, performance.now() + PATIENCE_MS);
  }

  /** Looks at sizes and advertises. */
  announce(names: readonly string[]): void {
    for (const name of names) this.#path.announce(this.#find(name));
  }

  /** How it stands. */
  status(): WorkerStatus {
    return statusOf(this.#path, this.#worker);
  }

  /** Writes all counters to the log. */
  report(): void {
    const { engine, exports } = this.#path;
    for (const [name, { target }] of exports) {
      reportCounts(name, target, exports.size === 1 ? engine.ports : []);
    }
  }

  /** Reads or edits a list; returns it as it is then, once nobody whom it shut out is served. */
  async access(
    name: string,
    list: AccessList,
    edit: AccessEdit,
    macs: readonly number[],
  ): Promise<readonly string[]> {
    const served = this.#find(name);
    const key = list === "mask" ? "masks" : "reservations";
    if (edit !== "ls") {
      await this.#administer(served, (state) => {
        const next = edited(state[key], edit, macs);
        return isSame(next, state[key]) ? state : { ...state, [key]: next };
      });
    }
    return served.target.settings.current[key].map(formatMac);
  }

  async #administer(
    served: ServedExport,
    change: (state: TargetState) => TargetState,
  ): Promise<void> {
    const { name, state, target } = served;
    const save = (next: TargetState): number => state?.save(next) ?? 0;
    const endMs = performance.now() + PATIENCE_MS;
    let outcome = target.administer(change, save);
    while (outcome === "busy" && performance.now() < endMs) {
      await rest();
      this.#find(name, served); // what has its place by now has the state that is stored
      outcome = target.administer(change, save);
    }
    if (outcome === "busy") throw new ServiceError(`${name}: another change is being stored`);
    if (outcome === "undecided") {
      throw new ServiceError(
        `${name}: its stored state cannot be read; see "dblade state show ${name}" first`,
      );
    }
    if (outcome < 0) {
      throw new ServiceError(
        `${name}: the change cannot be stored and was not made: ${describeErrno(-outcome)}`,
      );
    }
    this.#path.engine.wake(served);
    await this.#settle(served, endMs);
  }

  async #settle({ name, target }: ServedExport, endMs: number): Promise<void> {
    while (!target.isSettled && performance.now() < endMs) await rest();
    if (target.isSettled) return;
    throw new ServiceError(
      `${name}: the change holds, but a request of a client that it shut out still runs`,
    );
  }

  /** What is stored. */
  showState(name: string): StateReport {
    const { state, target } = this.#find(name);
    return reportState(name, target.settings.current, state);
  }

  /** Begins with no state, and allows writes. */
  async clearState(name: string): Promise<StateReport> {
    const served = this.#find(name);
    const { state, target } = served;
    if (target.disk.isUndecided && state !== undefined) {
      try {
        target.decide(state.clear());
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        throw new ServiceError(error.message);
      }
      log.info(`${name} begins with no state: an administrator decided so`);
      this.#path.announce(served);
    } else {
      const initial = state?.initial ?? { ...EMPTY_STATE, masks: served.config.masks ?? [] };
      await this.#administer(served, () => initial);
    }
    return this.showState(name);
  }

  #find(name: string, known?: ServedExport): ServedExport {
    const served = this.#path.exports.get(name);
    if (served === undefined || (known !== undefined && served !== known)) {
      throw new ServiceError(`There is no export ${name}`, true);
    }
    return served;
  }
}

function edited(
  list: readonly number[],
  edit: AccessEdit,
  macs: readonly number[],
): readonly number[] {
  switch (edit) {
    case "ls":
      return list;
    case "clear":
      return [];
    case "del":
      return list.filter((mac) => !macs.includes(mac));
    case "set":
      return limited([...new Set(macs)]);
    case "add":
      return limited([...new Set([...list, ...macs])]);
  }
}

function limited(list: readonly number[]): readonly number[] {
  if (list.length <= MASKS_MAX) return list;
  throw new ServiceError(`That would be ${list.length} addresses; ${MASKS_MAX} are the most`, true);
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((mac, index) => mac === other[index]);
}
