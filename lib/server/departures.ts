/**
 * Exports that were let go: those whose last requests still run, and what they leave to the one
 * that takes their place.
 *
 * @module
 */
import type { StoredState } from "./state_text.ts";

/** So long a change waits for the last requests of an export, before it goes on without, in ms. */
const PATIENCE_MS = 5000;

/** See above; by address. */
export class Departures {
  readonly #patienceMs: number;
  /** Those whose last requests still run. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** Those of them that nothing takes the place of: what they leave is for nobody. */
  readonly #removed = new Set<string>();
  /** State of those whose place is to be taken: a reservation must hold however long that takes. */
  readonly #states = new Map<string, StoredState>();

  /** Nothing leaves yet; a change waits for `patienceMs` for what does. */
  constructor(patienceMs: number = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /**
   * An export leaves. False where that takes too long: one disk that hangs must not keep others
   * from being served.
   *
   * @param last kept when its last request is done
   */
  async add(name: string, last: Promise<StoredState>): Promise<boolean> {
    const gone = last.then((state) => {
      if (!this.#removed.has(name)) this.#states.set(name, state);
    }).finally(() => {
      this.#leaving.delete(name);
      this.#removed.delete(name);
    });
    gone.catch(() => {}); // whoever waits for it by then is told
    this.#leaving.set(name, gone);
    return await this.end(name);
  }

  /** Waits until the export has left; false where that takes too long. */
  async end(name: string): Promise<boolean> {
    const gone = this.#leaving.get(name);
    if (gone === undefined) return true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#patienceMs);
    await Promise.race([gone, late]);
    clearTimeout(timer);
    return !this.#leaving.has(name);
  }

  /** What the last export of the address left. */
  leftBy(name: string): StoredState | undefined {
    return this.#states.get(name);
  }

  /** Another one has its place, or none is to have it. */
  forget(name: string): void {
    this.#states.delete(name);
  }

  /** Only these addresses are still to be taken; others are not, however late they become free. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#leaving.keys()) if (!names.has(name)) this.#removed.add(name);
    for (const name of this.#states.keys()) if (!names.has(name)) this.#states.delete(name);
  }
}
