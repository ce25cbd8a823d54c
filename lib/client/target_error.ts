/**
 * What a target can answer instead of doing what it was asked.
 *
 * @module
 */
import { AtaError, Status } from "../ata/command.ts";
import { AoeError } from "../wire/frame.ts";
import { MaskError } from "../wire/mask.ts";

const AOE_ERRORS: Readonly<Record<number, string>> = {
  [AoeError.UNKNOWN_COMMAND]: "the command is not known",
  [AoeError.BAD_ARGUMENT]: "an argument is wrong",
  [AoeError.DEVICE_UNAVAILABLE]: "the device is not available",
  [AoeError.CONFIG_PRESENT]: "a config string is set already",
  [AoeError.UNSUPPORTED_VERSION]: "the protocol version is not supported",
  [AoeError.RESERVED]: "the disk is reserved for others",
};

/** Why a device fault is answered: AoE has no word for what dblade has besides. */
const FAULT = "it refuses writes, because a sync failed or its stored state could not be read";

/** What an error code of AoE means; undefined for one that AoEr11 does not have. */
export function describeAoeError(code: number): string | undefined {
  return AOE_ERRORS[code];
}

/** What the registers of a failed command mean, see {@linkcode Status}. */
export function describeOutcome(status: number, error: number): string {
  if (status === Status.FAULT) return FAULT;
  if (error === AtaError.NOT_FOUND) return "the sector is not on the disk";
  if (error === AtaError.UNCORRECTABLE) return "the data cannot be read";
  return "the command was aborted";
}

/** Why an edit of the mask list stopped, see {@linkcode MaskError}. */
export function describeMaskError(error: number): string {
  return error === MaskError.LIST_FULL ? "the list is full" : "the directive is not known";
}

function placeOf(lba: number | undefined): string {
  return lba === undefined ? "" : ` at sector ${lba}`;
}

/** The target refused a request by the rules of AoE. */
export class RefusedError extends Error {
  /** The class's name, for messages. */
  override readonly name = "RefusedError";
  /** The error code, see {@linkcode AoeError}. */
  readonly code: number;

  /** Makes the error for `code`; `remedy` ends the sentence with what can be done. */
  constructor(code: number, lba?: number, remedy?: string) {
    const why = AOE_ERRORS[code] ?? "for no known reason";
    const end = remedy === undefined ? "" : `; ${remedy}`;
    super(`The target refused${placeOf(lba)}: ${why} (AoE error ${code})${end}`);
    this.code = code;
  }

  /** The same, of the command that began at sector `lba`. */
  at(lba: number): RefusedError {
    return new RefusedError(this.code, lba);
  }
}

/** Only one who holds the disk may say whom it is reserved for; the message is complete. */
export class HeldError extends RefusedError {
  /** Makes the error. */
  constructor(message: string) {
    super(AoeError.RESERVED);
    this.message = message;
  }
}

/** The disk carried a command out and failed, or writes nothing any more. */
export class DiskError extends Error {
  /** The class's name, for messages. */
  override readonly name = "DiskError";
  /** The status register, see {@linkcode Status}. */
  readonly status: number;
  /** The error register, see {@linkcode AtaError}. */
  readonly error: number;

  /** Makes the error for an outcome. */
  constructor(status: number, error: number, lba?: number) {
    const why = describeOutcome(status, error);
    const registers = `status 0x${status.toString(16)}, error 0x${error.toString(16)}`;
    const isFault = status === Status.FAULT;
    const remedy = isFault ? '; "dblade status" at the target, or its log, tells which' : "";
    const what = isFault ? "does not write" : "failed";
    super(`The disk ${what}${placeOf(lba)}: ${why} (${registers})${remedy}`);
    this.status = status;
    this.error = error;
  }

  /** The same, of the command that began at sector `lba`. */
  at(lba: number): DiskError {
    return new DiskError(this.status, this.error, lba);
  }
}

/** Different disks answer for one address; the message is complete. */
export class ClashError extends Error {
  /** The class's name, for messages. */
  override readonly name = "ClashError";
}

/** The target stopped in the middle of a mask edit; what came before stands. */
export class MaskEditError extends Error {
  /** The class's name, for messages. */
  override readonly name = "MaskEditError";
  /** Why, see {@linkcode MaskError} of wire/mask.ts. */
  readonly error: number;
  /** Index of the directive that was not carried out. */
  readonly index: number;

  /** Makes the error for the directive at `index`; `what` tells of it. */
  constructor(error: number, index: number, what?: string) {
    const at = what === undefined ? `directive ${index}` : `${what}, number ${index + 1}`;
    const why = describeMaskError(error);
    super(`The target stopped at ${at} of the mask edit: ${why} (MError ${error})`);
    this.error = error;
    this.index = index;
  }
}
