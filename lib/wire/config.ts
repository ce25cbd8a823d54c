/**
 * Command 1: query or set the config string, and find out about the target (AoEr11, section 3.2).
 *
 * ```
 *  24            26        28            29             30             32
 *  | buffer count| firmware| sector count| ver|ccmd     | string length| string ...
 * ```
 *
 * @module
 */
import { Frame, VERSION } from "./frame.ts";

/** Size of the header in bytes; the string follows. */
export const CONFIG_HEADER_SIZE = 32;
/** Longest config string in bytes. */
export const CONFIG_BYTES_MAX = 1024;

/** Sub-commands. */
export const ConfigCommand = { READ: 0, TEST: 1, PREFIX: 2, SET: 3, FORCE: 4 } as const;

const OFFSET = { BUFFERS: 24, FIRMWARE: 26, SECTORS: 28, COMMAND: 29, LENGTH: 30 } as const;

/** A config command in the frame of one slot. */
export class ConfigFrame extends Frame {
  /** Whether a frame of `size` bytes holds the whole header. */
  override fits(size: number): boolean {
    return size >= CONFIG_HEADER_SIZE;
  }

  /** How many requests the target takes at a time. */
  get bufferCount(): number {
    return this.view.getUint16(OFFSET.BUFFERS);
  }
  set bufferCount(value: number) {
    this.view.setUint16(OFFSET.BUFFERS, value);
  }

  /** The target's firmware version. */
  get firmware(): number {
    return this.view.getUint16(OFFSET.FIRMWARE);
  }
  set firmware(value: number) {
    this.view.setUint16(OFFSET.FIRMWARE, value);
  }

  /** How many sectors a frame may carry; 0 means 2. */
  get sectorCount(): number {
    return this.view.getUint8(OFFSET.SECTORS);
  }
  set sectorCount(value: number) {
    this.view.setUint8(OFFSET.SECTORS, value);
  }

  /** Sub-command, see {@linkcode ConfigCommand}. */
  get configCommand(): number {
    return this.view.getUint8(OFFSET.COMMAND) & 0x0f;
  }
  /** Set together with the protocol version, which shares its byte. */
  set configCommand(value: number) {
    this.view.setUint8(OFFSET.COMMAND, (VERSION << 4) | value);
  }

  /** Size of the string in bytes, as declared. */
  get stringSize(): number {
    return this.view.getUint16(OFFSET.LENGTH);
  }
  set stringSize(value: number) {
    this.view.setUint16(OFFSET.LENGTH, value);
  }

  /** Whether the declared string is allowed and lies within a frame of `size` bytes. */
  stringFits(size: number): boolean {
    return this.stringSize <= CONFIG_BYTES_MAX && CONFIG_HEADER_SIZE + this.stringSize <= size;
  }

  /** Byte `index` of the string. */
  stringByte(index: number): number {
    return this.view.getUint8(CONFIG_HEADER_SIZE + index);
  }

  /** Writes the string and its size. */
  setString(bytes: Uint8Array): void {
    this.stringSize = bytes.length;
    this.bytes.set(bytes, CONFIG_HEADER_SIZE);
  }
}
