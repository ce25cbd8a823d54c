/**
 * A disk in memory for the tests of NBD, whose operations can be held and made to fail.
 *
 * @module
 */
import { type NbdDisk, SECTOR_SIZE } from "../../lib/nbd/disk.ts";

/** What a disk can do. */
export type Abilities = Partial<
  Pick<
    NbdDisk,
    "readOnly" | "canFlush" | "isWriteThrough" | "canTrim" | "trimReadsZeros" | "preferredSize"
  >
>;

/** A disk that holds 0x11 in each byte at first. */
export class FakeDisk implements NbdDisk {
  readonly sizeBytes: number;
  readonly readOnly: boolean;
  readonly canFlush: boolean;
  readonly isWriteThrough: boolean;
  readonly canTrim: boolean;
  readonly trimReadsZeros: boolean;
  readonly preferredSize: number;
  /** What it holds; a disk larger than that is never read beyond. */
  readonly bytes: Uint8Array;
  /** What was done, such as `write 8+1`. */
  readonly done: string[] = [];
  /** Bytes of reads and writes under way, and the most there ever were. */
  load = { now: 0, most: 0, count: 0, countMost: 0 };
  /** Waited for before each operation. */
  hold: (what: string) => Promise<void> = () => Promise.resolve();
  /** Thrown by each operation. */
  error: Error | undefined;

  constructor(sectors: number, abilities: Abilities = {}, sizeBytes = sectors * SECTOR_SIZE) {
    this.bytes = new Uint8Array(sectors * SECTOR_SIZE).fill(0x11);
    this.sizeBytes = sizeBytes;
    this.readOnly = abilities.readOnly ?? false;
    this.canFlush = abilities.canFlush ?? true;
    this.isWriteThrough = abilities.isWriteThrough ?? false;
    this.canTrim = abilities.canTrim ?? true;
    this.trimReadsZeros = abilities.trimReadsZeros ?? true;
    this.preferredSize = abilities.preferredSize ?? 4096;
  }

  /** What each read was given. */
  readonly signals: AbortSignal[] = [];

  async read(lba: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    this.signals.push(signal);
    await this.#run(`read ${lba}+${into.length / SECTOR_SIZE}`, into.length, () => {
      const start = lba * SECTOR_SIZE;
      into.set(this.bytes.subarray(start, start + into.length));
    });
  }

  async write(lba: number, data: Uint8Array): Promise<void> {
    await this.#run(`write ${lba}+${data.length / SECTOR_SIZE}`, data.length, () => {
      this.bytes.set(data, lba * SECTOR_SIZE);
    });
  }

  async writeZeros(lba: number, count: number): Promise<void> {
    await this.#run(`zeros ${lba}+${count}`, 0, () => this.#zero(lba, count));
  }

  async trim(lba: number, count: number): Promise<void> {
    await this.#run(`trim ${lba}+${count}`, 0, () => this.#zero(lba, count));
  }

  async flush(): Promise<void> {
    await this.#run("flush", 0, () => {});
  }

  #zero(lba: number, count: number): void {
    this.bytes.fill(0, lba * SECTOR_SIZE, (lba + count) * SECTOR_SIZE);
  }

  async #run(what: string, size: number, change: () => void): Promise<void> {
    const { load } = this;
    load.now += size;
    load.count++;
    load.most = Math.max(load.most, load.now);
    load.countMost = Math.max(load.countMost, load.count);
    try {
      await this.hold(what);
      if (this.error !== undefined) throw this.error;
      change();
      this.done.push(what);
    } finally {
      load.now -= size;
      load.count--;
    }
  }
}
