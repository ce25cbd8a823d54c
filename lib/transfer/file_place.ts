/**
 * A file or local block device as a place.
 *
 * @module
 */
import { LocalFile, loopInode } from "../../ffi/local_file.ts";
import { listContents } from "./contents.ts";
import type { Identity, Place } from "./place.ts";

/** Zeros are left out in units of this many bytes, where they would be written to a new place. */
const HOLE_SIZE = 4096;

/** A file or block device. */
export class FilePlace implements Place, Disposable {
  /** Its path. */
  readonly name: string;
  /** It can be read and written anywhere. */
  readonly inOrder = false;
  readonly #file: LocalFile;
  /** From here on nothing was ever written: it is zero without being written. */
  #emptyFrom = Infinity;

  private constructor(file: LocalFile) {
    this.#file = file;
    this.name = file.path;
  }

  /** Opens what data comes from. */
  static openToRead(path: string): FilePlace {
    return new FilePlace(LocalFile.openToRead(path));
  }

  /** Opens what data goes to; a missing file is made. */
  static openToWrite(path: string): FilePlace {
    return new FilePlace(LocalFile.openToWrite(path));
  }

  /** Whether it is a block device. */
  get isDevice(): boolean {
    return this.#file.info.kind === "block device";
  }

  /** Present size in bytes. */
  get size(): number {
    return this.#file.size();
  }

  /** A file grows, a device does not. */
  get capacity(): number | undefined {
    return this.isDevice ? this.size : undefined;
  }

  /** Which file it is; a device by its number, because it may have several names. */
  get identity(): Identity {
    const { inode, device } = this.#file.info;
    if (!this.isDevice) return { file: this.name, inode };
    const behind = loopInode(device);
    const known = { file: this.name, device, size: `${this.size}` };
    return behind === undefined ? known : { ...known, behind };
  }

  /** Besides, what changes when it is written to. */
  get sourceIdentity(): Identity {
    if (this.isDevice) return this.identity;
    const { size, modifiedNs } = this.#file.info;
    return { ...this.identity, size: `${size}`, modified: `${modifiedNs}` };
  }

  /** Empties a file where `fresh` says so; what lies behind its end is zero. */
  prepare(fresh: boolean): void {
    if (this.isDevice) return;
    if (fresh) this.#file.resize(0);
    this.#emptyFrom = this.size;
  }

  /** Fills `bytes` as far as the file reaches. */
  read(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<number> {
    return this.#file.read(bytes, offset);
  }

  /** Writes all of `bytes`; zeros behind the end that the file had become a hole. */
  async write(bytes: Uint8Array<ArrayBuffer>, offset: number): Promise<void> {
    if (offset < this.#emptyFrom) return await this.#file.write(bytes, offset);
    for (const { start, end } of dataRuns(bytes)) {
      await this.#file.write(bytes.subarray(start, end), offset + start);
    }
  }

  /** Makes all that was written durable. */
  async sync(): Promise<boolean> {
    await this.#file.sync();
    return true;
  }

  /** Writes behind a hole at a file's end: to resize it could cut off what comes meanwhile. */
  async reach(end: number): Promise<void> {
    if (!this.isDevice && this.size < end) await this.#file.write(new Uint8Array(1), end - 1);
  }

  /** Whether it has content; a device is looked at as a disk is. */
  occupied(): Promise<readonly string[]> {
    if (this.isDevice) return listContents(this);
    return Promise.resolve(this.size > 0 ? ["is not empty"] : []);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** Where in `bytes`, aligned to 4, there is something else than zeros, in units of a page. */
export function dataRuns(
  bytes: Uint8Array<ArrayBuffer>,
): readonly { readonly start: number; readonly end: number }[] {
  const runs: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += HOLE_SIZE) {
    const end = Math.min(start + HOLE_SIZE, bytes.length);
    if (isZero(bytes, start, end)) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}

function isZero(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
  const words = Math.floor((end - start) / 4);
  const view = new Int32Array(bytes.buffer, bytes.byteOffset + start, words);
  for (let at = 0; at < words; at++) if (view[at] !== 0) return false;
  for (let at = start + 4 * words; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
