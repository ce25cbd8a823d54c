/**
 * One piece of work of a disk that is not done in one moment: of two halves of each sector one is
 * moved somewhere between beginning and end, the other at the end, as no page cache promises more
 * to those who read and write the same place at once. Short work is done in two pieces instead.
 *
 * @module
 */
import type { Request, Verdict } from "../../lib/target/request.ts";
import { newSector, SECTOR } from "./marks.ts";
import type { Medium, Sector } from "./medium.ts";

const HALF = SECTOR / 2;
const DATA = 36;
/** The last range of a TRIM has the count 0; its first sector is the operation's id. */
const TRIM_ID = DATA + 63 * 8;

/** Writes into the last range of a TRIM's block which operation it is. */
export function writeTrimId(block: Uint8Array, id: number): void {
  new DataView(block.buffer, block.byteOffset).setUint32(TRIM_ID - DATA, id, true);
}

/** Where and how. */
export interface WorkShape {
  /** Sectors of the disk before the export. */
  readonly firstSector: number;
  /** Sectors that can only be written together. */
  readonly blockSectors: number;
}

/** Work on a range of sectors. */
export class DiskWork {
  readonly request: Request;
  readonly verdict: Verdict;
  /** Where it begins on the disk, and where it ends, in sectors. */
  readonly begin: number;
  readonly end: number;
  readonly #medium: Medium;
  readonly #shape: WorkShape;
  /** The frame's memory when the work began: what becomes of the request does not move it. */
  readonly #bytes: Uint8Array;
  readonly #trimId: number;
  /** Whole blocks that the range is part of, as they were read. */
  readonly #blocks: ReadonlyMap<number, Sector> | undefined;
  /** How many sectors are done with. */
  #doneCount = 0;
  #isHalfDone = false;

  constructor(request: Request, verdict: Verdict, medium: Medium, shape: WorkShape) {
    this.request = request;
    this.verdict = verdict;
    this.begin = request.offset / SECTOR;
    this.end = (request.offset + request.length) / SECTOR;
    this.#medium = medium;
    this.#shape = shape;
    this.#bytes = request.frame.bytes;
    this.#trimId = verdict === "trim" ? request.frame.view.getUint32(TRIM_ID, true) : 0;
    if (verdict === "write" && shape.blockSectors > 1) this.#blocks = this.#readBlocks();
  }

  /** Does a part: half of each sector, or where the work is short all of the first sectors. */
  doPart(shortCount: number): void {
    if (this.#blocks !== undefined) return; // which are written as a whole
    if (shortCount > 0) this.#doSectors(Math.min(shortCount, this.end - this.begin));
    else this.#doHalf();
  }

  /** Does the rest. */
  finish(): void {
    this.#doSectors(this.end - this.begin);
    for (const [index, sector] of this.#blocks ?? []) {
      if (index < this.begin || index >= this.end) this.#medium.settle(index, sector);
    }
  }

  /** Gives up half-way: `isDone` says for each sector whether it was reached. */
  fail(isDone: () => boolean): void {
    for (let index = this.begin + this.#doneCount; index < this.end; index++) {
      if (isDone()) this.#doSector(index);
      else if (this.#isHalfDone && this.verdict === "write") this.#medium.restore(index);
    }
  }

  /** What it would have written. */
  *writing(): Iterable<readonly [number, Sector]> {
    if (this.verdict !== "write" && this.verdict !== "trim") return;
    for (let index = this.begin; index < this.end; index++) yield [index, this.#content(index)];
  }

  #readBlocks(): ReadonlyMap<number, Sector> {
    const size = this.#shape.blockSectors;
    const [first, last] = [Math.floor(this.begin / size), Math.ceil(this.end / size)];
    const blocks = new Map<number, Sector>();
    for (let index = first * size; index < last * size; index++) {
      blocks.set(index, this.#medium.at(index));
    }
    return blocks;
  }

  #doHalf(): void {
    this.#isHalfDone = true;
    for (let index = this.begin; index < this.end; index++) {
      const at = this.#place(index);
      const sector = this.#medium.at(index);
      if (this.verdict === "read") this.#bytes.set(sector.subarray(0, HALF), at);
      if (this.verdict === "write") {
        const mixed = sector.slice();
        mixed.set(this.#bytes.subarray(at, at + HALF));
        this.#medium.hold(index, mixed);
      }
    }
  }

  #doSectors(count: number): void {
    while (this.#doneCount < count) this.#doSector(this.begin + this.#doneCount++);
  }

  #doSector(index: number): void {
    const from = this.#isHalfDone ? HALF : 0;
    const at = this.#place(index);
    if (this.verdict === "read") this.#bytes.set(this.#medium.at(index).subarray(from), at + from);
    if (this.verdict === "write") {
      const sector = this.#medium.at(index).slice();
      sector.set(this.#bytes.subarray(at + from, at + SECTOR), from);
      this.#medium.settle(index, sector);
    }
    if (this.verdict === "trim") this.#medium.settle(index, this.#content(index));
  }

  #content(index: number): Sector {
    if (this.verdict === "trim") return newSector(this.#trimId, index - this.#shape.firstSector);
    const at = this.#place(index);
    return this.#bytes.slice(at, at + SECTOR);
  }

  #place(index: number): number {
    return DATA + (index - this.begin) * SECTOR;
  }
}
