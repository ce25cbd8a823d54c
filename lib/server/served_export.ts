/**
 * One export while it is served: its file, its state and its target.
 *
 * @module
 */
import { ENOENT } from "../../ffi/errno.ts";
import { fileInfo } from "../../ffi/file_info.ts";
import { hostName } from "../../ffi/host_name.ts";
import type { ExportConfig } from "../config.ts";
import type { Export } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { Traffic } from "../engine/traffic.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { RateLimit } from "../rate_limit.ts";
import { Target } from "../target/target.ts";
import { formatAddress } from "../wire/address.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { formatMac } from "../wire/mac.ts";
import { firmwareVersion, VERSION } from "../version.ts";
import { BackingFile } from "./backing_file.ts";
import { type LoadedState, StateFile, withGiven } from "./state_file.ts";
import { EMPTY_STATE, type StoredState, type UnsureState } from "./state_text.ts";

const MODEL = "dblade";
/** What a client may expect of trimmed sectors. */
const TRIM = { none: "none", hole: "zeros", discard: "undefined" } as const;

/** How an export is opened. */
export interface ServedOptions {
  /** Folder that keeps its state; undefined: none does. */
  readonly stateFolder: string | undefined;
  /** Whether the engine serves files whose direct I/O is coarser than a sector. */
  readonly widens: boolean;
  /** Whether a state that cannot be read leaves it undecided; else it throws. */
  readonly keepsAside: boolean;
  /** What the export leaves whose place it takes: it counts, whatever a folder keeps. */
  readonly carried?: StoredState | undefined;
  /** Whether a sync of the file failed before: writes are refused. */
  readonly isFaulted?: boolean;
}

/** See above. */
export class ServedExport implements Export, Disposable {
  /** Its address, such as `e0.1`. */
  readonly name: string;
  /** See {@linkcode Export}. */
  readonly target: Target;
  /** See {@linkcode Export}. */
  readonly backing: BackingFile;
  /** See {@linkcode Export}. */
  readonly traffic: Traffic = new Traffic();
  /** Where its state is stored; undefined: nowhere. */
  readonly state: StateFile | undefined;
  /** The interfaces that it is on, each with the claim of the address there. */
  readonly claims: Map<ServedPort, Disposable> = new Map();
  #config: ExportConfig;
  readonly #resources: DisposableStack;
  readonly #limit = new RateLimit();
  #isSettled = false;

  private constructor(
    config: ExportConfig,
    parts: { backing: BackingFile; state: StateFile | undefined; target: Target },
    resources: DisposableStack,
  ) {
    this.#config = config;
    this.name = formatAddress(config);
    this.backing = parts.backing;
    this.state = parts.state;
    this.target = parts.target;
    this.#resources = resources;
  }

  /** Opens what it needs; throws where it cannot be served. */
  static open(config: ExportConfig, options: ServedOptions): ServedExport {
    using stack = new DisposableStack();
    const { stateFolder, widens, keepsAside } = options;
    const state = stateFolder === undefined
      ? undefined
      : StateFile.open(stateFolder, config.shelf, config.slot, config.masks);
    const backing = stack.use(BackingFile.open(config, state));
    if (!widens) backing.file.refuseCoarse();
    const loaded = load(state, config, options);
    const target = makeTarget(config, backing, loaded);
    if (options.isFaulted) target.disk.fault();
    if (state !== undefined) state.source = () => target.settings.pending;
    if (state !== undefined && keepsAside) stack.use(state.claim());
    return new ServedExport(config, { backing, state, target }, stack.move());
  }

  /** What is asked for. */
  get config(): ExportConfig {
    return this.#config;
  }

  /** The interfaces that it is on. */
  get ports(): readonly ServedPort[] {
    return [...this.claims.keys()];
  }

  /** The address is free on `port` again. */
  unclaim(port: ServedPort): void {
    this.claims.get(port)?.[Symbol.dispose]();
    this.claims.delete(port);
  }

  /** Whether its path leads to another file by now, or to none. */
  get isStale(): boolean {
    const { path } = this.#config;
    try {
      const action = `Cannot look at "${path}"`;
      return fileInfo(path, action).inode !== fileInfo("", action, this.backing.descriptor).inode;
    } catch (error) {
      if (error instanceof SystemError) return error.errno === ENOENT;
      throw error;
    }
  }

