/**
 * Command 2: read or edit the MAC mask list (AoEr11, section 3.3).
 *
 * ```
 *  24        25      26      27     28
 *  | reserved| MCmd  | MError| count| directives: | reserved| DCmd| MAC (6) | ...
 * ```
 *
 * @module
 */
import { Frame } from "./frame.ts";
import { getMac, setMac } from "./mac.ts";

/** Size of the header in bytes; the directives follow. */
export const MASK_HEADER_SIZE = 28;
/** Size of one directive in bytes. */
export const DIRECTIVE_SIZE = 8;
/** Most entries of a mask list. */
export const MASKS_MAX = 255;

/** Sub-commands. */
export const MaskCommand = { READ: 0, EDIT: 1 } as const;
/** What a directive does. */
export const Directive = { NOP: 0, ADD: 1, DELETE: 2 } as const;
/** Why an edit stopped. */
export const MaskError = { NONE: 0, UNSPECIFIED: 1, BAD_DIRECTIVE: 2, LIST_FULL: 3 } as const;

const OFFSET = { RESERVED: 24, COMMAND: 25, ERROR: 26, COUNT: 27 } as const;

/** A mask command in the frame of one slot. */
export class MaskFrame extends Frame {
  /** Whether a frame of `size` bytes holds the whole header. */
  override fits(size: number): boolean {
    return size >= MASK_HEADER_SIZE;
  }

  /** Sub-command, see {@linkcode MaskCommand}. */
  get maskCommand(): number {
    return this.view.getUint8(OFFSET.COMMAND);
  }
  set maskCommand(value: number) {
    this.view.setUint8(OFFSET.COMMAND, value);
  }

  /** Why an edit stopped, see {@linkcode MaskError}. */
  get maskError(): number {
    return this.view.getUint8(OFFSET.ERROR);
  }
  set maskError(value: number) {
    this.view.setUint8(OFFSET.RESERVED, 0);
    this.view.setUint8(OFFSET.ERROR, value);
  }

  /** Number of directives; in the reply to a stopped edit the index of the one that stopped it. */
  get count(): number {
    return this.view.getUint8(OFFSET.COUNT);
  }
  set count(value: number) {
    this.view.setUint8(OFFSET.COUNT, value);
  }

  /** Whether the declared directives lie within a frame of `size` bytes. */
  directivesFit(size: number): boolean {
    return MASK_HEADER_SIZE + this.count * DIRECTIVE_SIZE <= size;
  }

  /** What directive `index` does, see {@linkcode Directive}. */
  directive(index: number): number {
    return this.view.getUint8(MASK_HEADER_SIZE + index * DIRECTIVE_SIZE + 1);
  }

  /** The MAC of directive `index`. */
  mac(index: number): number {
    return getMac(this.view, MASK_HEADER_SIZE + index * DIRECTIVE_SIZE + 2);
  }

  /** Writes directive `index`. */
  setDirective(index: number, directive: number, mac: number): void {
    const offset = MASK_HEADER_SIZE + index * DIRECTIVE_SIZE;
    this.view.setUint8(offset, 0);
    this.view.setUint8(offset + 1, directive);
    setMac(this.view, offset + 2, mac);
  }
}
