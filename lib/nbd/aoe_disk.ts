/**
 * A disk on the wire as one that NBD clients use.
 *
 * @module
 */
import type { Device, Identification } from "../client/initiator.ts";
import { isReadOnly } from "../client/write_probe.ts";
import { TimeoutError } from "../error.ts";
import type { AtaRequest } from "../wire/requests.ts";
import { chooseFlush } from "./aoe_probe.ts";
import { AoeWork, PIECE_SECTORS_MAX } from "./aoe_work.ts";
import { type NbdDisk, SECTOR_SIZE } from "./disk.ts";
import { type Features, readFeatures } from "./features.ts";
import { ATTEMPT_MS, type OpenPath, Presence, type Targets, type Way } from "./presence.ts";

/** How a disk is opened. */
export interface AoeDiskOptions {
  /** The interfaces that may lead to it, first the one where it answered. */
  readonly ways: readonly Way[];
  /** What answered there. */
  readonly device: Device;
  /** Which targets may be the disk's after an absence. */
  readonly targets: Targets;
  /** How long a request may go without any progress in milliseconds. */
  readonly timeoutMs: number;
  /** Whether to refuse writes, though the target may take them. */
  readonly readOnly: boolean;
}

/** How long a FLUSH is waited for that was not done within the time of one attempt. */
const FLUSH_MS = 60_000;
/** Sectors of a TRIM: as many as a range holds in whole 4 KiB. */
const TRIM_COUNT_MAX = 65528;
/** Most frames under way, where the target takes more: vblade takes 16, dblade 128. */
const WINDOW_MAX = 128;
/** Size in bytes of requests that suit file systems and the page cache. */
const PREFERRED_SIZE_MIN = 4096;

/** What is found out of a disk when it is opened. */
interface Found {
  readonly identification: Identification;
  readonly features: Features;
  readonly flushOpcode: number | undefined;
  readonly readOnly: boolean;
}

/** The disk at one shelf.slot. */
export class AoeDisk implements NbdDisk, Disposable {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly canFlush: boolean;
  readonly isWriteThrough: boolean;
  readonly canTrim: boolean;
  readonly trimReadsZeros: boolean;
  readonly preferredSize: number;
  /** How it described itself when it was opened. */
  readonly identification: Identification;
  readonly #presence: Presence;
  readonly #work: AoeWork;
  readonly #flushOpcode: number | undefined;
  readonly #flushMs: number;
  readonly #zeros = new Uint8Array(PIECE_SECTORS_MAX * SECTOR_SIZE);
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  private constructor(options: AoeDiskOptions, path: OpenPath, found: Found) {
    const { identification, features, flushOpcode } = found;
    this.identification = identification;
    this.sizeBytes = identification.sectors * SECTOR_SIZE;
    this.readOnly = options.readOnly || found.readOnly;
    this.isWriteThrough = features.isWriteThrough;
    this.canFlush = flushOpcode !== undefined || features.isWriteThrough;
    this.canTrim = features.canTrim;
    this.trimReadsZeros = features.trimReadsZeros;
    this.preferredSize = Math.max(PREFERRED_SIZE_MIN, features.physicalSize);
    this.#flushOpcode = flushOpcode;
    this.#flushMs = Math.max(ATTEMPT_MS, Math.min(FLUSH_MS, options.timeoutMs));
    this.#presence = new Presence(options.ways, path, identification, options.targets);
    const windowSize = Math.max(1, Math.min(WINDOW_MAX, path.device.bufferCount));
    this.#work = new AoeWork(this.#presence, windowSize, options.timeoutMs);
  }

  /** Opens the disk by the first of the ways, and finds out what it can do. */
  static async open(options: AoeDiskOptions): Promise<AoeDisk> {
    const { ways: [way], device } = options;
    if (way === undefined) throw new TimeoutError("There is no way to the disk");
    const initiator = way.open(ATTEMPT_MS);
    try {
      const path = { initiator, device, way };
      return new AoeDisk(options, path, await inspect(path));
    } catch (error) {
      initiator[Symbol.dispose]();
      throw error;
    }
  }

  /** Name of the interface that leads to it now. */
  get interface(): string {
    return this.#presence.latest.way.name;
  }

  async read(lba: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    const total = into.length / SECTOR_SIZE;
    await this.#work.inPieces({ doing: "read", total, signal }, async (path, start, count) => {
      const part = into.subarray(start * SECTOR_SIZE, (start + count) * SECTOR_SIZE);
      await path.initiator.readInto(path.device, lba + start, part);
    });
  }

  async write(lba: number, data: Uint8Array, signal: AbortSignal): Promise<void> {
    const total = data.length / SECTOR_SIZE;
    await this.#work.inPieces({ doing: "write", total, signal }, async (path, start, count) => {
      const part = data.subarray(start * SECTOR_SIZE, (start + count) * SECTOR_SIZE);
      await path.initiator.write(path.device, lba + start, part);
    });
  }

  async writeZeros(lba: number, total: number, signal: AbortSignal): Promise<void> {
    await this.#work.inPieces({ doing: "write", total, signal }, async (path, start, size) => {
      const part = this.#zeros.subarray(0, size * SECTOR_SIZE);
      await path.initiator.write(path.device, lba + start, part);
    });
  }

  async trim(lba: number, total: number, signal: AbortSignal): Promise<void> {
    const pieceMax = TRIM_COUNT_MAX;
    await this.#work.inPieces(
      { doing: "trim", total, signal, pieceMax },
      async (path, start, size) => {
        await path.initiator.trim(path.device, lba + start, size);
      },
    );
  }

  flush(): Promise<void> {
    // The one that runs may have begun before a write was done, so the next one is shared.
    this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#running = this.#flush();
      this.#next = undefined;
      return this.#running;
    });
    return this.#next;
  }

  async #flush(): Promise<void> {
    const opcode = this.#flushOpcode;
    if (opcode === undefined) return;
    await this.#work.once("flush", async (path, attempt) => {
      const { initiator, device, way } = path;
      if (attempt === 0) return void await initiator.ata(device, { opcode });
      // A disk may have much to write: given up after seconds, no flush would ever be done.
      using patient = way.open(this.#flushMs);
      await patient.ata(device, { opcode });
    });
  }

  /** Closes the interfaces; requests under way fail. */
  [Symbol.dispose](): void {
    this.#presence[Symbol.dispose]();
  }
}

async function inspect({ initiator, device }: OpenPath): Promise<Found> {
  const identification = await initiator.identify(device);
  const features = readFeatures(identification.data);
  const send = (request: AtaRequest) => initiator.ata(device, request);
  const flushOpcode = await chooseFlush(send, features.flushOpcodes);
  const readOnly = await isReadOnly(send, identification);
  return { identification, features, flushOpcode, readOnly };
}
