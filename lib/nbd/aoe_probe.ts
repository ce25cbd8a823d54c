/**
 * What a disk on the wire turns out to do, where its own words are not enough.
 *
 * @module
 */
import { AtaError, Opcode, Status } from "../ata/command.ts";
import type { AtaRequest } from "../wire/requests.ts";
import { DiskError, RefusedError } from "../client/target_error.ts";
import { TimeoutError } from "../error.ts";

/** Sends a command to the disk; throws as Initiator.ata does. */
export type SendAta = (request: AtaRequest) => Promise<unknown>;

/** Sends FLUSH CACHE or FLUSH CACHE EXT. */
export async function sendFlush(send: SendAta, opcode: number): Promise<void> {
  try {
    await send({ opcode });
  } catch (error) {
    // ggaoed leaves the command's code in the status register when all went well.
    if (!(error instanceof DiskError) || error.status !== opcode) throw error;
  }
}

/** The first of `opcodes` that the disk does not abort; undefined where it aborts all. */
export async function chooseFlush(
  send: SendAta,
  opcodes: readonly number[],
): Promise<number | undefined> {
  for (const opcode of opcodes) {
    if (!await isAborted(sendFlush(send, opcode))) return opcode;
  }
  return undefined;
}

/** Whether the disk refuses even to write nothing, as dblade does where it is read-only. */
export async function refusesWrites(send: SendAta): Promise<boolean> {
  return await isAborted(send({ opcode: Opcode.WRITE_EXT, count: 0 }));
}

/** Whether a command ends aborted; what keeps it from being tried now says nothing. */
async function isAborted(command: Promise<unknown>): Promise<boolean> {
  try {
    await command;
  } catch (error) {
    if (error instanceof DiskError) {
      return error.status === Status.ERROR && error.error === AtaError.ABORTED;
    }
    // Reserved for others, or a flush that takes long.
    if (!(error instanceof RefusedError) && !(error instanceof TimeoutError)) throw error;
  }
  return false;
}
