/**
 * What can be asked of a service that runs: the answers are what `--json` shows. All of it is plain
 * data, so that it passes between threads and through the control socket as it is.
 *
 * @module
 */

/** How long replies took, from the frame that asked to the frame that answered, in microseconds. */
export interface LatencyStatus {
  /** How many were measured. */
  readonly count: number;
  /** Half of them took no longer. */
  readonly p50Us: number;
  /** 90 of 100 took no longer. */
  readonly p90Us: number;
  /** 99 of 100 took no longer. */
  readonly p99Us: number;
  /** The longest. */
  readonly maxUs: number;
}

/** One client of an export, since it was first seen. */
export interface InitiatorStatus {
  /** Its address, such as `02:00:5e:10:00:ff`. */
  readonly mac: string;
  /** The interface by which it was heard last. */
  readonly interface: string;
  /** READs. */
  readonly reads: number;
  /** WRITEs. */
  readonly writes: number;
  /** All other requests. */
  readonly others: number;
  /** Bytes sent to it. */
  readonly readBytes: number;
  /** Bytes taken from it. */
  readonly writtenBytes: number;
  /** When it was heard last, seconds ago. */
  readonly lastSeenSecondsAgo: number;
}

/**
 * How an export is:
 *
 * - `serving`
 * - `waiting`: it serves nowhere yet, because no interface of it is up or was asked on.
 * - `conflict`: another target answers for the address on each of its interfaces.
 * - `faulted`: a sync failed, and writes are refused until it is started anew.
 * - `undecided`: the stored state was not readable, and writes are refused until an administrator
 *   decides (`dblade state`).
 * - `leaving`: it was removed, and its last requests end.
 */
export type ExportCondition =
  | "serving"
  | "waiting"
  | "conflict"
  | "faulted"
  | "undecided"
  | "leaving";

/** One export. */
export interface ExportStatus {
  /** Its address, such as `e0.1`. */
  readonly name: string;
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** The file or block device. */
  readonly path: string;
  /** Size in sectors. */
  readonly sectors: number;
  /** How it is. */
  readonly condition: ExportCondition;
  /** Whether writes are refused by its configuration. */
  readonly readOnly: boolean;
  /** Whether a write is durable before its reply. */
  readonly sync: boolean;
  /** How the bytes are reached. */
  readonly way: "memory" | "cache" | "direct";
  /** Whether the file of the service names it; else it was added at run time. */
  readonly isFromFile: boolean;
  /** Which worker serves it, from 1. */
  readonly worker: number;
  /** The interfaces that it is served on. */
  readonly interfaces: readonly string[];
  /** Those where it is silent, because another target answers for the address there. */
  readonly conflicts: readonly string[];
  /** How many requests a client may have under way. */
  readonly buffers: number;
  /** Requests that are not done yet. */
  readonly queueDepth: number;
  /** What was counted since the start, by name: of the target and of the disk. */
  readonly counts: Readonly<Record<string, number>>;
  /** READs. */
  readonly readLatency: LatencyStatus;
  /** WRITEs. */
  readonly writeLatency: LatencyStatus;
  /** The config string, a character a byte. */
  readonly configString: string;
  /** The mask list; empty: all are served. */
  readonly masks: readonly string[];
  /** Whom the disk is reserved for; empty: nobody. */
  readonly reservations: readonly string[];
  /** Whom the configuration lets in; null: all. */
  readonly accept: readonly string[] | null;
  /** Whom the configuration shuts out. */
  readonly deny: readonly string[];
  /** Clients, the last heard first. */
  readonly initiators: readonly InitiatorStatus[];
}

/** An export that cannot be served. */
export interface UnservedStatus {
  /** Its address. */
  readonly name: string;
  /** The file or block device. */
  readonly path: string;
  /** Why not. */
  readonly problem: string;
}

