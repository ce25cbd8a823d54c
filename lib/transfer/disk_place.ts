/**
 * A disk on the wire as a place.
 *
 * @module
 */
import { readFlushes } from "../ata/identify.ts";
import type { Device, Identification, Initiator } from "../client/initiator.ts";
import { namingDisk } from "../client/disk_trouble.ts";
import { DiskError } from "../client/target_error.ts";
import { requireWritable } from "../client/write_probe.ts";
import { TimeoutError } from "../error.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { listContents } from "./contents.ts";
import type { Identity, Place } from "./place.ts";

/** What is used of an initiator. */
export type DiskClient = Pick<Initiator, "ata" | "findAll" | "readInto" | "reserve" | "write">;

/** The disk, and how it is reached. */
export interface DiskRoute {
  /** Its address: `e0.0`. */
  readonly name: string;
  /** The initiator on the interface that is used. */
  readonly initiator: DiskClient;
  /** The target as it answered there. */
  readonly device: Device;
  /** How the disk describes itself. */
  readonly identification: Identification;
}

/** How often a flush is asked for that is not answered while its target is. */
const FLUSH_TRIES = 30;
/** How long a target has to say that it is there. */
const ALIVE_MS = 500;

/** A disk. */
export class DiskPlace implements Place {
  /** Its address. */
  readonly name: string;
  /** Bytes that it holds. */
  readonly size: number;
  /** The same. */
  readonly capacity: number;
  /** It can be read and written anywhere. */
  readonly inOrder = false;
  /** Address, names and size. */
  readonly identity: Identity;
  readonly #route: DiskRoute;
  readonly #flush: number | undefined;

  /** Makes it of an open disk. */
  constructor(route: DiskRoute) {
    const { name, identification } = route;
    this.#route = route;
    this.name = name;
    this.size = this.capacity = identification.sectors * SECTOR_SIZE;
    this.identity = {
      disk: name,
      serial: identification.serial,
      model: identification.model,
      sectors: `${identification.sectors}`,
    };
    const { data } = identification;
    [this.#flush] = readFlushes(new DataView(data.buffer, data.byteOffset, data.byteLength), 0);
  }

  /** What a disk holds cannot be told from what it says of itself. */
  get sourceIdentity(): Identity {
    return this.identity;
  }

  /** A disk needs nothing. */
  prepare(): void {}

  /**
   * Fills `bytes`, as far as the disk reaches; `offset` is a multiple of 512. Where sectors cannot
   * be read, the first of them is named.
   */
  async read(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<number> {
    const size = Math.max(0, Math.min(bytes.length, this.size - offset));
    const whole = size - size % SECTOR_SIZE;
    const lba = offset / SECTOR_SIZE;
    try {
      await this.#readSectors(bytes.subarray(0, whole), lba);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      for (let at = 0; at < whole; at += SECTOR_SIZE) {
        await this.#readSectors(bytes.subarray(at, at + SECTOR_SIZE), lba + at / SECTOR_SIZE);
      }
    }
    if (size > whole) {
      const sector = new Uint8Array(SECTOR_SIZE);
      await this.read(sector, offset + whole);
      bytes.set(sector.subarray(0, size - whole), whole);
    }
    return size;
  }

  async #readSectors(bytes: Uint8Array<ArrayBuffer>, lba: number): Promise<void> {
    const { initiator, device } = this.#route;
    if (bytes.length === 0) return;
    await namingDisk(this.#route, () => initiator.readInto(device, lba, bytes));
  }

  async #writeSectors(bytes: Uint8Array<ArrayBuffer>, lba: number): Promise<void> {
    const { initiator, device } = this.#route;
    if (bytes.length === 0) return;
    await namingDisk(this.#route, () => initiator.write(device, lba, bytes));
  }

  /** Throws DiskError where the disk is known to be exported read-only. */
  async requireWritable(): Promise<void> {
    const { initiator, device, identification } = this.#route;
    await requireWritable(this.name, (request) => initiator.ata(device, request), identification);
  }

  /**
   * Writes all of `bytes`; `offset` is a multiple of 512. Of a last sector that is not whole the
   * rest stays as it is.
   */
  async write(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<void> {
    const whole = bytes.length - bytes.length % SECTOR_SIZE;
    const lba = offset / SECTOR_SIZE;
    await this.#writeSectors(bytes.subarray(0, whole), lba);
    if (whole === bytes.length) return;
    const sector = new Uint8Array(SECTOR_SIZE);
    await this.read(sector, offset + whole);
    sector.set(bytes.subarray(whole));
    await this.#writeSectors(sector, lba + whole / SECTOR_SIZE);
  }

  /**
   * FLUSH CACHE EXT or FLUSH CACHE. A disk may take long to write down what it kept: a target that
   * is there is asked again.
   */
  async sync(): Promise<boolean> {
    const { initiator, device } = this.#route;
    const opcode = this.#flush;
    if (opcode === undefined) return false;
    for (let tries = 1;; tries++) {
      try {
        await namingDisk(this.#route, () => initiator.ata(device, { opcode }));
        return true;
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        const alive = await initiator.findAll(device.shelf, device.slot, ALIVE_MS);
        if (tries < FLUSH_TRIES && alive.some(({ mac }) => mac === device.mac)) continue;
        throw new TimeoutError(`${this.name} does not answer to a flush`);
      }
    }
  }

  /** A disk has no end to be told. */
  reach(): Promise<void> {
    return Promise.resolve();
  }

  /** Looks where partition tables and file systems leave their marks. */
  occupied(): Promise<readonly string[]> {
    return listContents(this);
  }
}
