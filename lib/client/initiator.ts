/**
 * An AoE initiator: finds targets on one interface and uses their disks without a kernel driver.
 *
 * @module
 */
import { Opcode, Status } from "../ata/command.ts";
import { readNames, readSectors } from "../ata/identify.ts";
import { TRIM_FEATURE } from "../ata/trim.ts";
import { ATA_HEADER_SIZE, AtaFrame, SECTOR_SIZE, setLba48 } from "../wire/ata.ts";
import { CONFIG_HEADER_SIZE, ConfigCommand, ConfigFrame } from "../wire/config.ts";
import { FLAG_ERROR, Frame, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { BROADCAST_MAC } from "../wire/mac.ts";
import { MaskCommand, MaskFrame } from "../wire/mask.ts";
import { ReserveCommand, ReserveFrame } from "../wire/reserve.ts";
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
import { DiskError, MaskEditError, RefusedError } from "./target_error.ts";
import { inWindow } from "./window.ts";

/** A target that answered on this interface. */
export interface Device {
  /** Upper half of its address. */
  readonly shelf: number;
  /** Lower half of its address. */
  readonly slot: number;
  /** Its MAC. */
  readonly mac: number;
  /** How many requests it takes at a time. */
  readonly bufferCount: number;
  /** Its firmware version. */
  readonly firmware: number;
  /** How many sectors it takes in a frame. */
  readonly sectorCount: number;
  /** Its config string. */
  readonly config: Uint8Array<ArrayBuffer>;
}

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

const DEFAULTS: LinkOptions = { waitMs: 250, waitMaxMs: 2000, patienceMs: 10_000 };
/** How long answers to a broadcast are waited for. */
const DISCOVER_MS = 300;

/** An initiator on one interface. */
export class Initiator implements Disposable {
  /** The interface. */
  readonly link: Link;

  private constructor(link: Link) {
    this.link = link;
  }

  /** Opens one on the interface `name`; needs CAP_NET_RAW. */
  static open(name: string, options: Partial<LinkOptions> = {}): Initiator {
    return new Initiator(Link.open(name, { ...DEFAULTS, ...options }));
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
    const reply = await this.link.request(request);
    refuseError(reply);
    return readDevice(reply)?.config ?? new Uint8Array(0);
  }

  /** How the disk describes itself. */
  async identify(device: Device): Promise<Identification> {
    const data = await this.ata(device, { opcode: Opcode.IDENTIFY, count: 1 });
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (data.length < SECTOR_SIZE) throw new DiskError(Status.ERROR, 0);
    return { sectors: readSectors(view, 0), ...readNames(view, 0), data };
  }

  /** Reads `count` sectors from `lba` on, as many frames at a time as the target takes. */
  async read(device: Device, lba: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const result = new Uint8Array(count * SECTOR_SIZE);
    await this.#inFrames(device, count, async (start, size) => {
      const request = { opcode: Opcode.READ_EXT, lba: lba + start, count: size };
      const data = await this.ata(device, request);
      if (data.length < size * SECTOR_SIZE) throw new DiskError(Status.ERROR, 0);
      result.set(data.subarray(0, size * SECTOR_SIZE), start * SECTOR_SIZE);
    });
    return result;
  }

  /** Writes whole sectors from `lba` on, as many frames at a time as the target takes. */
  async write(device: Device, lba: number, data: Uint8Array): Promise<void> {
    if (data.length % SECTOR_SIZE !== 0) {
      throw new RangeError(`Cannot write ${data.length} bytes: not a multiple of ${SECTOR_SIZE}`);
    }
    await this.#inFrames(device, data.length / SECTOR_SIZE, async (start, size) => {
      const part = data.subarray(start * SECTOR_SIZE, (start + size) * SECTOR_SIZE);
      const opcode = Opcode.WRITE_EXT;
      await this.ata(device, { opcode, lba: lba + start, count: size, data: part });
    });
  }

  /** Makes all that was written durable. */
  async flush(device: Device): Promise<void> {
    await this.ata(device, { opcode: Opcode.FLUSH_EXT });
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
    const reply = await this.link.request(ataRequest(this.#route(device), request));
    refuseError(reply);
    const frame = new AtaFrame(viewOf(reply));
    if (!frame.fits(reply.length)) throw new DiskError(Status.ERROR, 0);
    if ((frame.opcode & 0xa9) !== 0) throw new DiskError(frame.opcode, frame.feature);
    return reply.slice(ATA_HEADER_SIZE);
  }

  /** Reads the mask list, or edits it where directives are given; returns the list. */
  async mask(device: Device, directives?: readonly MaskDirective[]): Promise<readonly number[]> {
    const command = directives === undefined ? MaskCommand.READ : MaskCommand.EDIT;
    const reply = await this.link.request(maskRequest(this.#route(device), command, directives));
    refuseError(reply);
    const frame = new MaskFrame(viewOf(reply));
    if (!frame.fits(reply.length) || !frame.directivesFit(reply.length)) throw new RefusedError(0);
    if (frame.maskError !== 0) throw new MaskEditError(frame.maskError, frame.count);
    return Array.from({ length: frame.count }, (_, index) => frame.mac(index));
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
    refuseError(reply);
    const frame = new ReserveFrame(viewOf(reply));
    if (!frame.fits(reply.length) || !frame.macsFit(reply.length)) throw new RefusedError(0);
    return Array.from({ length: frame.count }, (_, index) => frame.mac(index));
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

  #inFrames(
    device: Device,
    count: number,
    run: (start: number, size: number) => Promise<void>,
  ): Promise<void> {
    const size = this.frameSectors(device);
    return inWindow(Math.ceil(count / size), device.bufferCount, (index) => {
      const start = index * size;
      return run(start, Math.min(size, count - start));
    });
  }

  /** Closes the interface. */
  [Symbol.dispose](): void {
    this.link[Symbol.dispose]();
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function refuseError(reply: Uint8Array): void {
  const frame = new Frame(viewOf(reply));
  if ((frame.flags & FLAG_ERROR) !== 0) throw new RefusedError(frame.error);
}

function readDevice(reply: Uint8Array<ArrayBuffer>): Device | undefined {
  const frame = new ConfigFrame(viewOf(reply));
  if (!frame.fits(reply.length) || !frame.stringFits(reply.length)) return undefined;
  return {
    shelf: frame.shelf,
    slot: frame.slot,
    mac: frame.source,
    bufferCount: frame.bufferCount,
    firmware: frame.firmware,
    sectorCount: frame.sectorCount === 0 ? 2 : frame.sectorCount,
    config: reply.slice(CONFIG_HEADER_SIZE, CONFIG_HEADER_SIZE + frame.stringSize),
  };
}
