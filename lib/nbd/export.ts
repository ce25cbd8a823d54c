/**
 * What a client is told of the export before it uses it.
 *
 * @module
 */
import { PAYLOAD_SIZE_MAX, TransmissionFlag } from "./constants.ts";
import { type NbdDisk, SECTOR_SIZE } from "./disk.ts";

/** A disk under its name. It also has the empty name, which means whatever there is. */
export interface NbdExport {
  /** Name, such as e0.0. */
  readonly name: string;
  /** A text for people. */
  readonly description: string;
  /** The disk. */
  readonly disk: NbdDisk;
}

/** Whether the export is meant by `name`. */
export function hasName(served: NbdExport, name: string): boolean {
  return name === "" || name === served.name;
}

/** What can be done with the disk; flags that are not set are not to be used. */
export function transmissionFlags(disk: NbdDisk, isStructured: boolean): number {
  const flag = TransmissionFlag;
  // All connections use the disk by one initiator, so that a flush covers what any of them wrote.
  let flags = flag.HAS_FLAGS | flag.CAN_MULTI_CONN;
  if (isStructured) flags |= flag.SEND_DF;
  if (disk.canFlush) flags |= flag.SEND_FLUSH;
  if (disk.readOnly) return flags | flag.READ_ONLY;
  if (disk.canFlush) flags |= flag.SEND_FUA;
  if (disk.canTrim) flags |= flag.SEND_TRIM;
  return flags | flag.SEND_WRITE_ZEROES | flag.SEND_FAST_ZERO;
}

/** Sizes of requests in bytes: the least, the best, the most. */
export function blockSizes(disk: NbdDisk): readonly [number, number, number] {
  return [SECTOR_SIZE, disk.preferredSize, PAYLOAD_SIZE_MAX];
}
