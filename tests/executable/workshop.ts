/**
 * A folder in which something is made: what is not kept vanishes, on a signal too.
 *
 * @module
 */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Exit status after SIGINT, as shells have it. */
const INTERRUPTED_STATUS = 130;

/** The folder, inside of the one that the result goes to: so it can be moved there in one step. */
export class Workshop implements Disposable {
  /** Its path. */
  readonly folder: string;
  readonly #place: string;
  #isPlaceNew = false;

  /** Makes it inside of `place`, which is made, too, where it is missing. */
  constructor(place: string) {
    this.#place = place;
    try {
      Deno.mkdirSync(place);
      this.#isPlaceNew = true;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    this.folder = Deno.makeTempDirSync({ dir: place, prefix: ".compile-" });
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#end);
  }

  readonly #end = (): void => {
    this[Symbol.dispose]();
    Deno.exit(INTERRUPTED_STATUS);
  };

  /** Moves a file of the folder to `path`, for good. */
  keep(file: string, path: string): void {
    Deno.renameSync(file, path);
    this.#isPlaceNew = false;
  }

  /** Removes all else. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#end);
    Deno.removeSync(this.folder, { recursive: true });
    if (this.#isPlaceNew) Deno.removeSync(this.#place);
  }
}