  /** Claims the state for itself, where that was not done when it was opened. */
  claimState(): void {
    if (this.state !== undefined) this.#resources.use(this.state.claim());
  }

  /** Changes what can be changed while it serves. */
  adopt(config: ExportConfig): void {
    const { accept, deny, broadcast } = config;
    const before = this.#config;
    this.#config = config;
    this.target.setAccess({ accept, deny, broadcast });
    if (config.buffers !== before.buffers) this.target.setBufferCount(config.buffers);
  }

  /** Nothing can be refused any more: finds out whether ranges can be given back. */
  settle(): void {
    if (!this.#isSettled) this.target.disk.trim = TRIM[this.backing.file.probeTrim()];
    this.#isSettled = true;
  }

  /** Looks at the lock and at the size of the file; a new size is advertised. */
  look(): boolean {
    this.#lookAtLock();
    try {
      return this.#lookAtSize();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#limit.take() !== undefined) log.error(error.message);
      return false;
    }
  }

  #lookAtLock(): void {
    const { file } = this.backing;
    if (file.isLocked) return;
    file.lockAgain();
    if (file.isLocked) log.info(`The lock of "${file.options.path}" is ours now`);
  }

  /** True: it has another size. */
  #lookAtSize(): boolean {
    const sectors = this.backing.sectors();
    const before = this.target.disk.sectors;
    if (sectors === before) return false;
    const line = `${this.name} has ${sectors} sectors now, ${before} before`;
    if (sectors > before) log.info(line);
    else log.warn(`${line}: reads and writes behind them fail`);
    this.target.resize(sectors);
    return true;
  }

  /** Closes the file and lets state and address go; no request may be under way. */
  [Symbol.dispose](): void {
    for (const claim of this.claims.values()) claim[Symbol.dispose]();
    this.claims.clear();
    this.#resources[Symbol.dispose]();
  }
}

/** What it begins with. */
function load(
  state: StateFile | undefined,
  config: ExportConfig,
  { keepsAside, carried }: ServedOptions,
): LoadedState {
  if (state !== undefined) {
    if (!keepsAside) return { state: state.read(), setAside: undefined };
    const loaded = state.load(carried);
    if (loaded.setAside === undefined) return loaded;
    // What takes its place must not store that as if it had been read.
    const unsure: UnsureState = { ...loaded.state, isUnsure: true };
    return { ...loaded, state: unsure };
  }
  const empty = { ...EMPTY_STATE, masks: config.masks ?? [] };
  const begun = carried === undefined ? empty : withGiven(carried, config.masks);
  return { state: begun, setAside: undefined };
}

function makeTarget(config: ExportConfig, backing: BackingFile, loaded: LoadedState): Target {
  const { physical, alignment } = backing.file.sectors;
  const sectorsPerPhysical = physical / SECTOR_SIZE;
  const firstSector = config.offsetSectors + (physical - alignment) / SECTOR_SIZE;
  const { accept, deny, broadcast } = config;
  return new Target({
    shelf: config.shelf,
    slot: config.slot,
    sectors: backing.sectors(),
    disk: {
      identity: {
        serial: config.serial ?? `${config.shelf}.${config.slot}:${hostName()}`.slice(0, 20),
        firmware: VERSION,
        model: config.model ?? MODEL,
        physicalSize: physical,
        physicalOffset: firstSector % sectorsPerPhysical,
      },
      offset: config.offsetSectors * SECTOR_SIZE,
      readOnly: config.readOnly,
      durable: config.sync,
      alignment: backing.alignment,
    },
    facts: { bufferCount: config.buffers, firmwareVersion: firmwareVersion(VERSION) },
    state: loaded.state,
    undecided: loaded.setAside !== undefined,
    access: { accept, deny, broadcast },
    ports: [],
  });
}

/** The first few, and how many more. */
export function listMacs(macs: readonly number[]): string {
  const shown = macs.slice(0, 4).map(formatMac).join(", ");
  return macs.length > 4 ? `${shown} and ${macs.length - 4} more` : shown;
}
