/**
 * Images to export and data to fill them with.
 *
 * @module
 */

/** A temporary folder with an image in it. */
export class Image implements Disposable {
  /** The folder. */
  readonly folder: string;
  /** The image. */
  readonly path: string;

  /** Makes an image of `size` zero bytes in a folder that `under` names, or a temporary one. */
  constructor(size: number, under?: string) {
    this.folder = Deno.makeTempDirSync(under === undefined ? {} : { dir: under });
    this.path = `${this.folder}/disk.img`;
    Deno.writeFileSync(this.path, new Uint8Array(0));
    Deno.truncateSync(this.path, size);
  }

  /** All that it holds. */
  read(): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(this.path);
  }

  /** Removes the folder and all in it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/** `size` bytes that look random and are the same for the same seed (xorshift32). */
export function pattern(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = (seed * 2654435761 >>> 0) || 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state >>> 0;
  }
  return new Uint8Array(words.buffer, 0, size);
}
