/**
 * Command 3: read, set or release the reservation (AoEr11, section 3.4).
 *
 * ```
 *  24      25     26
 *  | RCmd  | count| MAC (6) | MAC (6) | ...
 * ```
 *
 * @module
 */
import { Frame } from "./frame.ts";
import { getMac, MAC_SIZE, setMac } from "./mac.ts";

/** Size of the header in bytes; the MACs follow. */
export const RESERVE_HEADER_SIZE = 26;
/** Most entries of a reservation. */
export const RESERVATIONS_MAX = 255;

/** Sub-commands. */
export const ReserveCommand = { READ: 0, SET: 1, FORCE: 2 } as const;

const OFFSET = { COMMAND: 24, COUNT: 25 } as const;

/** A reserve command in the frame of one slot. */
export class ReserveFrame extends Frame {
  /** Whether a frame of `size` bytes holds the whole header. */
  override fits(size: number): boolean {
    return size >= RESERVE_HEADER_SIZE;
  }

  /** Sub-command, see {@linkcode ReserveCommand}. */
  get reserveCommand(): number {
    return this.view.getUint8(OFFSET.COMMAND);
  }
  set reserveCommand(value: number) {
    this.view.setUint8(OFFSET.COMMAND, value);
  }

  /** Number of MACs. */
  get count(): number {
    return this.view.getUint8(OFFSET.COUNT);
  }
  set count(value: number) {
    this.view.setUint8(OFFSET.COUNT, value);
  }

  /** Whether the declared MACs lie within a frame of `size` bytes. */
  macsFit(size: number): boolean {
    return RESERVE_HEADER_SIZE + this.count * MAC_SIZE <= size;
  }

  /** MAC `index` of the list. */
  mac(index: number): number {
    return getMac(this.view, RESERVE_HEADER_SIZE + index * MAC_SIZE);
  }

  /** Writes MAC `index` of the list. */
  setMac(index: number, mac: number): void {
    setMac(this.view, RESERVE_HEADER_SIZE + index * MAC_SIZE, mac);
  }
}
