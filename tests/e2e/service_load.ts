/**
 * Load that is verified: clients write patterns to exports of a service and read them back, and it
 * is measured how long each reply takes.
 *
 * @module
 */
import { Opcode } from "../../lib/ata/command.ts";
import type { Device, Initiator } from "../../lib/client/initiator.ts";
import { pattern } from "./image.ts";
import { nameOf } from "./service_lan.ts";

/** Sectors of a frame. */
const COUNT = 2;
/** Frames that a lane writes before it reads them back. */
const FRAMES = 4;
/** Sectors that belong to a lane. */
export const LANE_SECTORS: number = COUNT * FRAMES;

/** A client that works on sectors of its own of an export. */
class Lane {
  /** Replies. */
  count = 0;
  /** What was not as it should be. */
  readonly faults: string[] = [];
  /** The longest that a reply took, in ms, since it was last taken back. */
  slowestMs = 0;
  isOver = false;
  readonly #initiator: Initiator;
  readonly #device: Device;
  readonly #lba: number;

  constructor(initiator: Initiator, device: Device, lba: number) {
    this.#initiator = initiator;
    this.#device = device;
    this.#lba = lba;
  }

  async run(): Promise<void> {
    const { link } = this.#initiator;
    const where = `${nameOf(this.#device)} on ${link.name}`;
    try {
      for (let round = 1; !this.isOver; round++) await this.#round(round, where);
    } catch (error) {
      this.faults.push(`${where}: ${error}`);
    }
  }

  async #round(round: number, where: string): Promise<void> {
    const data = pattern(LANE_SECTORS * 512, round * 65_537 + this.#lba * 255 + this.#device.slot);
    const frames = Array.from({ length: FRAMES }, (_, index) => index);
    await Promise.all(frames.map(async (index) => {
      const part = data.slice(index * COUNT * 512, (index + 1) * COUNT * 512);
      await this.#timed({ opcode: Opcode.WRITE_EXT, ...this.#place(index), data: part });
    }));
    await Promise.all(frames.map(async (index) => {
      const got = await this.#timed({ opcode: Opcode.READ_EXT, ...this.#place(index) });
      const at = index * COUNT * 512;
      const isSame = got.length >= COUNT * 512 &&
        data.subarray(at, at + COUNT * 512).every((byte, offset) => byte === got[offset]);
      if (!isSame) this.faults.push(`${where}: wrong data at ${this.#place(index).lba}`);
    }));
  }

  #place(index: number): { lba: number; count: number } {
    return { lba: this.#lba + index * COUNT, count: COUNT };
  }

  async #timed(request: Parameters<Initiator["ata"]>[1]): Promise<Uint8Array<ArrayBuffer>> {
    const startMs = performance.now();
    const data = await this.#initiator.ata(this.#device, request);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
    this.count++;
    return data;
  }
}

/** All clients. */
export class ServiceLoad {
  readonly #lanes: Lane[] = [];
  readonly #runs: Promise<void>[] = [];

  /** One more client: of a device, by an interface, on {@linkcode LANE_SECTORS} sectors. */
  add(initiator: Initiator, device: Device, lba: number): void {
    const lane = new Lane(initiator, device, lba);
    this.#lanes.push(lane);
    this.#runs.push(lane.run());
  }

  /** Replies so far. */
  get count(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.count, 0);
  }

  /** The fewest replies that one of them had. */
  get countMin(): number {
    return Math.min(...this.#lanes.map((lane) => lane.count));
  }

  /** What was not as it should be. */
  get faults(): readonly string[] {
    return this.#lanes.flatMap((lane) => lane.faults);
  }

  /** The longest that a reply took since it was asked last, in ms. */
  takeSlowest(): number {
    const slowest = Math.max(...this.#lanes.map((lane) => lane.slowestMs));
    for (const lane of this.#lanes) lane.slowestMs = 0;
    return slowest;
  }

  /** Lets none of them begin anything new. */
  end(): void {
    for (const lane of this.#lanes) lane.isOver = true;
  }

  /** Lets all of them end. */
  async stop(): Promise<void> {
    this.end();
    await Promise.all(this.#runs);
  }
}
