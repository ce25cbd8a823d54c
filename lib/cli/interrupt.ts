/**
 * SIGINT and SIGTERM as a wish to end, for commands that have something to say or to finish: the
 * first one is heard, the second one ends the process at once.
 *
 * @module
 */

/** Longest time that may be waited outside of the event loop, which hears of signals. */
export const DEAF_MS_MAX = 100;

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Listens until the first signal, or until it is disposed. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #listener = (): void => {
    this[Symbol.dispose]();
    this.#controller.abort();
  };
  #isListening = false;

  /** Begins to listen. */
  constructor() {
    this.#listen();
  }

  /** Whether a signal came. */
  get came(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Lets the event loop go on for `durationMs`, or until a signal comes. */
  async sleep(durationMs: number): Promise<void> {
    if (this.came) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, durationMs);
    this.signal.addEventListener("abort", wake);
    await promise;
    this.signal.removeEventListener("abort", wake);
    clearTimeout(timer);
  }

  /** Lets a signal end the process while `work` runs, such as a question. */
  async suspended(work: () => Promise<void>): Promise<void> {
    this[Symbol.dispose]();
    await work();
    this.#listen();
  }

  /** Listens no more: the next signal ends the program as ever. */
  [Symbol.dispose](): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    for (const name of SIGNALS) Deno.removeSignalListener(name, this.#listener);
  }

  #listen(): void {
    this.#isListening = true;
    for (const name of SIGNALS) Deno.addSignalListener(name, this.#listener);
  }
}
