/**
 * Reading and changing the two lists of MACs that a target keeps: whom it answers (mask list), and
 * whom the disk is reserved for.
 *
 * @module
 */
import { TimeoutError } from "../error.ts";
import { AoeError, ETHER_HEADER_SIZE } from "../wire/frame.ts";
import { formatMac, MAC_SIZE } from "../wire/mac.ts";
import { Directive, DIRECTIVE_SIZE, MASK_HEADER_SIZE, MASKS_MAX } from "../wire/mask.ts";
import type { MaskDirective } from "../wire/requests.ts";
import { RESERVATIONS_MAX, RESERVE_HEADER_SIZE } from "../wire/reserve.ts";
import type { Path } from "./lan.ts";
import { MaskEditError, RefusedError } from "./target_error.ts";

/** The MACs that the target answers; none: it answers all. */
export function readMaskList(path: Path): Promise<readonly number[]> {
  return explained("mask list", maskFit(path), path.initiator.mask(path.device));
}

/** The MACs that the disk is reserved for; none: it is not. */
export function readReserveList(path: Path): Promise<readonly number[]> {
  return explained("reservation", reserveFit(path), path.initiator.reserve(path.device));
}

/**
 * Edits the mask list, in as many frames as it takes; returns the list. What came before an error
 * stands, and the error names the directive.
 */
export async function editMaskList(
  path: Path,
  directives: readonly MaskDirective[],
): Promise<readonly number[]> {
  const most = maskFit(path);
  let list: readonly number[] = [];
  for (let start = 0; start < directives.length; start += most) {
    const some = directives.slice(start, start + most);
    try {
      list = await path.initiator.mask(path.device, some);
    } catch (error) {
      throw editTrouble(error, directives, start, most);
    }
  }
  return list;
}

/** Sets the reservation; returns the list. `force` takes it from others. */
export async function setReserveList(
  path: Path,
  macs: readonly number[],
  force: boolean,
): Promise<readonly number[]> {
  try {
    return await path.initiator.reserve(path.device, macs, force);
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== AoeError.RESERVED) throw error;
    const holders = (await readReserveList(path)).map(formatMac).join(", ");
    throw new RefusedError(
      AoeError.RESERVED,
      undefined,
      `it is reserved for ${holders}; --force takes it from them`,
    );
  }
}

/** How many directives a frame carries by this path. */
export function maskFit({ initiator: { link } }: Path): number {
  const room = link.mtu + ETHER_HEADER_SIZE - MASK_HEADER_SIZE;
  return Math.max(1, Math.min(MASKS_MAX, Math.floor(room / DIRECTIVE_SIZE)));
}

/** How many MACs of a reservation a frame carries by this path. */
export function reserveFit({ initiator: { link } }: Path): number {
  const room = link.mtu + ETHER_HEADER_SIZE - RESERVE_HEADER_SIZE;
  return Math.max(1, Math.min(RESERVATIONS_MAX, Math.floor(room / MAC_SIZE)));
}

/** The directives that add `macs`; the own ones first: the next frame would be ignored. */
export function additions(macs: readonly number[], own: readonly number[]): MaskDirective[] {
  return ownFirst(macs, own).map((mac) => ({ directive: Directive.ADD, mac }));
}

/** The directives that delete `macs`; the own ones last. */
export function deletions(macs: readonly number[], own: readonly number[]): MaskDirective[] {
  return ownFirst(macs, own).reverse().map((mac) => ({ directive: Directive.DELETE, mac }));
}

function ownFirst(macs: readonly number[], own: readonly number[]): number[] {
  return macs.toSorted((one, other) => Number(own.includes(other)) - Number(own.includes(one)));
}

/** Says what it means that a target does not answer for a list, or refuses to. */
async function explained<T>(what: string, most: number, question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof TimeoutError) {
      throw new TimeoutError(
        `The target answers, but not when it is asked for its ${what}: it seems to have none, ` +
          "as qaoed and kvblade",
      );
    }
    if (!(error instanceof RefusedError)) throw error;
    if (error.code === AoeError.UNKNOWN_COMMAND) {
      throw new RefusedError(error.code, undefined, `this target has no ${what}`);
    }
    if (error.code !== AoeError.BAD_ARGUMENT) throw error;
    throw new RefusedError(
      error.code,
      undefined,
      `its ${what} seems to be longer than the ${most} MACs that a frame carries here; ` +
        "raise the MTU at both ends",
    );
  }
}

function editTrouble(
  error: unknown,
  directives: readonly MaskDirective[],
  start: number,
  most: number,
): unknown {
  if (error instanceof MaskEditError) {
    const index = start + error.index;
    const { directive, mac } = directives[index] ?? { directive: Directive.NOP, mac: 0 };
    const what = `${directive === Directive.ADD ? "adding" : "deleting"} ${formatMac(mac)}`;
    return new MaskEditError(error.error, index, what);
  }
  const done = start === 0
    ? "nothing was changed"
    : `the first ${start} of ${directives.length} changes are done`;
  if (error instanceof RefusedError && error.code === AoeError.BAD_ARGUMENT) {
    return new RefusedError(
      error.code,
      undefined,
      `a frame carries a list of at most ${most} MACs here; ${done}`,
    );
  }
  if (!(error instanceof TimeoutError)) return error;
  return new TimeoutError(
    "The target does not acknowledge the change of its mask list: it may have done it and shut " +
      `this host out, or be unable to store it; before that ${done}`,
  );
}
