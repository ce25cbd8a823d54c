/**
 * What a person asked for, checked as far as that is possible without looking at the system.
 *
 * @module
 */
import type { EngineChoice } from "./engine/open.ts";
import type { LogFormat, LogLevel } from "./log.ts";

/** Most sectors of an export: byte offsets stay exact Numbers. */
export const SECTORS_MAX: number = 2 ** 44;

/** One export. */
export interface ExportConfig {
  /** Upper half of the address, 0 to 65534. */
  readonly shelf: number;
  /** Lower half of the address, 0 to 254. */
  readonly slot: number;
  /** Names of the network interfaces, each once. */
  readonly interfaces: readonly string[];
  /** The file or block device. */
  readonly path: string;
  /** How many requests a client may have under way, 2 to 65535. */
  readonly buffers: number;
  /** Bypass the page cache. */
  readonly direct: boolean;
  /** Make every write durable before its reply. */
  readonly sync: boolean;
  /** Refuse every write. */
  readonly readOnly: boolean;
  /** MACs to serve; empty: all; undefined: what the state folder has, or all. */
  readonly masks: readonly number[] | undefined;
  /** First sector of the file to export. */
  readonly offsetSectors: number;
  /** Number of sectors to export; undefined: all behind the first. */
  readonly lengthSectors: number | undefined;
  /** Which engine. */
  readonly engine: EngineChoice;
  /** How long to look for the next frame before waiting for it, in microseconds; 0: not at all. */
  readonly busyPollUs: number;
  /** Folder that keeps config string, mask list and reservation; undefined: they end with us. */
  readonly stateFolder: string | undefined;
  /** Go on although another process uses the file. */
  readonly shared: boolean;
  /** Go on although another target answers for the same address. */
  readonly force: boolean;
  /** Least level of the log. */
  readonly logLevel: LogLevel;
  /** Form of the log. */
  readonly logFormat: LogFormat;
}
