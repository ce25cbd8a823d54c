/**
 * Command 0: what an ATA command asks of the export, and what its outcome says (docs/protocol.md,
 * "Command 0, ATA" and "Durability").
 *
 * @module
 */
import {
  addressOf,
  AtaError,
  FEATURE_CACHE_OFF,
  FEATURE_CACHE_ON,
  operationOf,
  POWER_ACTIVE,
  Status,
} from "../ata/command.ts";
import { type Identity, writeIdentify } from "../ata/identify.ts";
import { hasSignature, isServed, writeSmart } from "../ata/smart.ts";
import {
  hullEnd,
  hullStart,
  rangeCount,
  RANGES_PER_BLOCK,
  rangesFit,
  rangeStart,
  TRIM_FEATURE,
} from "../ata/trim.ts";
import { assert } from "../assert.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { AoeError } from "../wire/frame.ts";
import { countWork, type DiskCounts, newDiskCounts } from "./counts.ts";
import type { Request, Verdict } from "./request.ts";

/** How an export is served. */
export interface DiskOptions {
  /** Names, sector sizes and what can be done; the size and the cache are the disk's own. */
  readonly identity: Omit<Identity, "sectors" | "trim" | "writeCache">;
  /** First byte of the export on the backing file. */
  readonly offset: number;
  /** Whether every write and TRIM answers an error. */
  readonly readOnly: boolean;
  /** Whether a write is durable before its reply (`-s`). */
  readonly durable: boolean;
  /**
   * In units of so many bytes the backing file is read and written: a power of two, at least 512,
   * which it is without it. A write of part of one rewrites all of it.
   */
  readonly alignment?: number;
}

/** The disk behind one shelf.slot. */
export class Disk {
  /** Present size in sectors. */
  sectors: number;
  /** Whether TRIM is served, and what trimmed sectors read as. */
  trim: Identity["trim"] = "none";
  /** Whether nothing is written until an administrator decides what the export's state is. */
  isUndecided = false;
  /** What was done on the backing file. */
  readonly counts: DiskCounts = newDiskCounts();
  readonly #options: DiskOptions;
  readonly #alignment: number;
  #faulted = false;

  /** A disk of `sectors` sectors. */
  constructor(sectors: number, options: DiskOptions) {
    this.sectors = sectors;
    this.#options = options;
    this.#alignment = options.alignment ?? SECTOR_SIZE;
  }

  /** Whether a sync failed: nothing is written until an administrator starts the target anew. */
  get faulted(): boolean {
    return this.#faulted;
  }

  /** A sync of its file failed before the target was made. */
  fault(): void {
    this.#faulted = true;
  }

  /** Decides about a command whose header lies within the frame. */
  start(request: Request): Verdict {
    const ata = request.ata;
    switch (operationOf(ata.opcode)) {
      case "read":
        return this.#startRead(request, "read");
      case "verify":
        return this.#startRead(request, "verify");
      case "write":
        return this.#startWrite(request);
      case "trim":
        return this.#startTrim(request);
      case "flush":
        return this.#startFlush(request);
      case "identify":
        return this.#identify(request);
      case "smart":
        return smart(request);
      case "features":
        return this.#setFeatures(request);
      case "power":
        return finish(request, Status.READY, AtaError.NONE, POWER_ACTIVE);
      case "rest":
        return succeed(request);
      case "unknown":
        return abort(request);
    }
  }

  /** The work for the request's verdict is done: 0, or a negative errno. Returns what is next. */
  complete(request: Request, result: number): Verdict {
    countWork(this.counts, request, result);
    switch (request.verdict) {
      case "read":
        if (result < 0) return fail(request, Status.ERROR, AtaError.UNCORRECTABLE);
        return succeedWithData(request, request.length);
      case "verify":
        if (result < 0) return fail(request, Status.ERROR, AtaError.UNCORRECTABLE);
        return succeed(request);
      case "write":
        return this.#written(request, result);
      case "trim":
        if (result < 0 || this.#faulted) return this.#written(request, result);
        return this.#nextRange(request) ? "trim" : this.#written(request, result);
      case "flush":
        // A sync is never tried again: the kernel tells of a lost page once and forgets it.
        if (result < 0) this.#faulted = true;
        return this.#faulted ? fail(request, Status.FAULT, AtaError.ABORTED) : succeed(request);
      default:
        assert(false, `the verdict "${request.verdict}" has nothing to complete`);
    }
  }

  #startRead(request: Request, verdict: "read" | "verify"): Verdict {
    const count = request.ata.count;
    const fits = request.canSend(ATA_HEADER_SIZE + count * SECTOR_SIZE);
    if (verdict === "read" && !fits) return abort(request);
    if (count === 0) return succeed(request);
    return this.#place(request) ? verdict : fail(request, Status.ERROR, AtaError.NOT_FOUND);
  }

  #startWrite(request: Request): Verdict {
    const size = request.ata.count * SECTOR_SIZE;
    if (ATA_HEADER_SIZE + size > request.size) return refuseAta(request, AoeError.BAD_ARGUMENT);
    if (this.#options.readOnly) return abort(request);
    if (this.#keeps()) return fail(request, Status.FAULT, AtaError.ABORTED);
    if (size === 0) return succeed(request);
    return this.#place(request) ? "write" : fail(request, Status.ERROR, AtaError.NOT_FOUND);
  }

  /** Whether the disk stays as it is, whoever wants it changed. */
  #keeps(): boolean {
    return this.#faulted || this.isUndecided;
  }

