/**
 * Lends the bytes of a file in memory to replies: they are sent from where they are. A file of a
 * file system in memory never makes who looks at it wait; others are not lent.
 *
 * @module
 */
import { FileView } from "../../ffi/file_view.ts";

/** See above. */
export class Lender implements Disposable {
  readonly #fd: number;
  #view: FileView | undefined;
  /** Those of when the file was smaller: replies that wait may lie there. */
  readonly #before: FileView[] = [];
  #mayOpen = true;
  #hasLent = false;

  /** Lends from the open file `fd`, once it is asked to. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Address of the bytes at `offset`; 0: they are to be read. */
  lend(offset: number, length: number): number {
    const view = this.#view;
    if (view === undefined || offset + length > view.size) return this.#lendAnew(offset, length);
    this.#hasLent = true;
    return view.address + offset;
  }

  #lendAnew(offset: number, length: number): number {
    if (!this.#mayOpen) return 0;
    this.#mayOpen = false; // until it has grown
    if (this.#view !== undefined) this.#before.push(this.#view);
    this.#view = FileView.open(this.#fd);
    return this.#view === undefined ? 0 : this.lend(offset, length);
  }

  /** The file has another size now. */
  resized(): void {
    this.#mayOpen = true;
  }

  /**
   * Nothing is lent any more: the file has holes now, or its bytes were not there. Nothing that was
   * lent may wait to be sent.
   */
  stop(): void {
    this.#mayOpen = false;
    this.#endBefore();
    this.#view?.[Symbol.dispose]();
    this.#view = undefined;
  }

  #endBefore(): void {
    for (const view of this.#before) view[Symbol.dispose]();
    this.#before.length = 0;
  }

  /**
   * Nobody asks just now, and nothing that was lent waits to be sent: it is no longer counted as
   * this process's memory.
   */
  rest(): void {
    if (!this.#hasLent) return;
    this.#hasLent = false;
    this.#view?.rest();
    this.#endBefore();
  }

  /** Ends lending. */
  [Symbol.dispose](): void {
    this.stop();
  }
}
