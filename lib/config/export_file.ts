/**
 * The file of an export: which it is, and whether it can be one.
 *
 * @module
 */
import type { ExportConfig } from "../config.ts";
import { SystemError } from "../error.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import type { KeyReader } from "./key_reader.ts";
import type { Report } from "./mistakes.ts";
import { type ConfigSystem, refusalOf } from "./system.ts";

/** The part of a file that is exported. */
export type Region = Pick<ExportConfig, "offsetSectors" | "lengthSectors">;

/** Which file it is. */
export interface FilePlace {
  /** Its path. */
  readonly path: string;
  /** The key that names it. */
  readonly key: "path" | "uuid" | "id";
}

/** The file that `path`, `uuid` or `id` names. */
export function readPath(reader: KeyReader): FilePlace | undefined {
  const [path, uuid, id] = [reader.path("path"), reader.name("uuid"), reader.name("id")];
  const [first, ...more] = ["path", "uuid", "id"].filter((key) => reader.has(key));
  if (first === undefined) {
    reader.report("path", "is missing", 'write path = "/...", or uuid or id instead');
  }
  for (const key of more) reader.report(key, `is beside ${first}`, "keep one of them");
  if (uuid !== undefined) return { path: `/dev/disk/by-uuid/${uuid}`, key: "uuid" };
  if (id !== undefined) return { path: `/dev/disk/by-id/${id}`, key: "id" };
  return path === undefined ? undefined : { path, key: "path" };
}

/** Reports what is wrong with the file, or with a region that it should have. */
export function checkFile(
  { path, key }: FilePlace,
  region: Region | undefined,
  system: ConfigSystem,
  report: Report,
  warn: Report,
): void {
  const shown = JSON.stringify(path);
  const tell = system.tolerates?.(path) === true ? warn : report;
  try {
    const facts = system.file(path);
    if (facts === undefined && isFileWithSlash(path, system)) {
      report(key, `${shown} ends with "/", and is no folder`, "leave the / at its end out");
    } else if (facts === undefined) {
      const remedy = key === "path"
        ? "make it, or correct the name"
        : `attach it, or correct ${key}`;
      tell(key, `${shown} does not exist`, remedy);
    } else if (facts.kind === "directory") {
      tell(key, `${shown} is a folder`, "name a file or a block device");
    } else if (facts.kind === "other") {
      tell(key, `${shown} is no file and no block device`, "name one");
    } else if (region !== undefined) {
      checkEnd(Math.floor(system.size(path) / SECTOR_SIZE), key, region, tell);
    }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const problem = `${shown} could not be looked at: ${refusalOf(error)}`;
    warn(key, problem, "check as the user who serves it");
  }
}

function isFileWithSlash(path: string, system: ConfigSystem): boolean {
  const bare = path.replace(/\/+$/, "");
  return bare !== path && bare !== "" && system.file(bare) !== undefined;
}

function checkEnd(sectors: number, key: FilePlace["key"], region: Region, report: Report): void {
  const { offsetSectors, lengthSectors = 0 } = region;
  const end = offsetSectors + lengthSectors;
  if (sectors === 0) {
    report(key, "is smaller than a sector of 512 bytes", "make it larger");
  } else if (offsetSectors >= sectors) {
    report("offset", `is behind the end of the file at ${sectors} sectors`, "lower it");
  } else if (end > sectors) {
    const problem = `ends at sector ${end}, and the file at ${sectors}`;
    report("length", problem, `write at most ${sectors - offsetSectors}, or make the file larger`);
  }
}
