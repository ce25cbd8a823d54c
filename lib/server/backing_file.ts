/**
 * The file behind an export: the range of it that is exported, its size in sectors, and the telling
 * of its errors.
 *
 * @module
 */
import { BlockFile } from "../../ffi/block_file.ts";
import { DirectWriter } from "../../ffi/direct_writer.ts";
import { describeErrno } from "../../ffi/errno.ts";
import { type ExportConfig, SECTORS_MAX } from "../config.ts";
import type { Backing } from "../engine/engine.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import type { Verdict } from "../target/request.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { Lender } from "./lender.ts";
import { RateLimit } from "../rate_limit.ts";
import type { StateFile } from "./state_file.ts";

/** A {@linkcode Backing} over a file or block device. */
export class BackingFile implements Backing, Disposable {
  /** The file. */
  readonly file: BlockFile;
  readonly #config: ExportConfig;
  readonly #state: StateFile | undefined;
  readonly #limit = new RateLimit();
  /** See {@linkcode Backing}. */
  readonly way: Backing["way"];
  /** Where it is in memory. */
  readonly #lender: Lender | undefined;
  #knownSize = 0;
  /** Where writes through it would be slow. */
  #writer: DirectWriter | undefined;

  private constructor(file: BlockFile, config: ExportConfig, state: StateFile | undefined) {
    this.file = file;
    this.way = file.isInMemory() ? "memory" : config.direct ? "direct" : "cache";
    this.#lender = this.way === "memory" ? new Lender(file.descriptor) : undefined;
    this.#config = config;
    this.#state = state;
  }

  /** Opens and locks the file; throws {@linkcode SystemError} where it cannot be exported. */
  static open(config: ExportConfig, state: StateFile | undefined): BackingFile {
    using stack = new DisposableStack();
    const file = stack.use(BlockFile.open({
      path: config.path,
      readOnly: config.readOnly,
      direct: config.direct,
      shared: config.shared,
      offset: config.offsetSectors * SECTOR_SIZE,
      length: (config.lengthSectors ?? 0) * SECTOR_SIZE,
    }));
    const backing = new BackingFile(file, config, state);
    backing.#checkSize();
    if (backing.way === "cache" && config.sync && !config.readOnly) {
      backing.#writer = DirectWriter.open(file.descriptor, file.sectors);
    }
    stack.move();
    return backing;
  }

  /** See {@linkcode Backing}. */
  get descriptor(): number {
    return this.file.descriptor;
  }

  /** See {@linkcode Backing}. */
  get writeDescriptor(): number {
    return this.#writer?.descriptor ?? this.file.descriptor;
  }

  /** See {@linkcode Backing}. */
  get syncsWrites(): boolean {
    return this.#config.sync && (this.#writer !== undefined || this.way === "direct");
  }

  /** See {@linkcode Backing}. */
  get alignment(): number {
    return this.file.alignment;
  }

  /** See {@linkcode Backing}. */
  get trimsAtOnce(): boolean {
    return this.file.trimKind === "discard";
  }

  /** Present number of whole sectors of the export. */
  sectors(): number {
    const { offsetSectors, lengthSectors } = this.#config;
    const behind = Math.max(0, this.#wholeSectors() - offsetSectors);
    return Math.min(behind, lengthSectors ?? SECTORS_MAX, SECTORS_MAX);
  }

  /** See {@linkcode Backing}. */
  lend(offset: number, length: number): number {
    return this.#lender === undefined ? 0 : this.#lender.lend(offset, length);
  }

  /** See {@linkcode Backing}. */
  stopLending(): void {
    this.#lender?.stop();
  }

  /** See {@linkcode Backing}. */
  rest(): void {
    this.#lender?.rest();
  }

  /** Reads; see {@linkcode Backing}. */
  read(pointer: Deno.PointerObject, size: number, offset: number): number {
    const result = this.file.read(pointer, size, offset);
    if (result < 0) this.tell("read", size, offset, result);
    return result;
  }

  /** Writes; see {@linkcode Backing}. */
  write(pointer: Deno.PointerObject, size: number, offset: number): number {
    const result = this.file.write(pointer, size, offset);
    if (result < 0) this.tell("write", size, offset, result);
    return result;
  }

  /** Gives a range back; see {@linkcode Backing}. */
  trim(offset: number, length: number): number {
    this.#lender?.stop();
    const result = this.file.trim(offset, length);
    if (result < 0) this.tell("trim", length, offset, result);
    return result;
  }

  /** Makes all durable; see {@linkcode Backing}. */
  sync(): number {
    const result = this.file.sync();
    if (result < 0) this.#tellFault(result);
    return result;
  }

  #tellFault(result: number): void {
    log.error(
      `Cannot sync "${this.#config.path}": ${describeErrno(-result)}; writes that were not ` +
        "acknowledged may be lost. From now on writes are refused: check the disk, then start " +
        "dblade again",
    );
  }

