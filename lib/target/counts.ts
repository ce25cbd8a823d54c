/**
 * What a target counts of requests and of the work on its backing file. Counters are plain numbers
 * in objects made once: counting makes no garbage.
 *
 * @module
 */
import { operationOf, Status } from "../ata/command.ts";
import { Command, FLAG_ERROR } from "../wire/frame.ts";
import type { InFlightCounts } from "./in_flight.ts";
import type { Request } from "./request.ts";

/** Requests by kind, as they came in: those for us, with a whole header. */
export interface RequestCounts {
  /** ATA commands that read and send. */
  reads: number;
  /** ATA commands that write. */
  writes: number;
  /** FLUSH. */
  flushes: number;
  /** TRIM. */
  trims: number;
  /** All other commands. */
  others: number;
}

/** Work on the backing file. */
export interface DiskCounts {
  /** Bytes that were read for replies. */
  readBytes: number;
  /** Bytes that were written. */
  writtenBytes: number;
  /** Bytes that were given back. */
  trimmedBytes: number;
  /** Reads and verifies that failed. */
  readErrors: number;
  /** Writes that failed. */
  writeErrors: number;
  /** TRIMs that failed. */
  trimErrors: number;
  /** FLUSHes and durable writes whose sync failed. */
  syncErrors: number;
}

/** What a target counted since it was made. */
export interface TargetCounts extends RequestCounts, InFlightCounts {
  /** Frames that were not for us, or of clients that are not served. */
  ignored: number;
  /** Frames too short for what they claim to be. */
  malformed: number;
  /** Requests that were answered. */
  answered: number;
  /** Those of them that were answered with an error before anything was done for them. */
  refused: number;
  /** Changes that were not acknowledged because they could not be stored. */
  notStored: number;
}

/** All 0. */
export function newTargetCounts(): TargetCounts {
  return {
    ...{ reads: 0, writes: 0, flushes: 0, trims: 0, others: 0 },
    ignored: 0,
    malformed: 0,
    answered: 0,
    refused: 0,
    notStored: 0,
    duplicates: 0,
    parked: 0,
    overflow: 0,
  };
}

/** All 0. */
export function newDiskCounts(): DiskCounts {
  return {
    readBytes: 0,
    writtenBytes: 0,
    trimmedBytes: 0,
    readErrors: 0,
    writeErrors: 0,
    trimErrors: 0,
    syncErrors: 0,
  };
}

/** Counts an ATA command as it came in; the request itself keeps what it counts as. */
export function countCommand(counts: RequestCounts, request: Request): void {
  const operation = operationOf(request.ata.opcode);
  switch (operation) {
    case "read":
      counts.reads++;
      break;
    case "write":
      counts.writes++;
      break;
    case "flush":
      counts.flushes++;
      break;
    case "trim":
      counts.trims++;
      break;
    default:
      counts.others++;
      request.kind = "other";
      return;
  }
  request.kind = operation;
}

/** Counts the work for the request's verdict, which ended with `result`. */
export function countWork(counts: DiskCounts, request: Request, result: number): void {
  if (result < 0) {
    countError(counts, request);
    return;
  }
  switch (request.verdict) {
    case "read":
      counts.readBytes += request.length;
      return;
    case "write":
      counts.writtenBytes += request.length;
      return;
    case "trim":
      counts.trimmedBytes += request.length;
  }
}

function countError(counts: DiskCounts, { verdict }: Request): void {
  switch (verdict) {
    case "read":
    case "verify":
      counts.readErrors++;
      return;
    case "write":
      counts.writeErrors++;
      return;
    case "trim":
      counts.trimErrors++;
      return;
    case "flush":
      counts.syncErrors++;
  }
}

/** Whether the reply in the request tells of an error: of the protocol, or of an ATA command. */
export function isRefusal({ ata, frame }: Request): boolean {
  if ((frame.flags & FLAG_ERROR) !== 0) return true;
  return frame.command === Command.ATA && ata.opcode !== Status.READY;
}
