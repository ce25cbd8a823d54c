/**
 * The one line that ends a transfer, and the same as JSON.
 *
 * @module
 */
import { formatDuration, formatRate, formatSize } from "./text.ts";

/** What was done. */
export interface Done {
  /** Name of where from. */
  readonly source: string;
  /** Name of where to. */
  readonly destination: string;
  /** Bytes in all. */
  readonly bytes: number;
  /** Bytes that were done before. */
  readonly resumedFrom: number;
  /** How long it took. */
  readonly seconds: number;
  /** SHA-256 of all bytes, where it was taken. */
  readonly sha256: string | undefined;
}

/** Below this, tenths of seconds are told. */
const SHORT_S = 60;

/** The line, and what `--json` prints. */
export function summaryOf(done: Done): { line: string; json: Record<string, unknown> } {
  const { source, destination, bytes, resumedFrom, seconds, sha256 } = done;
  const bytesPerSecond = Math.round((bytes - resumedFrom) / Math.max(seconds, 0.001));
  const time = seconds < SHORT_S ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
  const before = resumedFrom > 0 ? `, ${formatSize(resumedFrom)} of them before` : "";
  const sum = sha256 === undefined ? "" : `, SHA-256 ${sha256}`;
  return {
    line:
      `${source} -> ${destination}: ${bytes} bytes (${formatSize(bytes)}${before}) in ${time}, ` +
      `${formatRate(bytesPerSecond)}${sum}\n`,
    json: {
      source,
      destination,
      bytes,
      resumedFrom,
      seconds,
      bytesPerSecond,
      sha256: sha256 ?? null,
    },
  };
}
