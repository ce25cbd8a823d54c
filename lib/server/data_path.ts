/**
 * The data path of many exports: it opens them, serves them on the interfaces that they ask for as
 * those come and go, and lets them go again. It runs where it is called, and waits in the kernel
 * when nobody asks.
 *
 * @module
 */
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import type { ExportConfig, PathConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { formatAddress } from "../wire/address.ts";
import { Alone } from "./alone.ts";
import { Claims } from "./claim.ts";
import { candidates, hasAlias, isWanted } from "./interfaces.ts";
import { PortWatch } from "./port_watch.ts";
import { RateLimit } from "../rate_limit.ts";
import { ServedExport } from "./served_export.ts";
import type { StoredState } from "./state_text.ts";

/** How often interfaces are looked at while one is down, or nothing tells of changes. */
const LOOK_MS = 250;
/**
 * How often it is looked whether an export that leaves has nothing left to do. What its disk ends
 * also ends a wait, so this only bounds what has no event: one that hangs may stay for long.
 */
const LEAVING_MS = 100;
/** How often the size and the lock of files are looked at. */
const SIZE_MS = 2000;
/** Most files at one such look: many exports must cost next to nothing while they are idle. */
const FILES_PER_LOOK = 128;
/** A mask list may have 255 receivers: more than so many between two looks would be a flood. */
const ADVERTISEMENTS_PER_LOOK = 256;
/** How often an address is claimed anew that another target of this host has. */
const CLAIM_MS = 5000;

/** What a data path is made of. */
export interface DataPathOptions {
  /** Becomes the data path's. */
  readonly engine: Engine;
  /** How it is to work. */
  readonly config: PathConfig;
  /**
   * Whether its one export must be served or end: for who asked for it on a command line. Else what
   * cannot be served is told, and waits until it can.
   */
  readonly isStrict: boolean;
}

/** An export to add. */
export interface Addition {
  /** What to serve. */
  readonly config: ExportConfig;
  /** What the export leaves whose place it takes. */
  readonly carried?: StoredState | undefined;
  /** Whether a sync of the file failed before. */
  readonly isFaulted?: boolean;
}

/** What became of additions. */
export interface AddReport {
  /** What is not served, by address, and why. */
  readonly problems: ReadonlyMap<string, string>;
  /** What should be looked at. */
  readonly warnings: readonly string[];
}

/** See above. */
export class DataPath implements Disposable {
  /** What does the work. */
  readonly engine: Engine;
  /** What is served, by address. */
  readonly exports: Map<string, ServedExport> = new Map();
  /** What was removed and has requests that are not done yet. */
  readonly leaving: Map<ServedExport, () => void> = new Map();
  /** Whether an interface changed since the last look. */
  hasLinkChanges = true;
  /** Whether changes of interfaces are told; else they are looked for. */
  hearsLinks = false;
  readonly #config: PathConfig;
  readonly #isStrict: boolean;
  readonly #watch: PortWatch;
  readonly #alone: Alone;
  readonly #claims: Claims;
  /** Interfaces that are named and were not there at the last look. */
  readonly #absent = new Set<string>();
  /** Interfaces that could not be opened when it was tried last, and why. */
  readonly #unopened = new Map<string, string>();
  readonly #limit = new RateLimit();
  /** Whether something failed that the next look at files tries again. */
  #hasFailed = false;
  #lookMs = 0;
  #sizeMs = 0;
  #claimMs = 0;
  /** The next export whose file is looked at. */
  #next = 0;

  /** Nothing is served yet. */
  constructor({ engine, config, isStrict }: DataPathOptions) {
    this.engine = engine;
    this.#config = config;
    this.#isStrict = isStrict;
    this.#claims = new Claims(isStrict);
    this.#watch = new PortWatch(engine, (port) => this.#advertiseOn(port));
    this.#alone = new Alone(engine, isStrict, (served, port) => {
      served.settle();
      this.#advertise(served, () => served.target.advertise(port));
    });
  }

  /**
   * Serves more exports. Returns what cannot be, with the reason; throws that where it is strict.
   */
  add(additions: readonly Addition[]): AddReport {
    const problems = new Map<string, string>();
    const added: ServedExport[] = [];
    for (const addition of additions) {
      try {
        added.push(this.#open(addition));
      } catch (error) {
        if (this.#isStrict || !(error instanceof Error)) throw error;
        problems.set(formatAddress(addition.config), error.message);
      }
    }
    this.#attempt(() => this.#beginOn(added));
    return { problems, warnings: added.flatMap((served) => this.#oddities(served)) };
  }

  /** What who added it should know. */
  #oddities(served: ServedExport): readonly string[] {
    const { name, config, target } = served;
    return [
      ...(target.disk.faulted
        ? [`${name} still refuses writes: a sync of "${config.path}" failed before`]
        : []),
      ...(this.isShutOut(served)
        ? [`${name} is silent: another target answers for that address on each of its interfaces`]
        : this.conflicts(served).map((port) =>
          `${name} is silent on "${port}": another target answers for that address there`
        )),
    ];
  }

  #open({ config, carried, isFaulted = false }: Addition): ServedExport {
    const served = ServedExport.open(config, {
      stateFolder: this.#config.stateFolder,
      widens: this.engine.widens,
      keepsAside: !this.#isStrict,
      carried,
      isFaulted,
    });
    try {
      this.engine.add(served);
    } catch (error) {
      served[Symbol.dispose]();
      throw error;
    }
    this.exports.set(served.name, served);
    return served;
  }

  /** Serves an export no more; the promise is kept once its last request is done. */
  remove(served: ServedExport): Promise<void> {
    for (const port of served.ports) this.engine.detach(served, port);
    this.#alone.forget(served);
    this.#claims.forget(served);
    this.exports.delete(served.name);
    return new Promise((resolve) => {
      this.leaving.set(served, resolve);
      this.#letGo();
    });
  }

  /** Lets those go that have nothing left to do. */
  #letGo(): void {
    for (const [served, resolve] of this.leaving) {
      if (this.engine.unfinished(served) > 0) continue;
      this.leaving.delete(served);
      this.engine.remove(served);
      served[Symbol.dispose]();
      resolve();
    }
  }

  /** An export is to be served in another way that takes no new file. */
  adopt(served: ServedExport, config: ExportConfig): void {
    served.adopt(config);
    this.engine.wake(served);
    this.#attempt(() => this.#beginOn([served]));
  }

  /** Serves the exports on the interfaces that they ask for. */
  #beginOn(exports: readonly ServedExport[]): void {
    // One that has another name by now has its address claimed under the old one.
    if (!this.#isStrict) this.hasLinkChanges ||= this.#closeGone();
    this.#arrange(exports);
    this.#alone.begin();
  }

  /** The system may lack something just now, such as descriptors: that ends nothing. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#isStrict || !(error instanceof SystemError)) throw error;
      this.#hasFailed = true;
      if (this.#limit.take() !== undefined) log.error(`${error.message}; it is tried again`);
    }
  }

  /** Looks at the size of an export's file and advertises it. */
  announce(served: ServedExport): void {
    this.#advertise(served, () => {
      if (!served.look()) served.target.advertiseAll();
    });
  }

  /** Whether another target has the address on all interfaces of the export. */
  isShutOut(served: ServedExport): boolean {
    return this.#alone.isShutOut(served) ||
      (served.claims.size === 0 && this.#claims.refused(served).length > 0);
  }

  /** The interfaces where an export is silent because another target has the address there. */
  conflicts(served: ServedExport): readonly string[] {
    return [...this.#alone.conflicts(served), ...this.#claims.refused(served)];
  }

  /** How long may be waited for frames until there is something else to do, in whole ms. */
  waitMs(nowMs: number): number {
    if (this.leaving.size > 0) return LEAVING_MS;
    // The same each time: a wait in recvfrom(2) is set by a system call.
    if (!this.hearsLinks) return LOOK_MS;
    const nextMs = Math.min(this.#sizeMs, this.#watch.isWaiting() ? this.#lookMs : Infinity);
    return Math.max(1, Math.ceil(nextMs - nowMs));
  }

  /** What is to be done between batches of frames, if its time has come. */
  tend(nowMs: number): void {
    if (this.leaving.size > 0) this.#letGo();
    const looksSoon = !this.hearsLinks || this.#watch.isWaiting();
    const isDue = nowMs >= (looksSoon ? this.#lookMs : this.#sizeMs);
    if (isDue || this.hasLinkChanges || this.#watch.isTroubled()) {
      this.#attempt(() => this.#look(nowMs));
    }
  }

  #look(nowMs: number): void {
    this.#lookMs = nowMs + LOOK_MS;
    const isDue = nowMs >= this.#sizeMs;
    if (isDue) this.#sizeMs = nowMs + SIZE_MS;
    const mayHaveNew = this.hasLinkChanges || !this.hearsLinks || (isDue && this.#hasFailed);
    this.hasLinkChanges = false;
    if (isDue) this.#hasFailed = false;
    const hasGone = this.#closeGone();
    if (!this.#isStrict && (mayHaveNew || hasGone)) {
      this.#attempt(() => this.#arrange([...this.exports.values()]));
    }
    this.#alone.goOn();
    if (!isDue) return;
    const waiting = this.#claims.waiting;
    if (waiting.length > 0 && nowMs >= this.#claimMs) {
      this.#claimMs = nowMs + CLAIM_MS;
      this.#arrange(waiting);
    }
    this.#lookAtFiles();
  }

  #lookAtFiles(): void {
    const all = [...this.exports.values()];
    for (let count = Math.min(all.length, FILES_PER_LOOK); count > 0; count--) {
      if (this.#next >= all.length) this.#next = 0;
      const served = all[this.#next++];
      if (served === undefined) continue;
      served.target.advertisementBudget = ADVERTISEMENTS_PER_LOOK;
      served.look();
      this.engine.wake(served);
    }
  }

  /** Looks at all interfaces; true: the work on some has ended. */
  #closeGone(): boolean {
    const gone = this.#watch.look();
    // A command line named it, and waits for it; else it may come back under another name.
    if (this.#isStrict) {
      for (const port of gone) this.#alone.askAnew(this.exports.values(), port);
      return false;
    }
    for (const port of gone) this.#closePort(port);
    // One that could not be opened anew is tried again; of others an event tells.
    this.#hasFailed ||= gone.length > 0;
    return gone.length > 0;
  }

  /** Ends the work on an interface. */
  #closePort(port: ServedPort): void {
    this.#alone.forget(undefined, port);
    for (const served of this.exports.values()) served.unclaim(port);
    this.engine.closePort(port);
  }

  /** Brings the interfaces that exports are on up to date. */
  #arrange(exports: readonly ServedExport[]): void {
    using query = InterfaceQuery.open();
    for (const served of exports) this.#claims.begin(served);
    for (const name of candidates(exports.map(({ config }) => config.interfaces))) {
      const state = query.ask(name);
      this.#noteAbsence(name, state === undefined);
      if (state === undefined) continue;
      const wanting = exports.filter(({ config }) => isWanted(config.interfaces, name, state));
      // An interface may have several names; of two ports each would take every frame.
      const port = this.engine.ports.find((one) => one.name === name) ??
        this.engine.ports.find((one) => one.index === state.index) ??
        (wanting.length > 0 ? this.#openPort(name) : undefined);
      if (port === undefined) continue;
      for (const served of wanting) if (!served.claims.has(port)) this.#attach(served, port);
    }
    for (const served of exports) this.#leaveUnwanted(served);
  }

  /** An interface that is named need not be there yet, but may be mistyped. */
  #noteAbsence(name: string, isAbsent: boolean): void {
    if (isAbsent) this.#unopened.delete(name);
    if (!isAbsent) {
      this.#absent.delete(name);
    } else if (!this.#absent.has(name)) {
      this.#absent.add(name);
      log.warn(`There is no interface "${name}" yet: waiting until there is`);
    }
  }

  /** After a change of its interfaces: an export leaves those that it names no more. */
  #leaveUnwanted(served: ServedExport): void {
    const { interfaces } = served.config;
    for (const port of served.ports) {
      const state = { index: port.index, kind: port.loopback ? "loopback" : "ethernet" } as const;
      // One that is only down is not left.
      const asUp = { ...state, up: true, mtu: port.mtu, mac: port.mac };
      if (isWanted(interfaces, port.name, asUp) || hasAlias(interfaces, port)) continue;
      this.#alone.forget(served, port);
      this.engine.detach(served, port);
      served.unclaim(port);
    }
  }

  #openPort(name: string): ServedPort | undefined {
    try {
      const port = this.engine.openPort(name, this.#config.interfaceSettings.get(name));
      this.#unopened.delete(name);
      log.info(`Serving on "${name}" from now on`);
      return port;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#unopened.get(name) !== error.message) log.error(error.message);
      this.#unopened.set(name, error.message);
      this.#hasFailed = true;
      return undefined;
    }
  }

  #attach(served: ServedExport, port: ServedPort): void {
    if (!this.#claims.claim(served, port)) return;
    this.#alone.add(served, port);
    this.engine.attach(served, port);
  }

  #advertiseOn(port: ServedPort): void {
    for (const served of this.exports.values()) {
      if (served.claims.has(port)) this.#advertise(served, () => served.target.advertise(port));
    }
  }

  #advertise(served: ServedExport, advertise: () => void): void {
    served.target.advertisementBudget = ADVERTISEMENTS_PER_LOOK;
    advertise();
    this.engine.wake(served);
  }

  /** Ends all at once: what is under way is waited for, what waits is not. */
  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    for (const served of [...this.exports.values(), ...this.leaving.keys()]) {
      served[Symbol.dispose]();
    }
    this.exports.clear();
  }
}
