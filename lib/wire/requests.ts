/**
 * The frames of requests, whole: for initiators, and for a target that asks.
 *
 * @module
 */
import { AFLAG_EXTENDED, AFLAG_WRITE, ATA_HEADER_SIZE, AtaFrame } from "./ata.ts";
import { CONFIG_HEADER_SIZE, ConfigFrame } from "./config.ts";
import { Command, ETHER_TYPE, type Frame, FRAME_SIZE_MIN, VERSION } from "./frame.ts";
import { DIRECTIVE_SIZE, MASK_HEADER_SIZE, MaskFrame } from "./mask.ts";
import { MAC_SIZE } from "./mac.ts";
import { RESERVE_HEADER_SIZE, ReserveFrame } from "./reserve.ts";

/** From whom to whom. */
export interface Route {
  /** Own MAC. */
  readonly source: number;
  /** The target's MAC, or broadcast. */
  readonly destination: number;
  /** Upper half of the target's address. */
  readonly shelf: number;
  /** Lower half of the target's address. */
  readonly slot: number;
}

/** An ATA command. */
export interface AtaRequest {
  /** Command code. */
  readonly opcode: number;
  /** First sector. */
  readonly lba?: number;
  /** Number of sectors. */
  readonly count?: number;
  /** Features register. */
  readonly feature?: number;
  /** Data that goes to the disk. */
  readonly data?: Uint8Array;
}

/** One directive of a mask edit. */
export interface MaskDirective {
  /** See {@linkcode Directive} of wire/mask.ts. */
  readonly directive: number;
  /** The MAC to add or delete. */
  readonly mac: number;
}

function newView(size: number): DataView {
  return new DataView(new ArrayBuffer(Math.max(size, FRAME_SIZE_MIN)));
}

function writeHeader(frame: Frame, route: Route, command: number): Uint8Array {
  frame.destination = route.destination;
  frame.source = route.source;
  frame.etherType = ETHER_TYPE;
  frame.setVersionAndFlags(VERSION, 0);
  frame.shelf = route.shelf;
  frame.slot = route.slot;
  frame.command = command;
  return frame.bytes;
}

/** Command 0. */
export function ataRequest(route: Route, request: AtaRequest): Uint8Array {
  const { opcode, lba = 0, count = 0, feature = 0, data } = request;
  const frame = new AtaFrame(newView(ATA_HEADER_SIZE + (data?.length ?? 0)));
  frame.aflags = AFLAG_EXTENDED | (data === undefined ? 0 : AFLAG_WRITE);
  frame.feature = feature;
  frame.count = count;
  frame.opcode = opcode;
  frame.lba = lba;
  if (data !== undefined) frame.bytes.set(data, ATA_HEADER_SIZE);
  return writeHeader(frame, route, Command.ATA);
}

/** Command 1. */
export function configRequest(
  route: Route,
  configCommand: number,
  string: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const frame = new ConfigFrame(newView(CONFIG_HEADER_SIZE + string.length));
  frame.configCommand = configCommand;
  frame.setString(string);
  return writeHeader(frame, route, Command.CONFIG);
}

/** Command 2. */
export function maskRequest(
  route: Route,
  maskCommand: number,
  directives: readonly MaskDirective[] = [],
): Uint8Array {
  const frame = new MaskFrame(newView(MASK_HEADER_SIZE + directives.length * DIRECTIVE_SIZE));
  frame.maskCommand = maskCommand;
  frame.count = directives.length;
  directives.forEach(({ directive, mac }, index) => frame.setDirective(index, directive, mac));
  return writeHeader(frame, route, Command.MASK);
}

/** Command 3. */
export function reserveRequest(
  route: Route,
  reserveCommand: number,
  macs: readonly number[] = [],
): Uint8Array {
  const frame = new ReserveFrame(newView(RESERVE_HEADER_SIZE + macs.length * MAC_SIZE));
  frame.reserveCommand = reserveCommand;
  frame.count = macs.length;
  macs.forEach((mac, index) => frame.setMac(index, mac));
  return writeHeader(frame, route, Command.RESERVE);
}