/** One interface. */
export interface InterfaceStatus {
  /** Its name. */
  readonly name: string;
  /** Which worker works on it, from 1. */
  readonly worker: number;
  /** Its own address. */
  readonly mac: string;
  /** Largest payload of a frame in bytes, as far as it is used. */
  readonly mtu: number;
  /** Sectors that fit a frame. */
  readonly sectorCount: number;
  /** Whether frames can pass. */
  readonly up: boolean;
  /** What was counted since the start, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A service as it stands. */
export interface ServiceStatus {
  /** Version of dblade. */
  readonly version: string;
  /** Process id. */
  readonly pid: number;
  /** How long it has run, in seconds. */
  readonly uptimeSeconds: number;
  /** The clock of the counters, in ms from any point: rates come from two answers. */
  readonly nowMs: number;
  /** Its file. */
  readonly configFile: string;
  /** How many workers there are. */
  readonly workers: number;
  /** The engine that they run, such as `ring`. */
  readonly engine: string;
  /** By shelf and slot. */
  readonly exports: readonly ExportStatus[];
  /** Those that should be served and cannot be; the next reload tries again. */
  readonly unserved: readonly UnservedStatus[];
  /** By name. */
  readonly interfaces: readonly InterfaceStatus[];
}

/** What a change of the set of exports came to, each by its address. */
export interface ChangeReport {
  /** Served from now on. */
  readonly added: readonly string[];
  /** Served no more. */
  readonly removed: readonly string[];
  /** Served in another way. */
  readonly changed: readonly string[];
  /** Not touched. */
  readonly unchanged: number;
  /** What did not come to pass, and why: keys that take a restart, files that do not open. */
  readonly problems: readonly string[];
  /** What came to pass, but should be looked at. */
  readonly warnings: readonly string[];
}

/** The stored state of an export. */
export interface StateReport {
  /** Its address. */
  readonly name: string;
  /** The state's file; null: state is not kept. */
  readonly path: string | null;
  /** The config string, a character a byte. */
  readonly configString: string;
  /** The mask list. */
  readonly masks: readonly string[];
  /** Whom the disk is reserved for. */
  readonly reservations: readonly string[];
  /** What could not be read and waits for a decision; null: nothing. */
  readonly setAside: {
    /** Where it is. */
    readonly path: string;
    /** What is wrong with it. */
    readonly reason: string;
    /** Its first 4096 bytes. */
    readonly content: string;
  } | null;
}

/** The two lists that clients and administrators can change. */
export type AccessList = "mask" | "reserve";
/** What is done with one; `set` puts the given list in its place. */
export type AccessEdit = "ls" | "add" | "del" | "clear" | "set";

/** The keys of an `[[export]]` table as they stand in the file, such as `read-only`. */
export type ExportKeys = Readonly<Record<string, unknown>>;

/**
 * A service that runs. Every method throws {@linkcode ServiceError} with what to tell the person
 * who asked; an export is named by its address, such as `e0.1`.
 */
export interface Service {
  /** How it stands. */
  status(): Promise<ServiceStatus>;
  /** Reads its file again; a file with mistakes changes nothing. */
  reload(): Promise<ChangeReport>;
  /** Serves one more export, until it is removed or the service ends. */
  add(keys: ExportKeys): Promise<ChangeReport>;
  /** Serves an export no more, once its requests are done. */
  remove(name: string): Promise<ChangeReport>;
  /** Changes keys of an export. */
  set(name: string, keys: ExportKeys): Promise<ChangeReport>;
  /** Looks at the size again and advertises, one export or all; returns how many. */
  announce(name: string | undefined): Promise<number>;
  /** Reads or edits a list; returns it as it is then. */
  access(
    name: string,
    list: AccessList,
    edit: AccessEdit,
    macs: readonly string[],
  ): Promise<readonly string[]>;
  /** What is stored. */
  showState(name: string): Promise<StateReport>;
  /** Begins with no state, and allows writes. */
  clearState(name: string): Promise<StateReport>;
}

/** What a service says to a request that it cannot fulfil. */
export class ServiceError extends Error {
  /** The class's name, for messages. */
  override readonly name = "ServiceError";
  /** Whether what was asked for makes no sense, rather than having failed. */
  readonly isUsage: boolean;

  /** An error with what to tell who asked. */
  constructor(message: string, isUsage = false) {
    super(message);
    this.isUsage = isUsage;
  }
}
