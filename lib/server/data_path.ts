/**
 * The loop of the data path. It runs where it is called, blocks in the kernel when idle, and gives
 * way to the event loop often enough for signals to be heard.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Engine } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import type { Target } from "../target/target.ts";
import type { Alone } from "./alone.ts";
import type { BackingFile } from "./backing_file.ts";
import { PortWatch } from "./port_watch.ts";
import { RateLimit } from "../rate_limit.ts";
import { reportCounts } from "./report.ts";

/** Longest wait for a frame: a signal ends it early, so it only bounds what has no event. */
const IDLE_MS = 250;
/** How often the interfaces are looked at. */
const LOOK_MS = 250;
/** How often the size and the lock of the file are looked at. */
const SIZE_MS = 2000;
/** A mask list may have 255 receivers: more than so many between two looks would be a flood. */
const ADVERTISEMENTS_PER_LOOK = 64;
/** Longest time without the event loop. */
const YIELD_MS = 20;
/**
 * The runtime looks for signals once in 61 turns of its loop (tokio's event interval), or when the
 * loop rests. So many turns take 0.15 ms; a rest takes 1 to 2.
 */
const YIELD_TURNS = 64;

/** What a person asked for by a signal; looked at after each batch of frames. */
export interface Wishes {
  /** End. */
  stop: boolean;
  /** Tell the counters; taken back when that is done. */
  report: boolean;
}

/** What the loop works with. */
export interface DataPathParts {
  /** The export's address, for messages. */
  readonly name: string;
  /** What does the work. */
  readonly engine: Engine;
  /** The interfaces. */
  readonly ports: readonly ServedPort[];
  /** The rules. */
  readonly target: Target;
  /** The file. */
  readonly backing: BackingFile;
  /** Makes sure that no other target has the address, once a link is up. */
  readonly alone: Alone;
}

/** Serves one export. */
export class DataPath {
  readonly #parts: DataPathParts;
  readonly #limit = new RateLimit();
  readonly #watch: PortWatch;
  #lookMs = 0;
  #sizeMs = 0;

  /** A loop that has not begun. */
  constructor(parts: DataPathParts) {
    this.#parts = parts;
    this.#watch = new PortWatch(parts.ports, parts.target);
  }

  /** Serves until `wishes.stop`. */
  async run(wishes: Wishes): Promise<void> {
    const { engine } = this.#parts;
    let yieldMs = 0;
    while (!wishes.stop) {
      if (wishes.report) {
        wishes.report = false;
        this.#report();
      }
      const count = engine.poll(IDLE_MS);
      const nowMs = performance.now();
      if (nowMs >= this.#lookMs || this.#watch.isTroubled()) this.#look(nowMs);
      if (count === 0 || engine.interrupted) {
        engine.interrupted = false;
        await rest();
      } else if (nowMs >= yieldMs) {
        await takeTurns();
        yieldMs = performance.now() + YIELD_MS;
      }
    }
    log.info(`${this.#parts.name} ends`);
    this.#report();
  }

  #report(): void {
    const { name, ports, target } = this.#parts;
    reportCounts(name, target, ports);
  }

  #look(nowMs: number): void {
    const { alone, target } = this.#parts;
    this.#lookMs = nowMs + LOOK_MS;
    this.#watch.look();
    target.advertisementBudget = ADVERTISEMENTS_PER_LOOK;
    alone.goOn();
    if (nowMs < this.#sizeMs) return;
    this.#sizeMs = nowMs + SIZE_MS;
    this.#lookAtLock();
    this.#lookAtSize();
  }

  #lookAtLock(): void {
    const { file } = this.#parts.backing;
    if (file.isLocked) return;
    file.lockAgain();
    if (file.isLocked) log.info(`The lock of "${file.options.path}" is ours now`);
  }

  #lookAtSize(): void {
    const { backing, name, target } = this.#parts;
    try {
      const sectors = backing.sectors();
      const before = target.disk.sectors;
      if (sectors === before) return;
      const line = `${name} has ${sectors} sectors now, ${before} before`;
      if (sectors > before) log.info(line);
      else log.warn(`${line}: reads and writes behind them fail`);
      target.resize(sectors);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#limit.take() !== undefined) log.error(error.message);
    }
  }
}

/** Lets the event loop rest until the next timer: for when there is nothing to do. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Gives way to the event loop until it has looked for signals, without a rest. */
async function takeTurns(): Promise<void> {
  for (let turn = 0; turn < YIELD_TURNS; turn++) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
