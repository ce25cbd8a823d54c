/**
 * What has to be done to go from exports that are served to those that are asked for.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { formatAddress } from "../wire/address.ts";

/** See above; each by its address. */
export interface Changes {
  /** To be served in addition. */
  readonly added: readonly ExportConfig[];
  /** To be served no more. */
  readonly removed: readonly string[];
  /** Another file, or another way to it: it takes the place of what is served. */
  readonly replaced: readonly ExportConfig[];
  /** What can be changed while it serves. */
  readonly adopted: readonly ExportConfig[];
  /** How many stay as they are. */
  readonly unchanged: number;
}

/** What can be changed without a new file: whom it serves, where, and how many requests each. */
const ADOPTABLE: ReadonlySet<string> = new Set([
  "interfaces",
  "accept",
  "deny",
  "broadcast",
  "buffers",
  "force",
]);

/** Compares what is served with what is asked for, both by address. */
export function changesBetween(
  present: ReadonlyMap<string, ExportConfig>,
  wanted: ReadonlyMap<string, ExportConfig>,
): Changes {
  const added: ExportConfig[] = [];
  const replaced: ExportConfig[] = [];
  const adopted: ExportConfig[] = [];
  let unchanged = 0;
  for (const [name, config] of wanted) {
    const before = present.get(name);
    const keys = before === undefined ? [] : changedKeys(before, config);
    if (before === undefined) added.push(config);
    else if (keys.length === 0) unchanged++;
    else if (keys.every((key) => ADOPTABLE.has(key))) adopted.push(config);
    else replaced.push(config);
  }
  const removed = [...present.keys()].filter((name) => !wanted.has(name));
  return { added, removed, replaced, adopted, unchanged };
}

/** The keys by which two exports of one address differ. */
function changedKeys(one: ExportConfig, other: ExportConfig): readonly string[] {
  const before = new Map<string, unknown>(Object.entries(one));
  return Object.entries(other)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before.get(key)))
    .map(([key]) => key);
}

/** Exports by their addresses. */
export function byAddress(exports: readonly ExportConfig[]): Map<string, ExportConfig> {
  return new Map(exports.map((config) => [formatAddress(config), config]));
}
