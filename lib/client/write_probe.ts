/**
 * Whether a disk on the wire can be written to, where that can be known before anything is.
 *
 * @module
 */
import { AtaError, Opcode, Status } from "../ata/command.ts";
import { TimeoutError } from "../error.ts";
import type { AtaRequest } from "../wire/requests.ts";
import { DiskError, RefusedError } from "./target_error.ts";

/** Sends a command to the disk; throws as Initiator.ata does. */
export type SendAta = (request: AtaRequest) => Promise<unknown>;

/** The model of dblade's disks. Others may take a write of nothing for one of 65536 sectors. */
const OWN_MODEL = "dblade";

/** Whether the disk is known to be exported read-only. */
export async function isReadOnly(
  send: SendAta,
  { model }: { readonly model: string },
): Promise<boolean> {
  return model === OWN_MODEL && await refusesWrites(send);
}

/** Throws DiskError where the disk is known to be exported read-only. */
export async function requireWritable(
  name: string,
  send: SendAta,
  identification: { readonly model: string },
): Promise<void> {
  if (!await isReadOnly(send, identification)) return;
  const error = new DiskError(Status.ERROR, AtaError.ABORTED);
  error.message = `${name} is exported read-only`;
  throw error;
}

/** Whether the disk refuses even to write nothing, as dblade does where it is read-only. */
export async function refusesWrites(send: SendAta): Promise<boolean> {
  return await isAborted(send({ opcode: Opcode.WRITE_EXT, count: 0 }));
}

/** Whether a command ends aborted; what keeps it from being tried now says nothing. */
export async function isAborted(command: Promise<unknown>): Promise<boolean> {
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
