/**
 * Which FLUSH a disk on the wire carries out, where its own words are not enough.
 *
 * @module
 */
import { isAborted, type SendAta } from "../client/write_probe.ts";

/** The first of `opcodes` that the disk does not abort; undefined where it aborts all. */
export async function chooseFlush(
  send: SendAta,
  opcodes: readonly number[],
): Promise<number | undefined> {
  for (const opcode of opcodes) {
    if (!await isAborted(send({ opcode }))) return opcode;
  }
  return undefined;
}
