/**
 * Which FLUSH a disk on the wire carries out, where its own words are not enough.
 *
 * @module
 */
import { DiskError } from "../client/target_error.ts";
import { isAborted, type SendAta } from "../client/write_probe.ts";

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
