/**
 * What the four commands say behind the common header.
 *
 * @module
 */
import { AFLAG_WRITE, ATA_HEADER_SIZE, AtaFrame, SECTOR_SIZE } from "../wire/ata.ts";
import { operationOf } from "../ata/command.ts";
import { CONFIG_BYTES_MAX, CONFIG_HEADER_SIZE, ConfigFrame } from "../wire/config.ts";
import { Command } from "../wire/frame.ts";
import { DIRECTIVE_SIZE, MASK_HEADER_SIZE, MaskFrame } from "../wire/mask.ts";
import { MAC_SIZE } from "../wire/mac.ts";
import type { MaskDirective } from "../wire/requests.ts";
import { RESERVE_HEADER_SIZE, ReserveFrame } from "../wire/reserve.ts";

/** What is wrong with a body; all of them have that. */
export interface Checked {
  /** In words. */
  readonly faults: readonly string[];
}

/** Command 0. In a reply `opcode` is the status and `feature` the error. */
export interface AtaBody extends Checked {
  /** Which one this is. */
  readonly kind: "ata";
  /** Flags, see lib/wire/ata.ts. */
  readonly aflags: number;
  /** Features register, or error register. */
  readonly feature: number;
  /** Sector count register. */
  readonly count: number;
  /** Command register, or status register. */
  readonly opcode: number;
  /** All 48 bits of the LBA. */
  readonly lba: number;
  /** Bytes behind the header; padding counts. */
  readonly dataSize: number;
}

/** Command 1. */
export interface ConfigBody extends Checked {
  /** Which one this is. */
  readonly kind: "config";
  /** Sub-command. */
  readonly subcommand: number;
  /** Requests that the target takes at a time. */
  readonly bufferCount: number;
  /** The target's firmware version. */
  readonly firmware: number;
  /** Sectors that a frame may carry. */
  readonly sectorCount: number;
  /** The string, as far as it is there. */
  readonly string: Uint8Array;
}

/** Command 2. */
export interface MaskBody extends Checked {
  /** Which one this is. */
  readonly kind: "mask";
  /** Sub-command. */
  readonly subcommand: number;
  /** Why an edit stopped. */
  readonly maskError: number;
  /** Number of directives as declared, or the index of the one that stopped an edit. */
  readonly count: number;
  /** The directives, as far as they are there. */
  readonly directives: readonly MaskDirective[];
}

/** Command 3. */
export interface ReserveBody extends Checked {
  /** Which one this is. */
  readonly kind: "reserve";
  /** Sub-command. */
  readonly subcommand: number;
  /** Number of MACs as declared. */
  readonly count: number;
  /** The MACs, as far as they are there. */
  readonly macs: readonly number[];
}

/** What one of the commands says. */
export type Body = AtaBody | ConfigBody | MaskBody | ReserveBody;

/** Reads what is behind the header; undefined for other commands, and where it is too short. */
export function decodeBody(
  bytes: Uint8Array,
  command: number,
  isResponse: boolean,
): Body | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (command) {
    case Command.ATA:
      return decodeAta(new AtaFrame(view), isResponse);
    case Command.CONFIG:
      return decodeConfig(new ConfigFrame(view));
    case Command.MASK:
      return decodeMask(new MaskFrame(view));
    case Command.RESERVE:
      return decodeReserve(new ReserveFrame(view));
    default:
      return undefined;
  }
}

function decodeAta(frame: AtaFrame, isResponse: boolean): AtaBody | undefined {
  const size = frame.bytes.length;
  if (!frame.fits(size)) return undefined;
  const { aflags, feature, count, opcode, lba } = frame;
  const dataSize = size - ATA_HEADER_SIZE;
  const operation = operationOf(opcode);
  const isWrite = operation === "write" || operation === "trim";
  const faults: string[] = [];
  if (!isResponse && isWrite && dataSize < count * SECTOR_SIZE) {
    faults.push(`${dataSize} of ${count * SECTOR_SIZE} bytes of data`);
  }
  if (!isResponse && isWrite && (aflags & AFLAG_WRITE) === 0) faults.push("without the flag W");
  if (!isResponse && operation === "read" && (aflags & AFLAG_WRITE) !== 0) {
    faults.push("with the flag W");
  }
  return { kind: "ata", aflags, feature, count, opcode, lba, dataSize, faults };
}

function decodeConfig(frame: ConfigFrame): ConfigBody | undefined {
  const size = frame.bytes.length;
  if (!frame.fits(size)) return undefined;
  const { configCommand, bufferCount, firmware, sectorCount, stringSize } = frame;
  const string = frame.bytes.slice(CONFIG_HEADER_SIZE, CONFIG_HEADER_SIZE + stringSize);
  const faults: string[] = [];
  if (stringSize > CONFIG_BYTES_MAX) faults.push(`a string of ${stringSize} bytes, 1024 are most`);
  if (string.length < stringSize) faults.push(`${string.length} of ${stringSize} bytes of string`);
  const subcommand = configCommand;
  return { kind: "config", subcommand, bufferCount, firmware, sectorCount, string, faults };
}

function decodeMask(frame: MaskFrame): MaskBody | undefined {
  const size = frame.bytes.length;
  if (!frame.fits(size)) return undefined;
  const { maskCommand, maskError, count } = frame;
  const there = Math.min(count, Math.floor((size - MASK_HEADER_SIZE) / DIRECTIVE_SIZE));
  const directives = Array.from({ length: there }, (_, index) => {
    return { directive: frame.directive(index), mac: frame.mac(index) };
  });
  // The reply to an edit that stopped counts otherwise.
  const isShort = maskError === 0 && there < count;
  const faults = isShort ? [`${there} of ${count} directives`] : [];
  return { kind: "mask", subcommand: maskCommand, maskError, count, directives, faults };
}

function decodeReserve(frame: ReserveFrame): ReserveBody | undefined {
  const size = frame.bytes.length;
  if (!frame.fits(size)) return undefined;
  const { reserveCommand, count } = frame;
  const there = Math.min(count, Math.floor((size - RESERVE_HEADER_SIZE) / MAC_SIZE));
  const macs = Array.from({ length: there }, (_, index) => frame.mac(index));
  const faults = there < count ? [`${there} of ${count} MACs`] : [];
  return { kind: "reserve", subcommand: reserveCommand, count, macs, faults };
}
