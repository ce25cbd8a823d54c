/**
 * How far a copy is, in a small file, so that the same copy can go on after any end.
 *
 * @module
 */
import { tryFileInfo } from "../../ffi/local_file.ts";
import { BESIDE_SUFFIX, readSmallFile, removeFile, replaceFile } from "../../ffi/small_file.ts";
import { SystemError } from "../error.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { Identity } from "./place.ts";

/** What a copy is about: the same copy has the same. Sizes are bytes. */
export interface CopyIdentity {
  /** Where from. */
  readonly source: Identity;
  /** Where to. */
  readonly destination: Identity;
  /** First byte there. */
  readonly sourceOffset: number;
  /** First byte there. */
  readonly destinationOffset: number;
  /** How much. */
  readonly length: number;
}

/** A copy and how far it is. */
export interface CopyRecord extends CopyIdentity {
  /** How many bytes are durable in the destination. */
  readonly done: number;
}

const VERSION = 1;

/** The file that keeps a record. */
export class RecordFile {
  /** Its path. */
  readonly path: string;

  /** Names it; nothing is read or written. */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * How many bytes of `copy` are done; undefined where there is no record. Throws where the record
   * is that of another copy, or what it copied has changed, or where keeping it would overwrite
   * what is copied.
   */
  read(copy: CopyIdentity): number | undefined {
    const beside = this.path + BESIDE_SUFFIX;
    const inode = tryFileInfo(beside)?.inode;
    if (inode !== undefined && [copy.source.inode, copy.destination.inode].includes(inode)) {
      throw this.#refusal(`it would overwrite "${beside}"; give --resume another name`);
    }
    const bytes = readSmallFile(this.path);
    if (bytes === undefined) return undefined;
    const record = parseRecord(new TextDecoder().decode(bytes));
    if (record === undefined) {
      throw this.#refusal("it is no record of a copy; give --resume another name");
    }
    const difference = differenceOf(record, copy);
    if (difference !== undefined) {
      throw this.#refusal(`${difference}; to begin anew, remove the record "${this.path}"`);
    }
    return record.done;
  }

  /** Keeps how far the copy is, durably. */
  write(copy: CopyIdentity, done: number): void {
    const text = JSON.stringify({ version: VERSION, ...copy, done }, undefined, 2) + "\n";
    const at = this.path.lastIndexOf("/");
    const folder = at < 0 ? "." : this.path.slice(0, at) || "/";
    replaceFile(folder, this.path.slice(at + 1), new TextEncoder().encode(text));
  }

  /** Removes it: the copy is complete. */
  remove(): void {
    removeFile(this.path);
  }

  #refusal(why: string): SystemError {
    return new SystemError(`Cannot go on by the record "${this.path}": ${why}`, "resume", 0);
  }
}

/** Reads a record; undefined where the text is none. */
export function parseRecord(text: string): CopyRecord | undefined {
  const value = parseJson(text);
  if (!isFields(value) || value.version !== VERSION) return undefined;
  const { source, destination, sourceOffset, destinationOffset, length, done } = value;
  if (!isIdentity(source) || !isIdentity(destination)) return undefined;
  if (!isSize(sourceOffset) || !isSize(destinationOffset)) return undefined;
  if (!isSize(length) || !isSize(done) || done > length) return undefined;
  // Pieces are whole sectors but for the last one: a disk is written from nowhere else.
  if (done < length && done % SECTOR_SIZE !== 0) return undefined;
  return { source, destination, sourceOffset, destinationOffset, length, done };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIdentity(value: unknown): value is Identity {
  return isFields(value) && Object.values(value).every((field) => typeof field === "string");
}

function isSize(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** What keeps a record from being that of `copy`; undefined where nothing does. */
function differenceOf(record: CopyRecord, copy: CopyIdentity): string | undefined {
  for (const side of ["source", "destination"] as const) {
    const [was, is] = [record[side], copy[side]];
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      if (was[key] === is[key]) continue;
      return `the ${side} is another one, or changed: its ${key} is ${shown(is[key])} and was ` +
        shown(was[key]);
    }
  }
  for (const key of ["sourceOffset", "destinationOffset", "length"] as const) {
    if (record[key] !== copy[key]) return `its ${key} is ${copy[key]} and was ${record[key]}`;
  }
  return undefined;
}

function shown(value: string | undefined): string {
  return value === undefined ? "not known" : JSON.stringify(value);
}
