/**
 * Reading a state file, and keeping what cannot be read: it gets another name beside the file,
 * under which it lies until an administrator decides, because a state that is lost may have kept
 * clients from the disk.
 *
 * @module
 */
import { type FileInfo, fileInfo } from "../../ffi/file_info.ts";
import { describeErrno, EACCES, ENOENT } from "../../ffi/errno.ts";
import { fileExists, readSmallFile, renameFile, SMALL_SIZE_MAX } from "../../ffi/small_file.ts";
import { ConfigError, SystemError } from "../error.ts";
import { ownerRemedy } from "./state_lock.ts";
import { parseState, type StoredState } from "./state_text.ts";

/** So much of what cannot be read is told. */
export const TOLD_BYTES_MAX = 4096;
/** Names that are looked for, and given, one after the other. */
const ASIDE_SUFFIXES: readonly string[] = ["", ".1", ".2", ".3"];
const ASIDE = ".unreadable";
const CLEARED = ".cleared";

/** What cannot be read. */
export interface Unreadable {
  /** Where it is. */
  readonly path: string;
  /** What is wrong with it. */
  readonly reason: string;
  /** Its first {@linkcode TOLD_BYTES_MAX} bytes, as text. */
  readonly content: string;
}

/** What became of reading a file. */
export interface Reading {
  /** Its bytes as text; undefined: it is missing, or cannot be read at all. */
  readonly text: string | undefined;
  /** What it says; undefined: nothing is stored, or it makes no sense. */
  readonly stored: StoredState | undefined;
  /** Why it cannot be used. */
  readonly trouble: Unreadable | undefined;
  /** Whether what is there is sure to be of no use, so that it may be put aside. */
  readonly isUseless: boolean;
}

const MISSING: Reading = {
  text: undefined,
  stored: undefined,
  trouble: undefined,
  isUseless: false,
};

/** Reads a state file. Throws nothing: who asks decides what a failure means. */
export function readState(path: string): Reading {
  try {
    return tryRead(path);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return unreachable(path, reasonOf(error, path));
  }
}

function tryRead(path: string): Reading {
  const info = lookAt(path);
  if (info === undefined) return missing(path);
  if (info.kind !== "file") return useless(path, "it is no regular file", undefined);
  const bytes = readSmallFile(path);
  const text = bytes && new TextDecoder().decode(bytes);
  if (info.size > SMALL_SIZE_MAX) {
    return useless(path, `it is larger than ${SMALL_SIZE_MAX / 1024} KiB`, text);
  }
  return text === undefined ? missing(path) : parse(path, text);
}

function lookAt(path: string): FileInfo | undefined {
  try {
    return fileInfo(path, `Cannot read "${path}"`);
  } catch (error) {
    if (error instanceof SystemError && error.errno === ENOENT) return undefined;
    throw error;
  }
}

/** What a link leads to may be on a file system that is not mounted just now. */
function missing(path: string): Reading {
  if (!fileExists(path)) return MISSING;
  return unreachable(path, "it is a symbolic link that leads to nothing");
}

/** Another try may bring it back: it is left where it is. */
function unreachable(path: string, reason: string): Reading {
  return { ...MISSING, trouble: { path, reason, content: "" } };
}

/** Without the path, which is told beside it. */
function reasonOf({ errno, message }: SystemError, path: string): string {
  if (errno === 0) return message;
  const folder = path.slice(0, path.lastIndexOf("/"));
  const remedy = errno === EACCES ? `; ${ownerRemedy(folder)}` : "";
  return describeErrno(errno) + remedy;
}

function parse(path: string, text: string): Reading {
  try {
    return { ...MISSING, text, stored: parseState(text, path) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return useless(path, error.reason, text);
  }
}

function useless(path: string, reason: string, text: string | undefined): Reading {
  const bytes = new TextEncoder().encode(text ?? "").subarray(0, TOLD_BYTES_MAX);
  const content = new TextDecoder().decode(bytes);
  return { ...MISSING, text, trouble: { path, reason, content }, isUseless: true };
}

/** What lies aside for the file `folder`/`name`, the last one put there; undefined: nothing. */
export function findAside(folder: string, name: string): Unreadable | undefined {
  const last = asideNames(folder, name).at(-1);
  if (last === undefined) return undefined;
  const path = `${folder}/${last}`;
  const { trouble } = readState(path);
  const reason = "it can be read by now: give it the name of the state file again, or clear it";
  return trouble ?? { path, reason, content: "" };
}

function asideNames(folder: string, name: string): readonly string[] {
  return ASIDE_SUFFIXES.map((suffix) => name + ASIDE + suffix).filter((one) =>
    fileExists(`${folder}/${one}`)
  );
}

/** Puts `folder`/`name` aside durably, over nothing that lies there. Returns its new path. */
export function putAside(folder: string, name: string): string {
  const all = ASIDE_SUFFIXES.map((suffix) => name + ASIDE + suffix);
  const free = all.find((one) => !fileExists(`${folder}/${one}`));
  if (free === undefined) {
    throw new SystemError(
      `Cannot put "${folder}/${name}" aside: ${all.length} files lie there already; clear the ` +
        "state, or remove one",
      "rename",
      0,
    );
  }
  renameFile(folder, name, free);
  return `${folder}/${free}`;
}

/** Gives all that lies aside for `folder`/`name` names under which it does not count any more. */
export function clearAside(folder: string, name: string): void {
  for (const one of asideNames(folder, name)) {
    renameFile(folder, one, one.replace(name + ASIDE, name + CLEARED));
  }
}
