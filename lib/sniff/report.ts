/**
 * One JSON object for each frame, for programs.
 *
 * @module
 */
import { describeAoeError } from "../client/target_error.ts";
import { formatMac } from "../wire/mac.ts";
import type { Body } from "./body.ts";
import { type Header, isRefusal, isResponse } from "./decode.ts";
import type { Seen } from "./describe.ts";
import { escapeBytes } from "./escape.ts";
import { nameOfAta, nameOfCommand, nameOfDisk } from "./names.ts";

const NS_PER_MS = 1_000_000n;

/** The frame as an object for JSON; strings from the wire are escaped as in the lines of text. */
export function reportOf(seen: Seen): Readonly<Record<string, unknown>> {
  const { decoded, frame, context } = seen;
  const { header, body, faults } = decoded;
  const { asked, roundTripNs, repeatsTag } = context;
  const isReply = header !== undefined && isResponse(header);
  const question = isReply ? asked?.request.body : body;
  return {
    time: timeOf(seen.timeNs),
    interface: seen.interface,
    direction: frame.direction,
    size: frame.size,
    ...(header === undefined ? {} : headerOf(header)),
    ...(question?.kind === "ata" ? { name: nameOfAta(question.opcode, question.feature) } : {}),
    ...(body === undefined ? {} : bodyOf(body, isReply)),
    ...(roundTripNs === undefined ? {} : { roundTripUs: Number(roundTripNs) / 1000 }),
    ...(asked === undefined ? {} : { sendCount: asked.sendCount }),
    ...(repeatsTag === undefined ? {} : { repeatsTag }),
    ...(faults.length === 0 ? {} : { faults }),
  };
}

/** RFC 3339, UTC, to the nanosecond. */
function timeOf(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / NS_PER_MS)).toISOString().slice(0, -5);
  return `${seconds}.${String(timeNs % 1_000_000_000n).padStart(9, "0")}Z`;
}

function headerOf(header: Header): Readonly<Record<string, unknown>> {
  const { error } = header;
  return {
    source: formatMac(header.source),
    destination: formatMac(header.destination),
    ...(header.vlans.length === 0 ? {} : { vlans: header.vlans }),
    disk: nameOfDisk(header.shelf, header.slot),
    version: header.version,
    flags: header.flags,
    response: isResponse(header),
    ...(isRefusal(header) ? { error, reason: describeAoeError(error) } : {}),
    tag: header.tag,
    command: header.command,
    commandName: nameOfCommand(header.command),
  };
}

function bodyOf(body: Body, isReply: boolean): Readonly<Record<string, unknown>> {
  switch (body.kind) {
    case "ata": {
      const { aflags, count, lba, dataSize, opcode, feature } = body;
      const registers = isReply ? { status: opcode, errorRegister: feature } : { opcode, feature };
      return { ata: { ...registers, aflags, count, lba, dataSize } };
    }
    case "config": {
      const { subcommand, bufferCount, firmware, sectorCount } = body;
      const string = escapeBytes(body.string);
      return { config: { subcommand, string, bufferCount, firmware, sectorCount } };
    }
    case "mask": {
      const { subcommand, maskError, count } = body;
      const directives = body.directives.map(({ directive, mac }) => {
        return { directive, mac: formatMac(mac) };
      });
      return { mask: { subcommand, maskError, count, directives } };
    }
    case "reserve":
      return { reserve: { subcommand: body.subcommand, macs: body.macs.map(formatMac) } };
  }
}
