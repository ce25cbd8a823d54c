/**
 * What an ATA reply says of the command.
 *
 * @module
 */
import { Status } from "../ata/command.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { ATA_HEADER_SIZE, type AtaFrame } from "../wire/ata.ts";
import { FLAG_ERROR } from "../wire/frame.ts";
import { DiskError, RefusedError } from "./target_error.ts";

/** ERR, DF, and bits that stand for a command that is not done: BSY and DRQ (ATA8-ACS, status). */
const STATUS_TROUBLE = 0xa9;

/** Why the command was not carried out; undefined where it was. `size` is the reply's in bytes. */
export function troubleOf(reply: AtaFrame, size: number): RefusedError | DiskError | undefined {
  if ((reply.flags & FLAG_ERROR) !== 0) return new RefusedError(reply.error);
  if (!reply.fits(size)) return new DiskError(Status.ERROR, 0);
  const hasTrouble = (reply.opcode & STATUS_TROUBLE) !== 0;
  return hasTrouble ? new DiskError(reply.opcode, reply.feature) : undefined;
}

/** Whether the reply has that many sectors of data. */
export function hasSectors(size: number, count: number): boolean {
  return size >= ATA_HEADER_SIZE + count * SECTOR_SIZE;
}
