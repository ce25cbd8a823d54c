/**
 * The form of the script that goes to vblade and to dblade: groups of frames, each group to a
 * target that was just started on an image that was just made.
 *
 * @module
 */
import { ataFrame, type HeaderFields, sectorsOf } from "../frames.ts";
import type { ExceptionName } from "./exceptions.ts";

/** Sectors that an excepted frame leaves different: only one of both targets writes them. */
export interface Scar {
  /** The one that writes. */
  readonly by: "vblade" | "dblade";
  readonly lba: number;
  readonly count: number;
}

/** One frame. */
export interface Step {
  /** What it tries, unlike any other in its group. */
  readonly name: string;
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Exceptions that must show in its answers; those that are general need no mention. */
  readonly shows: readonly ExceptionName[];
  readonly scar?: Scar;
}

/** Frames that follow one another. */
export interface Group {
  readonly name: string;
  /** Options of the command line. */
  readonly options?: readonly string[];
  /** MTU of the target's interface; the initiator's is larger. */
  readonly mtu?: number;
  /** Size of the image in sectors. */
  readonly sectors?: number;
  /** Whether the config string changes, which dblade advertises. */
  readonly advertises?: boolean;
  readonly steps: readonly Step[];
}

/**
 * Who asks the questions between the frames of the script, by whose answers silence is told: a mask
 * list of the script must always have it.
 */
export const KEEPER_MAC = 0x02_00_00_00_00_77;
/** Size of an image in sectors where a group names no other. */
export const SECTORS = 2048;

/** A frame and the exceptions that show in its answers. */
export function step(
  name: string,
  frame: Uint8Array<ArrayBuffer>,
  ...shows: readonly ExceptionName[]
): Step {
  return { name, frame, shows };
}

/** A write that only one of both targets carries out. */
export function scarring(wound: Step, by: Scar["by"], lba: number, count = 1): Step {
  return { ...wound, scar: { by, lba, count } };
}

/** A READ of one sector, which shows who is served. */
export function readSector(header: HeaderFields = {}): Uint8Array<ArrayBuffer> {
  return ataFrame({ ...header, opcode: 0x24, aflags: 0x40, lba: 5, count: 1 });
}

/** A WRITE of one sector. */
export function writeSector(
  lba: number,
  seed: number,
  header: HeaderFields = {},
): Uint8Array<ArrayBuffer> {
  const data = sectorsOf(1, seed);
  return ataFrame({ ...header, opcode: 0x34, aflags: 0x41, lba, count: 1, data });
}