  /** Sets the byte range of a read, verify or write; false where it is not on the disk. */
  #place(request: Request): boolean {
    const { opcode, count, lba } = request.ata;
    const address = addressOf(opcode, lba);
    if (address + count > this.sectors) return false;
    request.offset = this.#options.offset + address * SECTOR_SIZE;
    request.length = count * SECTOR_SIZE;
    request.begin = request.offset;
    request.end = request.offset + request.length;
    this.#widen(request);
    return true;
  }

  /** Makes what the order rules hold apart whole units of the backing file. */
  #widen(request: Request): void {
    const unit = this.#alignment;
    request.begin = Math.floor(request.begin / unit) * unit;
    request.end = Math.ceil(request.end / unit) * unit;
  }

  /** A FLUSH concerns the whole disk. */
  #startFlush(request: Request): Verdict {
    if (this.#faulted) return fail(request, Status.FAULT, AtaError.ABORTED);
    request.begin = 0;
    request.end = Infinity;
    return "flush";
  }

  #startTrim(request: Request): Verdict {
    const ata = request.ata;
    if (ATA_HEADER_SIZE + ata.count * SECTOR_SIZE > request.size) {
      return refuseAta(request, AoeError.BAD_ARGUMENT);
    }
    const served = !this.#options.readOnly && this.trim !== "none";
    if (!served || (ata.feature & TRIM_FEATURE) === 0) return abort(request);
    if (this.#keeps()) return fail(request, Status.FAULT, AtaError.ABORTED);
    const ranges = ata.count * RANGES_PER_BLOCK;
    if (!rangesFit(ata.view, ATA_HEADER_SIZE, ranges, this.sectors)) {
      return fail(request, Status.ERROR, AtaError.NOT_FOUND);
    }
    request.rangeIndex = 0;
    if (!this.#nextRange(request)) return succeed(request);
    const { offset } = this.#options;
    request.begin = offset + hullStart(ata.view, ATA_HEADER_SIZE, ranges) * SECTOR_SIZE;
    request.end = offset + hullEnd(ata.view, ATA_HEADER_SIZE, ranges) * SECTOR_SIZE;
    this.#widen(request);
    return "trim";
  }

  /** Sets the byte range of the TRIM's next range that is not empty; false where there is none. */
  #nextRange(request: Request): boolean {
    const { view, count } = request.ata;
    while (request.rangeIndex < count * RANGES_PER_BLOCK) {
      const index = request.rangeIndex++;
      const size = rangeCount(view, ATA_HEADER_SIZE, index);
      if (size === 0) continue;
      const start = rangeStart(view, ATA_HEADER_SIZE, index);
      request.offset = this.#options.offset + start * SECTOR_SIZE;
      request.length = size * SECTOR_SIZE;
      return true;
    }
    return false;
  }

  /** A write or TRIM has reached the backing file, or has not. */
  #written(request: Request, result: number): Verdict {
    if (this.#faulted) return fail(request, Status.FAULT, AtaError.ABORTED);
    if (result < 0) return abort(request);
    return this.#options.durable ? "flush" : succeed(request);
  }

  #identify(request: Request): Verdict {
    if (request.ata.count > 1) return abort(request);
    const { identity, durable, readOnly } = this.#options;
    writeIdentify(request.ata.view, ATA_HEADER_SIZE, {
      ...identity,
      sectors: this.sectors,
      writeCache: !durable,
      trim: readOnly ? "none" : this.trim,
    });
    return succeedWithData(request, SECTOR_SIZE);
  }

  /** Accepts what is so already: durability is the export's policy, not the client's. */
  #setFeatures(request: Request): Verdict {
    const present = this.#options.durable ? FEATURE_CACHE_OFF : FEATURE_CACHE_ON;
    return request.ata.feature === present ? succeed(request) : abort(request);
  }
}

function smart(request: Request): Verdict {
  const { feature, lba, view } = request.ata;
  if (!hasSignature(lba) || !isServed(feature)) return abort(request);
  writeSmart(view, ATA_HEADER_SIZE, feature);
  return succeedWithData(request, SECTOR_SIZE);
}

/** Refuses a command that breaks the protocol; the ATA header stays as it came. */
export function refuseAta(request: Request, error: number): Verdict {
  request.frame.refuse(error);
  const { opcode, feature, count } = request.ata;
  request.ata.finish(opcode, feature, count);
  request.replySize = request.frame.pad(ATA_HEADER_SIZE);
  return "reply";
}

function abort(request: Request): Verdict {
  return fail(request, Status.ERROR, AtaError.ABORTED);
}

function fail(request: Request, status: number, error: number): Verdict {
  return finish(request, status, error, 0);
}

function succeed(request: Request): Verdict {
  return finish(request, Status.READY, AtaError.NONE, 0);
}

function succeedWithData(request: Request, size: number): Verdict {
  if (!request.canSend(ATA_HEADER_SIZE + size)) return abort(request);
  request.ata.finish(Status.READY, AtaError.NONE, 0);
  request.replySize = request.frame.pad(ATA_HEADER_SIZE + size);
  return "reply";
}

function finish(request: Request, status: number, error: number, count: number): Verdict {
  request.ata.finish(status, error, count);
  request.replySize = request.frame.pad(ATA_HEADER_SIZE);
  return "reply";
}
