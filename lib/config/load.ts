/**
 * The file of a service, read through libc: nothing but `--allow-ffi` is needed.
 *
 * @module
 */
import { ENOENT, systemError } from "../../ffi/errno.ts";
import { readSmallFile } from "../../ffi/small_file.ts";
import type { Mistake } from "./mistakes.ts";
import { type BadFile, type GoodFile, readServiceConfig } from "./read.ts";
import { type ConfigSystem, LOCAL_SYSTEM } from "./system.ts";

/** Where the file is, where nobody says. */
export const CONFIG_FILE_DEFAULT = "/etc/dblade.toml";
/** Largest file, in bytes: some 20,000 exports. */
const SIZE_MAX = 4 * 2 ** 20;

/**
 * Reads the file and holds it against this machine. Throws SystemError where it cannot be read;
 * what is wrong in it is returned.
 */
export function loadServiceConfig(
  path: string,
  system: ConfigSystem = LOCAL_SYSTEM,
): GoodFile | BadFile {
  const bytes = readSmallFile(path, SIZE_MAX + 1);
  if (bytes === undefined) {
    throw systemError(
      `Cannot read "${path}"`,
      "open",
      ENOENT,
      `name the configuration file with -c, or write one as in docs/dblade.toml`,
    );
  }
  if (bytes.length > SIZE_MAX) {
    return bad(path, 0, `is larger than ${SIZE_MAX} bytes`, "shorten it");
  }
  const text = new TextDecoder().decode(bytes);
  if (decodes(bytes)) return readServiceConfig(path, text, system);
  const [good = ""] = text.split("\ufffd");
  return bad(path, good.split("\n").length, "is not written in UTF-8", "save it as UTF-8");
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

function bad(file: string, line: number, problem: string, remedy: string): BadFile {
  const mistake: Mistake = { file, line, key: "", problem, remedy };
  return { mistakes: [mistake], warnings: [] };
}
