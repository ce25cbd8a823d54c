/**
 * Ctrl-C for commands that have something to say at their end.
 *
 * @module
 */

/** Longest time that may be waited outside of the event loop, which hears of signals. */
export const DEAF_MS_MAX = 100;

/** Listens for SIGINT and SIGTERM as long as it is open. */
export class Interrupt implements Disposable {
  /** Whether one came. */
  came = false;
  #wake: () => void = () => {};

  readonly #listener = (): void => {
    this.came = true;
    this.#wake();
  };

  /** Begins to listen. */
  constructor() {
    Deno.addSignalListener("SIGINT", this.#listener);
    Deno.addSignalListener("SIGTERM", this.#listener);
  }

  /** Lets the event loop go on for `durationMs`, or until a signal comes. */
  async sleep(durationMs: number): Promise<void> {
    if (this.came) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, durationMs);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** Listens no more: the next signal ends the program as ever. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#listener);
    Deno.removeSignalListener("SIGTERM", this.#listener);
  }
}
