/**
 * Command 2: the list of MACs that are served (AoEr11, section 3.3). An empty list serves all.
 *
 * @module
 */
import {
  Directive,
  DIRECTIVE_SIZE,
  MASK_HEADER_SIZE,
  MaskError,
  type MaskFrame,
  MASKS_MAX,
} from "../wire/mask.ts";

/** What an edit does to the list, and what its reply says. */
export interface MaskEdit {
  /** The list afterwards. */
  readonly list: readonly number[];
  /** Why it stopped, see {@linkcode MaskError}. */
  readonly error: number;
  /** How many directives were carried out. */
  readonly done: number;
}

/** Carries the frame's directives out on a copy of `list`, in order, up to the first bad one. */
export function editMasks(frame: MaskFrame, list: readonly number[]): MaskEdit {
  const edited = [...list];
  for (let index = 0; index < frame.count; index++) {
    const error = applyDirective(edited, frame.directive(index), frame.mac(index));
    if (error !== MaskError.NONE) return { list: edited, error, done: index };
  }
  return { list: edited, error: MaskError.NONE, done: frame.count };
}

function applyDirective(list: number[], directive: number, mac: number): number {
  const at = list.indexOf(mac);
  switch (directive) {
    case Directive.NOP:
      return MaskError.NONE;
    case Directive.ADD:
      if (at >= 0) return MaskError.NONE;
      if (list.length >= MASKS_MAX) return MaskError.LIST_FULL;
      list.push(mac);
      return MaskError.NONE;
    case Directive.DELETE:
      if (at >= 0) list.splice(at, 1);
      return MaskError.NONE;
    default:
      return MaskError.BAD_DIRECTIVE;
  }
}

/** Size in bytes of a reply that carries `count` entries. */
export function maskReplySize(count: number): number {
  return MASK_HEADER_SIZE + count * DIRECTIVE_SIZE;
}

/** Writes the list as the body of a reply. */
export function writeMasks(frame: MaskFrame, list: readonly number[]): void {
  frame.maskError = MaskError.NONE;
  frame.count = list.length;
  list.forEach((mac, index) => frame.setDirective(index, Directive.NOP, mac));
}

/** Writes the reply to an edit that stopped: the directives that were carried out stay in it. */
export function writeStoppedEdit(frame: MaskFrame, edit: MaskEdit): void {
  frame.maskError = edit.error;
  frame.count = edit.done;
  for (let index = 0; index < edit.done; index++) {
    frame.setDirective(index, frame.directive(index), frame.mac(index));
  }
}
