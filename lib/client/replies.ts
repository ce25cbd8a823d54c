/**
 * What the replies of targets say, whichever target they come from: some are shorter than the
 * specification has them, some leave fields as they were in the request.
 *
 * @module
 */
import { ATA_HEADER_SIZE, AtaFrame } from "../wire/ata.ts";
import { CONFIG_HEADER_SIZE, ConfigFrame } from "../wire/config.ts";
import { AoeError, FLAG_ERROR, Frame } from "../wire/frame.ts";
import { MaskFrame } from "../wire/mask.ts";
import { ReserveFrame } from "../wire/reserve.ts";
import { troubleOf } from "./outcome.ts";
import { MaskEditError, RefusedError } from "./target_error.ts";

/** A target that answered on an interface. */
export interface Device {
  /** Upper half of its address. */
  readonly shelf: number;
  /** Lower half of its address. */
  readonly slot: number;
  /** Its MAC. */
  readonly mac: number;
  /** How many requests it takes at a time. */
  readonly bufferCount: number;
  /** Its firmware version. */
  readonly firmware: number;
  /** How many sectors it takes in a frame. */
  readonly sectorCount: number;
  /** Its config string. */
  readonly config: Uint8Array<ArrayBuffer>;
}

/** What a sector count of 0 means: some targets have never sent another. */
const SECTORS_UNTOLD = 2;

/**
 * The target that a reply to a config query, or an advertisement, tells of; undefined where it is
 * cut. Neither the version nor the sub-command counts: some targets send 0 for either.
 */
export function readDevice(reply: Uint8Array<ArrayBuffer>): Device | undefined {
  const frame = new ConfigFrame(viewOf(reply));
  if (!frame.fits(reply.length) || !frame.stringFits(reply.length)) return undefined;
  return {
    shelf: frame.shelf,
    slot: frame.slot,
    mac: frame.source,
    bufferCount: frame.bufferCount,
    firmware: frame.firmware,
    sectorCount: frame.sectorCount === 0 ? SECTORS_UNTOLD : frame.sectorCount,
    config: reply.slice(CONFIG_HEADER_SIZE, CONFIG_HEADER_SIZE + frame.stringSize),
  };
}

/** The string that a reply to a config command carries, which may be none; or throws. */
export function readConfig(reply: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  refuseError(reply);
  return readDevice(reply)?.config ?? new Uint8Array(0);
}

/** The data that the reply to the ATA command `opcode` carries, a whole frame's; or throws. */
export function readAta(
  reply: Uint8Array<ArrayBuffer>,
  opcode: number,
): Uint8Array<ArrayBuffer> {
  const trouble = troubleOf(new AtaFrame(viewOf(reply)), reply.length, opcode);
  if (trouble !== undefined) throw trouble;
  return reply.slice(ATA_HEADER_SIZE);
}

/** The mask list in a reply to command 2; or throws. */
export function readMasks(reply: Uint8Array): readonly number[] {
  refuseError(reply);
  const frame = new MaskFrame(viewOf(reply));
  if (!frame.fits(reply.length)) throw new RefusedError(AoeError.NONE);
  // The count is an index then, and not every target sends the directives back.
  if (frame.maskError !== 0) throw new MaskEditError(frame.maskError, frame.count);
  if (!frame.directivesFit(reply.length)) throw new RefusedError(AoeError.NONE);
  return Array.from({ length: frame.count }, (_, index) => frame.mac(index));
}

/** The reservation in a reply to command 3; or throws. */
export function readReservation(reply: Uint8Array): readonly number[] {
  refuseError(reply);
  const frame = new ReserveFrame(viewOf(reply));
  if (!frame.fits(reply.length) || !frame.macsFit(reply.length)) {
    throw new RefusedError(AoeError.NONE);
  }
  return Array.from({ length: frame.count }, (_, index) => frame.mac(index));
}

/** Throws {@linkcode RefusedError} where the reply is a refusal. */
export function refuseError(reply: Uint8Array): void {
  const frame = new Frame(viewOf(reply));
  if ((frame.flags & FLAG_ERROR) !== 0) throw new RefusedError(frame.error);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
