/**
 * An AoE initiator: finds targets on one interface and uses their disks without a kernel driver.
 *
 * @module
 */
import { AtaError, Opcode, Status } from "../ata/command.ts";
import { readNames, readSectors as readSize } from "../ata/identify.ts";
import { TRIM_FEATURE } from "../ata/trim.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE, setLba48 } from "../wire/ata.ts";
import { ConfigCommand } from "../wire/config.ts";
import { SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { BROADCAST_MAC } from "../wire/mac.ts";
import { MaskCommand } from "../wire/mask.ts";
import { ReserveCommand } from "../wire/reserve.ts";
import { Flow } from "./flow.ts";
import { Link, type LinkOptions } from "./link.ts";
import {
  type AtaRequest,
  ataRequest,
  configRequest,
  type MaskDirective,
  maskRequest,
  reserveRequest,
  type Route,
} from "../wire/requests.ts";
import {
  type Device,
  readAta,
  readConfig,
  readDevice,
  readMasks,
  readReservation,
  refuseError,
} from "./replies.ts";
import { DiskError, RefusedError } from "./target_error.ts";
import { readSectors, type TransferWay, writeSectors } from "./transfer.ts";

export type { Device };

/** How a disk describes itself. */
export interface Identification {
  /** Size in sectors. */
  readonly sectors: number;
  /** Serial number. */
  readonly serial: string;
  /** Firmware. */
  readonly firmware: string;
  /** Model. */
  readonly model: string;
  /** All 512 bytes. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/** How patient an initiator is, and how greedy. */
export interface InitiatorOptions extends Partial<LinkOptions> {
  /** Most requests under way to one target, where it takes as many. */
  readonly windowMax?: number;
}

const DEFAULTS: LinkOptions = {
  waitMs: 250,
  waitMinMs: 20,
  waitMaxMs: 1000,
  patienceMs: 10_000,
};
/** Most requests under way to one target, where it takes as many. */
const WINDOW_MAX = 128;
/** How long answers to a broadcast are waited for. */
const DISCOVER_MS = 300;

/** An initiator on one interface. */
export class Initiator implements Disposable {
  /** The interface. */
  readonly link: Link;
  readonly #windowMax: number;
  readonly #flows = new Map<string, Flow>();

  private constructor(link: Link, windowMax: number) {
    this.link = link;
    this.#windowMax = windowMax;
  }

  /** Opens one on the interface `name`; needs CAP_NET_RAW. */
  static open(name: string, options: InitiatorOptions = {}): Initiator {
    const { windowMax = WINDOW_MAX, ...link } = options;
    // Who says how long to wait means it, however quick the target is.
    const waitMinMs = link.waitMs ?? DEFAULTS.waitMinMs;
    return new Initiator(Link.open(name, { ...DEFAULTS, waitMinMs, ...link }), windowMax);
  }

  /** All targets that answer within `durationMs`. */
  discover(durationMs: number = DISCOVER_MS): Promise<readonly Device[]> {
    return this.findAll(SHELF_ANY, SLOT_ANY, durationMs);
  }

  /** All targets that answer for shelf.slot, which may be wildcards, within `durationMs`. */
  async findAll(shelf: number, slot: number, durationMs: number): Promise<readonly Device[]> {
    const route = this.#broadcast(shelf, slot);
    const question = configRequest(route, ConfigCommand.READ);
    const replies = await this.link.requestAll(question, durationMs);
    const devices = new Map<string, Device>();
    for (const reply of replies) {
      const device = readDevice(reply);
      if (device !== undefined) devices.set(`${device.shelf}.${device.slot} ${device.mac}`, device);
    }
    return [...devices.values()];
  }

  /** The target at shelf.slot; throws TimeoutError where none answers. */
  async find(shelf: number, slot: number): Promise<Device> {
    const route = this.#broadcast(shelf, slot);
    const reply = await this.link.request(configRequest(route, ConfigCommand.READ));
    refuseError(reply);
    const device = readDevice(reply);
    if (device === undefined) throw new RefusedError(0);
    return device;
  }

  /** Reads, tests or sets the config string; a test that fails has no answer: TimeoutError. */
  async config(
    device: Device,
    configCommand: number,
    string?: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const request = configRequest(this.#route(device), configCommand, string);
    return readConfig(await this.link.request(request));
  }

  /** How the disk describes itself. */
  async identify(device: Device): Promise<Identification> {
    const data = await this.ata(device, { opcode: Opcode.IDENTIFY, count: 1 });
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (data.length < SECTOR_SIZE) throw new DiskError(Status.ERROR, 0);
    return { sectors: readSize(view, 0), ...readNames(view, 0), data };
  }

  /** Reads `count` sectors from `lba` on. */
  async read(device: Device, lba: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const result = new Uint8Array(count * SECTOR_SIZE);
    await this.readInto(device, lba, result);
    return result;
  }

  /** Reads whole sectors from `lba` on into `data`; what it holds after a failure is not said. */
  async readInto(device: Device, lba: number, data: Uint8Array): Promise<void> {
    await readSectors(this.#way(device, data), lba, data);
  }

  /** Writes whole sectors from `lba` on. */
  async write(device: Device, lba: number, data: Uint8Array): Promise<void> {
    await writeSectors(this.#way(device, data), lba, data);
  }

  /** Makes all that was written durable; by the older command where the target knows no other. */
  async flush(device: Device): Promise<void> {
    try {
      await this.ata(device, { opcode: Opcode.FLUSH_EXT });
    } catch (error) {
      if (!isUnknown(error)) throw error;
      await this.ata(device, { opcode: Opcode.FLUSH });
    }
  }

  /** Gives sectors back; at most 65535. */
  async trim(device: Device, lba: number, count: number): Promise<void> {
    const data = new Uint8Array(SECTOR_SIZE);
    const view = new DataView(data.buffer);
    setLba48(view, 0, lba);
    view.setUint16(6, count, true);
    const opcode = Opcode.DATA_SET_MANAGEMENT;
    await this.ata(device, { opcode, feature: TRIM_FEATURE, count: 1, data });
  }

  /** Sends one ATA command; returns the data of its reply, a whole frame's. */
  async ata(device: Device, request: AtaRequest): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = ataRequest(this.#route(device), request);
    const reply = await this.link.request(bytes, this.flow(device));
    return readAta(reply, request.opcode);
  }

  /** Reads the mask list, or edits it where directives are given; returns the list. */
  async mask(device: Device, directives?: readonly MaskDirective[]): Promise<readonly number[]> {
    const command = directives === undefined ? MaskCommand.READ : MaskCommand.EDIT;
    const reply = await this.link.request(maskRequest(this.#route(device), command, directives));
    return readMasks(reply);
  }

  /** Reads the reservation, or sets it where MACs are given; returns the list. */
  async reserve(
    device: Device,
    macs?: readonly number[],
    force: boolean = false,
  ): Promise<readonly number[]> {
    const change = force ? ReserveCommand.FORCE : ReserveCommand.SET;
    const command = macs === undefined ? ReserveCommand.READ : change;
    const reply = await this.link.request(reserveRequest(this.#route(device), command, macs));
    return readReservation(reply);
  }

  /** How many sectors a frame to or from the target carries. */
  frameSectors(device: Device): number {
    const fit = Math.floor((this.link.mtu - ATA_HEADER_SIZE) / SECTOR_SIZE);
    return Math.max(1, Math.min(device.sectorCount, fit));
  }

  #broadcast(shelf: number, slot: number): Route {
    return { source: this.link.mac, destination: BROADCAST_MAC, shelf, slot };
  }

  #route({ mac, shelf, slot }: Device): Route {
    return { source: this.link.mac, destination: mac, shelf, slot };
  }

  /** The requests to a target, of which no more are under way than it takes. */
  flow({ mac, shelf, slot, bufferCount }: Device): Flow {
    const name = `${mac} ${shelf}.${slot}`;
    const known = this.#flows.get(name);
    if (known !== undefined) return known;
    const flow = new Flow(Math.min(bufferCount, this.#windowMax));
    this.#flows.set(name, flow);
    return flow;
  }

  #way(device: Device, data: Uint8Array): TransferWay {
    if (data.length % SECTOR_SIZE !== 0) {
      throw new RangeError(`${data.length} bytes are no whole sectors of ${SECTOR_SIZE}`);
    }
    return {
      link: this.link,
      flow: this.flow(device),
      route: this.#route(device),
      frameSectors: this.frameSectors(device),
    };
  }

  /** Closes the interface. */
  [Symbol.dispose](): void {
    this.link[Symbol.dispose]();
  }
}

/** Whether the disk aborted a command, as it does with one that it does not know. */
function isUnknown(error: unknown): boolean {
  return error instanceof DiskError && error.status === Status.ERROR &&
    error.error === AtaError.ABORTED;
}
