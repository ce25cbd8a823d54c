/**
 * All of an export but its address and file: what `[defaults]` may say, and the region.
 *
 * @module
 */
import { BUFFERS_DEFAULT, type ExportConfig } from "../config.ts";
import { MASKS_MAX } from "../wire/mask.ts";
import { readInterfaces } from "./interface_names.ts";
import type { KeyReader } from "./key_reader.ts";
import { type Acls, readAccept, readDeny, readMask } from "./stations.ts";

/** Everything of an export but address and file. */
export type ExportSettings = Omit<ExportConfig, "shelf" | "slot" | "path">;

/** Reads them; what is not there has its usual value. */
export function readSettings(reader: KeyReader, acls: Acls): ExportSettings {
  return {
    interfaces: readInterfaces(reader),
    offsetSectors: reader.sectors("offset") ?? 0,
    lengthSectors: reader.sectors("length"),
    readOnly: reader.switch("read-only") ?? false,
    direct: reader.switch("direct") ?? false,
    sync: reader.switch("sync") ?? false,
    buffers: reader.integer("buffers") ?? BUFFERS_DEFAULT,
    accept: readAccept(reader, acls),
    deny: readDeny(reader, acls),
    broadcast: reader.switch("broadcast") ?? false,
    masks: readMask(reader, MASKS_MAX),
    serial: reader.text("serial"),
    model: reader.text("model"),
    shared: reader.switch("shared") ?? false,
    force: reader.switch("force") ?? false,
  };
}
