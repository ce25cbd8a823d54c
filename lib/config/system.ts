/**
 * What the configuration is held against besides itself: files, folders, interfaces.
 *
 * @module
 */
import { describeErrno, ENOENT, ENOTDIR } from "../../ffi/errno.ts";
import { checkFolder, type FileInfo, fileInfo, type FileKind } from "../../ffi/file_info.ts";
import { interfaceNames } from "../../ffi/interface_names.ts";
import { LocalFile } from "../../ffi/local_file.ts";
import { findUser } from "../../ffi/user.ts";
import { SystemError } from "../error.ts";

/** What a path names. */
export interface FileFacts {
  /** What it is. */
  readonly kind: FileKind;
  /** The same for each path that names the same file or block device. */
  readonly identity: string;
}

/** A machine; the methods throw {@linkcode SystemError} where it does not tell. */
export interface ConfigSystem {
  /** What the path names; undefined: nothing. */
  file(path: string): FileFacts | undefined;
  /** Size of a file or block device in bytes. */
  size(path: string): number;
  /** Throws unless the path names a folder that can be written to. */
  checkFolder(path: string): void;
  /** Names of all network interfaces. */
  interfaces(): readonly string[];
  /**
   * Whether what is wrong with the file at that path is only warned of: it is served, or is to be,
   * and must not keep others from being served. Nothing is where this is not there.
   */
  readonly tolerates?: (path: string) => boolean;
  /** Why nobody can run as this user, for a message; undefined: somebody can. */
  userTrouble(name: string): string | undefined;
}

/** This machine. */
export const LOCAL_SYSTEM: ConfigSystem = {
  file(path) {
    const info = look(path);
    return info === undefined ? undefined : { kind: info.kind, identity: identityOf(info) };
  },
  size(path) {
    const info = look(path);
    if (info !== undefined && info.kind !== "block device") return info.size;
    using file = LocalFile.openToRead(path);
    return file.size();
  },
  checkFolder(path) {
    checkFolder(path, "");
  },
  interfaces: interfaceNames,
  userTrouble(name) {
    const user = findUser(name);
    if (user === undefined) return "there is no such user";
    return user.uid === 0 ? "is root, which gives up nothing" : undefined;
  },
};

/** Why the system refused, for a message: `permission denied (EACCES)`. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof SystemError)) throw error;
  return error.errno === 0 ? error.message : describeErrno(error.errno);
}

function look(path: string): FileInfo | undefined {
  try {
    return fileInfo(path, "");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno === ENOENT || error.errno === ENOTDIR) return undefined;
    throw error;
  }
}

/** See {@linkcode FileFacts}: a device may have several nodes; a file several names. */
export function identityOf({ kind, device, inode }: FileInfo): string {
  return kind === "block device" ? `device ${device}` : `inode ${inode}`;
}
