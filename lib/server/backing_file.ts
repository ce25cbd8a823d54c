/**
 * The file behind an export: the range of it that is exported, its size in sectors, and the telling
 * of its errors.
 *
 * @module
 */
import { BlockFile } from "../../ffi/block_file.ts";
import { describeErrno } from "../../ffi/errno.ts";
import { type ExportConfig, SECTORS_MAX } from "../config.ts";
import type { Backing } from "../engine/engine.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { SECTOR_SIZE } from "../wire/ata.ts";
import { RateLimit } from "./rate_limit.ts";
import type { StateFile } from "./state_file.ts";

/** A {@linkcode Backing} over a file or block device. */
export class BackingFile implements Backing, Disposable {
  /** The file. */
  readonly file: BlockFile;
  readonly #config: ExportConfig;
  readonly #state: StateFile | undefined;
  readonly #limit = new RateLimit();

  private constructor(file: BlockFile, config: ExportConfig, state: StateFile | undefined) {
    this.file = file;
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
    stack.move();
    return backing;
  }

  /** Present number of whole sectors of the export. */
  sectors(): number {
    const { offsetSectors, lengthSectors } = this.#config;
    const behind = Math.max(0, this.#wholeSectors() - offsetSectors);
    return Math.min(behind, lengthSectors ?? SECTORS_MAX, SECTORS_MAX);
  }

  /** Reads; see {@linkcode Backing}. */
  read(pointer: Deno.PointerObject, size: number, offset: number): number {
    const result = this.file.read(pointer, size, offset);
    if (result < 0) this.#tell("read", size, offset, result);
    return result;
  }

  /** Writes; see {@linkcode Backing}. */
  write(pointer: Deno.PointerObject, size: number, offset: number): number {
    const result = this.file.write(pointer, size, offset);
    if (result < 0) this.#tell("write", size, offset, result);
    return result;
  }

  /** Gives a range back; see {@linkcode Backing}. */
  trim(offset: number, length: number): number {
    const result = this.file.trim(offset, length);
    if (result < 0) this.#tell("trim", length, offset, result);
    return result;
  }

  /** Makes all durable; see {@linkcode Backing}. */
  sync(): number {
    const result = this.file.sync();
    if (result < 0) {
      log.error(
        `Cannot sync "${this.#config.path}": ${describeErrno(-result)}; writes that were not ` +
          "acknowledged may be lost. From now on writes are refused: check the disk, then start " +
          "dblade again",
      );
    }
    return result;
  }

  /** Stores the pending state; see {@linkcode Backing}. */
  save(): number {
    return this.#state?.save() ?? 0;
  }

  #wholeSectors(): number {
    return Math.floor(this.file.size() / SECTOR_SIZE);
  }

  #checkSize(): void {
    const { path, offsetSectors, lengthSectors } = this.#config;
    const whole = this.#wholeSectors();
    const end = offsetSectors + (lengthSectors ?? 1);
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
    const rest = this.file.size() % SECTOR_SIZE;
    if (rest > 0 && lengthSectors === undefined) {
      log.warn(`"${path}" ends with ${rest} bytes that fill no sector: they are not exported`);
    }
  }

  #tell(what: string, size: number, offset: number, result: number): void {
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
    this.file[Symbol.dispose]();
  }
}