  /** Stores the pending state; see {@linkcode Backing}. */
  save(): number {
    return this.#state?.save() ?? 0;
  }

  /** Reads what is in the page cache; see {@linkcode Backing}. */
  readNow(address: number, size: number, offset: number): number {
    return this.file.readNow(address, size, offset);
  }

  #wholeSectors(): number {
    const unit = this.alignment;
    const size = this.file.size();
    if (size !== this.#knownSize) this.#lender?.resized();
    this.#knownSize = size;
    return Math.floor(size / unit) * (unit / SECTOR_SIZE);
  }

  #checkSize(): void {
    const { path, offsetSectors, lengthSectors } = this.#config;
    const whole = this.#wholeSectors();
    const end = offsetSectors + (lengthSectors ?? 1);
    this.#refuseOddRange();
    if (whole === 0) {
      throw new SystemError(
        `Cannot export "${path}": it is smaller than one sector of 512 bytes; ` +
          `make it larger, such as with "truncate -s 1G"`,
        "lseek",
        0,
      );
    }
    if (end > whole) {
      const length = lengthSectors === undefined ? "" : ` and a length of ${lengthSectors}`;
      throw new SystemError(
        `Cannot export "${path}" from an offset of ${offsetSectors} sectors${length}: ` +
          `it ends after ${whole} sectors; lower --offset or --length`,
        "lseek",
        0,
      );
    }
    const rest = this.file.size() % this.alignment;
    if (rest > 0 && lengthSectors === undefined) {
      const unit = this.alignment === SECTOR_SIZE ? "sector" : `${this.alignment} bytes`;
      log.warn(`"${path}" ends with ${rest} bytes that fill no ${unit}: they are not exported`);
    }
  }

  /** A unit that two exports share could be read by one and written by the other meanwhile. */
  #refuseOddRange(): void {
    const { path, offsetSectors, lengthSectors } = this.#config;
    const unit = this.alignment / SECTOR_SIZE;
    if (offsetSectors % unit === 0 && (lengthSectors ?? 0) % unit === 0) return;
    throw new SystemError(
      `Cannot use direct I/O on a part of "${path}": it needs an alignment of ${this.alignment} ` +
        `bytes; make --offset and --length multiples of ${unit}, or leave out --direct`,
      "open",
      0,
    );
  }

  /** Logs what failed; see {@linkcode Backing}. */
  tell(what: Verdict, size: number, offset: number, result: number): void {
    if (what === "flush") {
      this.#tellFault(result);
      return;
    }
    const more = this.#limit.take();
    if (more === undefined) return;
    const suppressed = more > 0 ? ` (and ${more} more since the last of these lines)` : "";
    log.error(
      `Cannot ${what} ${size} bytes at ${offset} of "${this.#config.path}": ` +
        `${describeErrno(-result)}; the client was told${suppressed}`,
    );
  }

  /** Closes the file, which releases its lock. */
  [Symbol.dispose](): void {
    this.#writer?.[Symbol.dispose]();
    this.#lender?.[Symbol.dispose]();
    this.file[Symbol.dispose]();
  }
}
