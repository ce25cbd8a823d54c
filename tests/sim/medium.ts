/**
 * The sectors of a disk: what is durable, and the cache in front of it.
 *
 * A power cut leaves what is durable, and of each sector that is not perhaps its newer content. A
 * sync makes durable what was written before it began. One that fails loses what it could not
 * write, but the cache still holds that and takes it for clean: the next sync says that all is
 * well.
 *
 * @module
 */
import type { Random } from "../random.ts";
import { FOREIGN, newSector, NOBODY } from "./marks.ts";

/** The content of a sector: replaced as a whole, never changed. */
export type Sector = Uint8Array<ArrayBuffer>;

/** What a sync found to write when it began, by the sector's index. */
export type SyncWork = ReadonlyMap<number, Sector>;

/** How many sectors there are. */
export interface MediumShape {
  /** Of the export. */
  readonly sectors: number;
  /** Before the export. */
  readonly firstSector: number;
  /** Sectors that can only be written together. */
  readonly blockSectors: number;
}

/** Sectors by their index on the disk. */
export class Medium {
  readonly #random: Random;
  readonly #cache: Sector[];
  readonly #durable: Sector[];
  readonly #dirty: Set<number> = new Set();
  /** Sectors that are being written, with what they held before: that may be written back. */
  readonly #held: Map<number, Sector> = new Map();
  /** Whether something was lost that no sync has told of. */
  #hasLost = false;

  constructor(random: Random, { sectors, firstSector, blockSectors }: MediumShape) {
    this.#random = random;
    const count = Math.ceil((firstSector + sectors + 1) / blockSectors) * blockSectors;
    this.#cache = Array.from({ length: count }, (_, index) => {
      const isOwn = index >= firstSector && index < firstSector + sectors;
      return newSector(isOwn ? NOBODY : FOREIGN, index - firstSector);
    });
    this.#durable = [...this.#cache];
  }

  /** What a program reads now. */
  get image(): readonly Sector[] {
    return this.#cache;
  }

  at(index: number): Sector {
    const sector = this.#cache[index];
    if (sector === undefined) throw new RangeError(`the disk has no sector ${index}`);
    return sector;
  }

  /** A write is half-way through a sector. */
  hold(index: number, mixed: Sector): void {
    if (!this.#held.has(index)) this.#held.set(index, this.at(index));
    this.#cache[index] = mixed;
  }

  /** A sector is written. */
  settle(index: number, sector: Sector): void {
    this.#held.delete(index);
    this.#cache[index] = sector;
    this.#dirty.add(index);
  }

  /** A write that was half-way through a sector did not happen. */
  restore(index: number): void {
    this.#cache[index] = this.#whole(index);
    this.#held.delete(index);
  }

  #whole(index: number): Sector {
    return this.#held.get(index) ?? this.at(index);
  }

  /** Some of the cache becomes durable without anybody asking, or is lost. */
  writeBack(fails: boolean): void {
    for (const index of this.#dirty) {
      if (this.#held.has(index) || this.#random.oneIn(2)) continue;
      if (!fails) this.#durable[index] = this.at(index);
      this.#dirty.delete(index);
      if (fails) this.#hasLost = true;
    }
  }

  /** A sync begins. */
  beginSync(): SyncWork {
    return new Map([...this.#dirty].map((index) => [index, this.#whole(index)]));
  }

  /** It ends; false: something was lost, now or since the last one. */
  endSync(work: SyncWork, fails: boolean): boolean {
    for (const [index, sector] of work) {
      if (!this.#dirty.has(index)) continue; // written back since, perhaps with newer content
      const isLost = fails && this.#random.oneIn(2);
      if (!isLost) this.#durable[index] = sector;
      if (this.#cache[index] === sector) this.#dirty.delete(index);
    }
    const hasFailed = fails || this.#hasLost;
    this.#hasLost = false;
    return !hasFailed;
  }

  /** The power fails; `writing` names what was being written, with the new content. */
  cut(writing: Iterable<readonly [number, Sector]>): void {
    for (const index of this.#dirty) {
      if (this.#random.oneIn(2)) this.#durable[index] = this.#whole(index);
    }
    for (const [index, sector] of writing) {
      if (this.#random.oneIn(2)) this.#durable[index] = sector;
    }
    this.#dirty.clear();
    this.#held.clear();
    this.#hasLost = false;
    this.#durable.forEach((sector, index) => this.#cache[index] = sector);
  }
}
