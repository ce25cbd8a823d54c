/**
 * What a reply says, in words. Its ATA command is known from the request alone: the status stands
 * in its place.
 *
 * @module
 */
import { Opcode, operationOf, Status } from "../ata/command.ts";
import { readNames, readSectors } from "../ata/identify.ts";
import { describeAoeError, describeMaskError, describeOutcome } from "../client/target_error.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { AoeError, Command, FRAME_SIZE_MIN, HEADER_SIZE, VERSION } from "../wire/frame.ts";
import { formatMac } from "../wire/mac.ts";
import type { AtaBody, Body, ConfigBody, MaskBody, ReserveBody } from "./body.ts";
import type { Asked, Context } from "./conversation.ts";
import { type Decoded, type Header, isRefusal } from "./decode.ts";
import { listOf } from "./describe_request.ts";
import { escapeBytes, escapeText } from "./escape.ts";
import { hexNumber, nameOfAta, nameOfCommand, nameOfSubcommand } from "./names.ts";

/** What a reply says. */
export interface ReplyText {
  /** In words, without its tag. */
  readonly text: string;
  /** Whether it tells of a failure. */
  readonly failed: boolean;
}

/** Bits of the status that tell of a failure: busy, fault, data request, error. */
const STATUS_FAILED = 0x80 | 0x20 | 0x08 | 0x01;
const POWER: Readonly<Record<number, string>> = { 0: "standby", 0x80: "idle", 0xff: "active" };

/** What the reply says, and how long it took. */
export function describeReply(header: Header, decoded: Decoded, context: Context): ReplyText {
  const { asked } = context;
  const isAdvertisement = asked === undefined && header.command === Command.CONFIG &&
    header.tag === 0 && !isRefusal(header);
  const name = isAdvertisement ? "advertises" : `reply ${nameOf(header, decoded.body, asked)}:`;
  const { text, failed } = isRefusal(header)
    ? { text: describeRefusal(header, decoded.body), failed: true }
    : describeBody(header, decoded, asked);
  return { text: `${name} ${text}${describeTime(context)}`, failed };
}

function nameOf(header: Header, body: Body | undefined, asked: Asked | undefined): string {
  const question = asked?.request.body;
  if (question?.kind === "ata") return nameOfAta(question.opcode, question.feature);
  if (question !== undefined) return nameOfSubcommand(header.command, question.subcommand);
  if (body === undefined || body.kind === "ata") return nameOfCommand(header.command);
  return nameOfSubcommand(header.command, body.subcommand);
}

/** What is there comes behind the reason: the string that is set, the MACs that have the disk. */
function describeRefusal({ error }: Header, body: Body | undefined): string {
  const text = `error ${error} (${describeAoeError(error) ?? "for no known reason"})`;
  const isPresent = error === AoeError.CONFIG_PRESENT;
  if (isPresent && body?.kind === "config") return `${text} "${escapeBytes(body.string)}"`;
  if (body?.kind === "reserve" && body.macs.length > 0) return `${text}, ${describeMacs(body)}`;
  return text;
}

function describeBody(header: Header, decoded: Decoded, asked: Asked | undefined): ReplyText {
  const { body, bytes } = decoded;
  switch (body?.kind) {
    case "ata":
      return describeAta(body, bytes, asked);
    case "config":
      return { text: describeConfig(body), failed: false };
    case "mask":
      return describeMasks(body);
    case "reserve":
      return { text: describeMacs(body), failed: false };
    default: {
      const size = header.version > VERSION ? bytes.length : bytes.length - HEADER_SIZE;
      return { text: `${size} bytes`, failed: false };
    }
  }
}

function describeAta(body: AtaBody, bytes: Uint8Array, asked: Asked | undefined): ReplyText {
  const { opcode: status, feature: error } = body;
  // What pads a frame to its least size is no data.
  const size = bytes.length <= FRAME_SIZE_MIN ? 0 : body.dataSize;
  const brought = size > 0 ? ` ${size} bytes` : "";
  if ((status & STATUS_FAILED) !== 0) {
    // ggaoed leaves the code of a FLUSH where the status should be, and no error.
    const isTold = error !== 0 || status === Status.FAULT;
    const why = isTold ? `: ${describeOutcome(status, error)}` : "";
    const registers = `status ${hexNumber(status)} error ${hexNumber(error)}`;
    return { text: `${registers}${why}${brought}`, failed: true };
  }
  const question = asked?.request.body;
  const opcode = question?.kind === "ata" ? question.opcode : undefined;
  if (question?.kind === "ata" && operationOf(question.opcode) === "read") {
    const wanted = question.count * SECTOR_SIZE;
    const there = body.dataSize < wanted ? `${size} of ${wanted} bytes` : `${size} bytes`;
    return { text: `ok ${there}`, failed: body.dataSize < wanted };
  }
  if (opcode === Opcode.IDENTIFY && body.dataSize >= SECTOR_SIZE) {
    return { text: `ok${brought} ${describeDisk(bytes)}`, failed: false };
  }
  if (opcode === Opcode.CHECK_POWER) {
    return { text: `ok, ${POWER[body.count] ?? `count ${body.count}`}`, failed: false };
  }
  return { text: `ok${brought}`, failed: false };
}

function describeDisk(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { serial, model } = readNames(view, ATA_HEADER_SIZE);
  const sectors = readSectors(view, ATA_HEADER_SIZE);
  return `${sectors} sectors "${escapeText(model)}" serial "${escapeText(serial)}"`;
}

function describeConfig(body: ConfigBody): string {
  const { bufferCount, sectorCount } = body;
  const numbers = `buffers ${bufferCount} firmware ${hexNumber(body.firmware)}`;
  return `"${escapeBytes(body.string)}" ${numbers} sectors ${sectorCount}`;
}

function describeMasks({ maskError, count, directives }: MaskBody): ReplyText {
  if (maskError !== 0) {
    const why = describeMaskError(maskError);
    return { text: `MError ${maskError} (${why}) at directive ${count}`, failed: true };
  }
  const macs = directives.map(({ mac }) => formatMac(mac));
  return { text: listOf(macs, "no masks"), failed: false };
}

function describeMacs({ macs }: ReserveBody): string {
  return macs.length === 0 ? "not reserved" : `reserved for ${listOf(macs.map(formatMac), "")}`;
}

function describeTime({ asked, roundTripNs }: Context): string {
  if (asked === undefined || roundTripNs === undefined) return "";
  const sends = asked.sendCount > 1 ? ` after ${asked.sendCount} sends` : "";
  return ` ${formatRoundTrip(roundTripNs)}${sends}`;
}

/** A time as `83 us`, `1.2 ms` or `3.4 s`. */
export function formatRoundTrip(timeNs: bigint): string {
  const us = Number(timeNs) / 1000;
  if (Math.abs(us) < 1000) return `${us.toFixed(0)} us`;
  return Math.abs(us) < 1_000_000 ? `${(us / 1000).toFixed(1)} ms` : `${(us / 1e6).toFixed(1)} s`;
}
