/**
 * Sectors to and from a disk: as many frames as they need, several of them under way at a time. A
 * few frames are made for a transfer and used again and again.
 *
 * @module
 */
import { Opcode, Status } from "../ata/command.ts";
import { ATA_HEADER_SIZE, AtaFrame, SECTOR_SIZE } from "../wire/ata.ts";
import { ataRequest, type Route } from "../wire/requests.ts";
import type { Exchange } from "./exchange.ts";
import type { Flow } from "./flow.ts";
import type { Link } from "./link.ts";
import { hasSectors, troubleOf } from "./outcome.ts";
import { DiskError } from "./target_error.ts";

/** By what way, and in which pieces. */
export interface TransferWay {
  /** The interface. */
  readonly link: Link;
  /** The requests to the target. */
  readonly flow: Flow;
  /** The target. */
  readonly route: Route;
  /** Sectors in a frame. */
  readonly frameSectors: number;
}

/** Reads `data`, whole sectors, from sector `lba` on. */
export function readSectors(way: TransferWay, lba: number, data: Uint8Array): Promise<void> {
  return new Transfer(way, lba, data, false).done;
}

/** Writes `data`, whole sectors, to sector `lba` on; it is not looked at after the end. */
export function writeSectors(way: TransferWay, lba: number, data: Uint8Array): Promise<void> {
  return new Transfer(way, lba, data, true).done;
}

class Transfer {
  readonly done: Promise<void>;
  readonly way: TransferWay;
  readonly lba: number;
  readonly data: Uint8Array;
  readonly isWrite: boolean;
  readonly #sectors: number;
  readonly #lanes = new Set<Lane>();
  #next = 0;
  #left: number;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(way: TransferWay, lba: number, data: Uint8Array, isWrite: boolean) {
    this.way = way;
    this.lba = lba;
    this.data = data;
    this.isWrite = isWrite;
    this.#sectors = data.length / SECTOR_SIZE;
    this.#left = this.#sectors;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const frames = Math.ceil(this.#sectors / way.frameSectors);
    const laneCount = Math.min(frames, way.flow.windowMax);
    if (laneCount === 0) this.#resolve();
    for (let index = 0; index < laneCount; index++) this.#lanes.add(new Lane(this));
    for (const lane of this.#lanes) lane.goOn();
  }

  /** Sectors of the next frame: [first of the transfer, number]; a number of 0: there is none. */
  take(place: { start: number; count: number }): void {
    place.start = this.#next;
    place.count = Math.min(this.way.frameSectors, this.#sectors - this.#next);
    this.#next += place.count;
  }

  ended(count: number): void {
    this.#left -= count;
    if (this.#left === 0) this.#resolve();
  }

  /** Nothing of it is sent any more, or it could come after what the caller does next. */
  failed(error: Error): void {
    this.#next = this.#sectors;
    this.way.link.cancel(this.#lanes, this.way.flow);
    this.#reject(error);
  }
}

/** One frame's way to the target and back, again and again. */
class Lane implements Exchange {
  request: AtaFrame;
  readonly #transfer: Transfer;
  readonly #place = { start: 0, count: 0 };
  #requestCount = 0;

  constructor(transfer: Transfer) {
    this.#transfer = transfer;
    this.request = this.#newRequest(transfer.way.frameSectors);
  }

  /** Sends the next frame of the transfer, if there is one. */
  goOn(): void {
    const place = this.#place;
    const { way, lba, data, isWrite } = this.#transfer;
    this.#transfer.take(place);
    if (place.count === 0) return;
    // Only the last frame of a transfer is shorter.
    if (place.count !== this.#requestCount) this.request = this.#newRequest(place.count);
    this.request.lba = lba + place.start;
    if (isWrite) this.request.bytes.set(partOf(data, place.start, place.count), ATA_HEADER_SIZE);
    way.link.start(this, way.flow);
  }

  replied(reply: AtaFrame, size: number): void {
    const { start, count } = this.#place;
    const { data, isWrite } = this.#transfer;
    const trouble = troubleOf(reply, size);
    if (trouble !== undefined) return this.#transfer.failed(trouble.at(this.request.lba));
    if (!isWrite) {
      if (!hasSectors(size, count)) {
        return this.#transfer.failed(new DiskError(Status.ERROR, 0).at(this.request.lba));
      }
      data.set(partOf(reply.bytes.subarray(ATA_HEADER_SIZE), 0, count), start * SECTOR_SIZE);
    }
    this.#transfer.ended(count);
    this.goOn();
  }

  failed(error: Error): void {
    this.#transfer.failed(error);
  }

  #newRequest(count: number): AtaFrame {
    const { way, isWrite } = this.#transfer;
    this.#requestCount = count;
    const command = isWrite
      ? { opcode: Opcode.WRITE_EXT, count, data: new Uint8Array(count * SECTOR_SIZE) }
      : { opcode: Opcode.READ_EXT, count };
    const bytes = ataRequest(way.route, command);
    return new AtaFrame(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
}

function partOf(bytes: Uint8Array, start: number, count: number): Uint8Array {
  return bytes.subarray(start * SECTOR_SIZE, (start + count) * SECTOR_SIZE);
}
