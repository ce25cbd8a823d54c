/**
 * SMART as far as clients ask for it (ATA8-ACS, SMART, B0h): a disk that is healthy and keeps no
 * attributes.
 *
 * @module
 */
import { SECTOR_SIZE } from "../wire/ata.ts";
import { checksum } from "./identify.ts";

/** Sub-commands, in the features register. */
export const SmartCommand = {
  READ_DATA: 0xd0,
  EXECUTE_OFFLINE: 0xd4,
  ENABLE: 0xd8,
  DISABLE: 0xd9,
  RETURN_STATUS: 0xda,
} as const;

/** LBA bits 8 to 23 of every SMART command; in the outcome of RETURN STATUS they mean healthy. */
const SIGNATURE = 0xc24f;
/** Revision of the data's layout, its first word. */
const REVISION = 0x0010;

/** Whether the LBA carries SMART's signature. */
export function hasSignature(lba: number): boolean {
  return Math.floor(lba / 0x100) % 0x10000 === SIGNATURE;
}

/** Whether the sub-command is served. */
export function isServed(command: number): boolean {
  switch (command) {
    case SmartCommand.READ_DATA:
    case SmartCommand.EXECUTE_OFFLINE:
    case SmartCommand.ENABLE:
    case SmartCommand.DISABLE:
    case SmartCommand.RETURN_STATUS:
      return true;
    default:
      return false;
  }
}

/** Writes the 512 bytes that come back with a sub-command: SMART data, or zeros. */
export function writeSmart(view: DataView, offset: number, command: number): void {
  new Uint8Array(view.buffer, view.byteOffset + offset, SECTOR_SIZE).fill(0);
  if (command !== SmartCommand.READ_DATA) return;
  view.setUint16(offset, REVISION, true);
  view.setUint8(offset + SECTOR_SIZE - 1, checksum(view, offset));
}
