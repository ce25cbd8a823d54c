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

/** What was compared. */
export interface Compared {
  /** Name of the disk. */
  readonly disk: string;
  /** Name of what it was compared with. */
  readonly file: string;
  /** Whether both hold the same, as far as was asked. */
  readonly equal: boolean;
  /** Bytes that were compared. */
  readonly bytes: number;
  /** The first byte of the disk that differs; undefined: none. */
  readonly firstDifference: number | undefined;
  /** How many sectors differ. */
  readonly differingSectors: number;
  /** How long it took. */
  readonly seconds: number;
  /** SHA-256 of what the disk holds there, where it was taken. */
  readonly sha256: string | undefined;
}

/** A line, and what `--json` prints. */
export interface Summary {
  /** With its line feed. */
  readonly line: string;
  /** The object. */
  readonly json: Record<string, unknown>;
}

/** What is told of a copy. */
export function summaryOf(done: Done): Summary {
  const { source, destination, bytes, resumedFrom, seconds, sha256 } = done;
  const bytesPerSecond = rateOf(bytes - resumedFrom, seconds);
  const before = resumedFrom > 0 ? `, ${formatSize(resumedFrom)} of them before` : "";
  return {
    line: `${source} -> ${destination}: ${bytes} bytes (${formatSize(bytes)}${before})` +
      costOf(done, bytesPerSecond),
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

/** What is told of a comparison. */
export function comparisonOf(compared: Compared): Summary {
  const { disk, file, equal, bytes, seconds, sha256 } = compared;
  const bytesPerSecond = rateOf(bytes, seconds);
  const verdict = equal ? "are equal" : "differ";
  return {
    line: `${disk} and ${file} ${verdict}: ${bytes} bytes (${formatSize(bytes)})` +
      (equal ? "" : " compared") + costOf(compared, bytesPerSecond),
    json: {
      disk,
      file,
      equal,
      bytes,
      firstDifference: compared.firstDifference ?? null,
      differingSectors: compared.differingSectors,
      seconds,
      bytesPerSecond,
      sha256: sha256 ?? null,
    },
  };
}

function rateOf(bytes: number, seconds: number): number {
  return Math.round(bytes / Math.max(seconds, 0.001));
}

/** How the line ends. */
function costOf(
  { seconds, sha256 }: { seconds: number; sha256: string | undefined },
  bytesPerSecond: number,
): string {
  const time = seconds < SHORT_S ? `${seconds.toFixed(1)} s` : formatDuration(seconds);
  const sum = sha256 === undefined ? "" : `, SHA-256 ${sha256}`;
  return ` in ${time}, ${formatRate(bytesPerSecond)}${sum}\n`;
}
