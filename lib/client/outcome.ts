/**
 * What an ATA reply says of the command.
 *
 * @module
 */
import { Opcode, Status } from "../ata/command.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { ATA_HEADER_SIZE, type AtaFrame } from "../wire/ata.ts";
import { AoeError, FLAG_ERROR } from "../wire/frame.ts";
import { DiskError, RefusedError } from "./target_error.ts";

/** ERR, DF, and bits that stand for a command that is not done: BSY and DRQ (ATA8-ACS, status). */
const STATUS_TROUBLE = 0xa9;

/**
 * Why the command was not carried out; undefined where it was. Some targets mark a failure of the
 * disk as a refusal, and give no reason but the disk's.
 *
 * @param size the reply's, in bytes
 * @param opcode the command's code, where it may be a FLUSH
 */
export function troubleOf(
  reply: AtaFrame,
  size: number,
  opcode?: number,
): RefusedError | DiskError | undefined {
  const isWhole = reply.fits(size);
  const hasTrouble = isWhole && (reply.opcode & STATUS_TROUBLE) !== 0;
  if ((reply.flags & FLAG_ERROR) !== 0) {
    const isDisks = hasTrouble && reply.error === AoeError.NONE;
    return isDisks ? new DiskError(reply.opcode, reply.feature) : new RefusedError(reply.error);
  }
  if (!isWhole) return new DiskError(Status.ERROR, 0);
  if (!hasTrouble || isFlushLeftAsIs(reply, opcode)) return undefined;
  return new DiskError(reply.opcode, reply.feature);
}

/** A FLUSH that was accepted may come back with its own code where its status belongs. */
function isFlushLeftAsIs(reply: AtaFrame, opcode: number | undefined): boolean {
  const isFlush = opcode === Opcode.FLUSH || opcode === Opcode.FLUSH_EXT;
  return isFlush && reply.opcode === opcode;
}

/** Whether the reply has that many sectors of data. */
export function hasSectors(size: number, count: number): boolean {
  return size >= ATA_HEADER_SIZE + count * SECTOR_SIZE;
}
