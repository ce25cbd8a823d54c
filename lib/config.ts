/**
 * What a person asked for, checked as far as that is possible without looking at the system.
 *
 * @module
 */
import type { EngineChoice } from "./engine/open.ts";
import type { LogFormat, LogLevel } from "./log.ts";

/** Most sectors of an export: byte offsets stay exact Numbers. */
export const SECTORS_MAX: number = 2 ** 44;
/** Largest shelf of an export; the one above means all. */
export const SHELF_MAX = 0xfffe;
/** Largest slot of an export; the one above means all. */
export const SLOT_MAX = 0xfe;
/** Fewest requests that a client may be let have under way: Linux does nothing with less. */
export const BUFFERS_MIN = 2;
/** Most of them: the field of the config reply has 16 bits. */
export const BUFFERS_MAX = 0xffff;
/** How many it is where nobody says. */
export const BUFFERS_DEFAULT = 128;
/** Longest look for the next frame, in microseconds. */
export const BUSY_POLL_MAX_US = 10_000;
/** How long it is where nobody says. */
export const BUSY_POLL_DEFAULT_US = 50;

/** Socket by which a service is asked and changed, where nobody says. */
export const CONTROL_SOCKET_DEFAULT = "/run/dblade/control.sock";

/** One export. */
export interface ExportConfig {
  /** Upper half of the address, 0 to 65534. */
  readonly shelf: number;
  /** Lower half of the address, 0 to 254. */
  readonly slot: number;
  /** The file or block device. */
  readonly path: string;
  /**
   * Names of network interfaces, each once, or patterns with `*`, `?` and `[...]`; empty: all
   * Ethernet interfaces that are up.
   */
  readonly interfaces: readonly string[];
  /** First sector of the file to export. */
  readonly offsetSectors: number;
  /** Number of sectors to export; undefined: all behind the first. */
  readonly lengthSectors: number | undefined;
  /** Refuse every write. */
  readonly readOnly: boolean;
  /** Bypass the page cache. */
  readonly direct: boolean;
  /** Make every write durable before its reply. */
  readonly sync: boolean;
  /** How many requests a client may have under way, 2 to 65535. */
  readonly buffers: number;
  /**
   * MACs to serve, which no client can change; undefined: all. An empty list serves nobody.
   */
  readonly accept: readonly number[] | undefined;
  /** MACs never to serve; counts more than `accept`. */
  readonly deny: readonly number[];
  /** Whether advertisements go to all even where `accept` names who is served. */
  readonly broadcast: boolean;
  /** The mask list to start with; empty: none; undefined: what is stored, or none. */
  readonly masks: readonly number[] | undefined;
  /** Serial number, up to 20 ASCII characters; undefined: made of address and host name. */
  readonly serial: string | undefined;
  /** Model, up to 40 ASCII characters; undefined: "dblade". */
  readonly model: string | undefined;
  /** Go on although another process uses the file. */
  readonly shared: boolean;
  /** Go on although another target answers for the same address. */
  readonly force: boolean;
}

/** What is set for one interface. */
export interface InterfaceConfig {
  /** Largest payload of a frame in bytes to use, although the interface may carry more. */
  readonly mtuMax: number | undefined;
  /** Received frames that may wait to be looked at; undefined: 1024. */
  readonly receiveSlots: number | undefined;
}

/** How frames and sectors are moved. */
export interface PathConfig {
  /** Which engine. */
  readonly engine: EngineChoice;
  /** How long to look for the next frame before waiting for it, in microseconds; 0: not at all. */
  readonly busyPollUs: number;
  /** Folder that keeps config string, mask list and reservation; undefined: they end with us. */
  readonly stateFolder: string | undefined;
  /** Interfaces that are not like the others, by name. */
  readonly interfaceSettings: ReadonlyMap<string, InterfaceConfig>;
}

/** How the log looks. */
export interface LogConfig {
  /** Least level of the log. */
  readonly logLevel: LogLevel;
  /** Form of the log. */
  readonly logFormat: LogFormat;
}

/** A service: what its file says. */
export interface ServiceConfig extends PathConfig, LogConfig {
  /** Path of the socket by which it is asked and changed. */
  readonly controlSocket: string;
  /** Over how many threads the exports are spread, 1 to 64. */
  readonly workers: number;
  /** Whom to run as; undefined: as who started it. */
  readonly user: string | undefined;
  /** The exports, in the order of the file. */
  readonly exports: readonly ExportConfig[];
}

/** What `dblade export` serves. */
export interface SingleConfig extends ExportConfig, PathConfig, LogConfig {}
