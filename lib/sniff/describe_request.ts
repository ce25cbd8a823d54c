/**
 * What a request asks for, in words.
 *
 * @module
 */
import { addressOf, Opcode, operationOf } from "../ata/command.ts";
import { rangeCount, RANGES_PER_BLOCK, rangeStart, TRIM_FEATURE } from "../ata/trim.ts";
import { ATA_HEADER_SIZE } from "../wire/ata.ts";
import { ConfigCommand } from "../wire/config.ts";
import { HEADER_SIZE, VERSION } from "../wire/frame.ts";
import { formatMac } from "../wire/mac.ts";
import { Directive, MaskCommand } from "../wire/mask.ts";
import type { MaskDirective } from "../wire/requests.ts";
import { ReserveCommand } from "../wire/reserve.ts";
import type { AtaBody, Body } from "./body.ts";
import type { Decoded, Header } from "./decode.ts";
import { escapeBytes } from "./escape.ts";
import { hexNumber, nameOfAta, nameOfCommand, nameOfSubcommand } from "./names.ts";

/** More entries of a list than this are counted only. */
const SHOWN_MAX = 8;
const AFLAG_ASYNC = 0x02;

const DIRECTIVES: Readonly<Record<number, string>> = {
  [Directive.NOP]: "nothing",
  [Directive.ADD]: "add",
  [Directive.DELETE]: "delete",
};

/** What the request asks for, without its tag. */
export function describeRequest(header: Header, { body, bytes }: Decoded): string {
  if (body !== undefined) return describeBody(header, body, bytes);
  const size = bytes.length - HEADER_SIZE;
  if (header.version > VERSION) return `request of ${bytes.length} bytes`;
  return `${nameOfCommand(header.command)}, ${size} bytes`;
}

function describeBody(header: Header, body: Body, bytes: Uint8Array): string {
  if (body.kind === "ata") return describeAta(body, bytes);
  const name = nameOfSubcommand(header.command, body.subcommand);
  switch (body.kind) {
    case "config": {
      const { string } = body;
      if (body.subcommand !== ConfigCommand.READ) return `${name} "${escapeBytes(string)}"`;
      // Nobody looks at it; aoeping fills it up with garbage.
      return string.length === 0 ? name : `${name} with ${string.length} bytes`;
    }
    case "mask": {
      if (body.subcommand === MaskCommand.READ && body.count === 0) return name;
      return `${name} ${listOf(body.directives.map(directiveText), "of nothing")}`;
    }
    case "reserve":
      if (body.subcommand === ReserveCommand.READ && body.count === 0) return name;
      return `${name} ${listOf(body.macs.map(formatMac), "for nobody")}`;
  }
}

function directiveText({ directive, mac }: MaskDirective): string {
  return `${DIRECTIVES[directive] ?? `directive ${directive}`} ${formatMac(mac)}`;
}

/** The entries with commas between them; the last ones of a long list are only counted. */
export function listOf(entries: readonly string[], none: string): string {
  if (entries.length === 0) return none;
  const rest = entries.length - SHOWN_MAX;
  const shown = entries.slice(0, SHOWN_MAX).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

function describeAta(body: AtaBody, bytes: Uint8Array): string {
  const words = [nameOfAta(body.opcode, body.feature)];
  if ((body.aflags & AFLAG_ASYNC) !== 0) words.push("asynchronous");
  const { opcode, count, feature } = body;
  switch (operationOf(opcode)) {
    case "read":
    case "write":
    case "verify":
      words.push(`lba ${addressOf(opcode, body.lba)} count ${count}`);
      break;
    case "trim":
      words.push(feature === TRIM_FEATURE ? trimText(body, bytes) : hexNumber(feature));
      break;
    case "features":
      words.push(`${hexNumber(feature)} count ${count}`);
      break;
    case "unknown":
      words.push(`feature ${hexNumber(feature)} lba ${body.lba} count ${count}`);
      break;
    default:
      if (opcode === Opcode.STANDBY || opcode === Opcode.IDLE) words.push(`count ${count}`);
  }
  return words.join(" ");
}

/** The ranges as `first+count`. */
function trimText({ count, dataSize }: AtaBody, bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const there = Math.min(count * RANGES_PER_BLOCK, Math.floor(dataSize / 8));
  const ranges: string[] = [];
  for (let index = 0; index < there; index++) {
    const size = rangeCount(view, ATA_HEADER_SIZE, index);
    if (size > 0) ranges.push(`${rangeStart(view, ATA_HEADER_SIZE, index)}+${size}`);
  }
  return `TRIM ${listOf(ranges, "of nothing")}`;
}
