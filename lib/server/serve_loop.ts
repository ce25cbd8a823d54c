/**
 * The loop around a data path. It blocks in the kernel when nobody asks, and gives way to the event
 * loop often enough for signals and messages to be heard.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { LinkEvents } from "../../ffi/link_events.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import type { DataPath } from "./data_path.ts";

/** Longest wait for a frame: a signal ends it early, so it only bounds what has no event. */
const IDLE_MS = 1000;
/** The same for a second after a wish, because who hears a signal may set timers, too. */
const WISHED_IDLE_MS = 100;
const WISHED_MS = 1000;
/** Longest time without the event loop. */
const YIELD_MS = 20;
/**
 * The runtime looks for signals once in 61 turns of its loop (tokio's event interval), or when the
 * loop rests. So many turns take 0.15 ms; a rest takes 1 to 2.
 */
const YIELD_TURNS = 64;

/** What is wished of a loop from outside; looked at after each batch of frames. */
export interface Wishes {
  /** End. */
  stop: boolean;
  /** Tell the counters; taken back when that is done. */
  report: boolean;
}

/** How a loop runs. */
export interface LoopOptions {
  /** What to do between batches. */
  readonly wishes: Wishes;
  /** Tells the counters. */
  readonly report: () => void;
  /** Gives way to what came for this thread; undefined: signals come at any time. */
  readonly listen?: (() => Promise<void>) | undefined;
}

/** Serves until it is wished to stop. */
export async function runLoop(path: DataPath, options: LoopOptions): Promise<void> {
  const { wishes, report, listen } = options;
  using _links = hearLinks(path);
  const { engine } = path;
  let yieldMs = 0;
  let quietMs = 0;
  while (!wishes.stop) {
    if (wishes.report) {
      wishes.report = false;
      report();
      quietMs = performance.now() + WISHED_MS;
    }
    const startMs = performance.now();
    const idleMs = startMs < quietMs ? WISHED_IDLE_MS : IDLE_MS;
    const count = engine.poll(Math.min(idleMs, path.waitMs(startMs)));
    const nowMs = performance.now();
    path.tend(nowMs);
    if (listen !== undefined) {
      await listen();
    } else if (count === 0 || engine.interrupted) {
      engine.interrupted = false;
      await rest();
    } else if (nowMs >= yieldMs) {
      await takeTurns();
      yieldMs = performance.now() + YIELD_MS;
    }
  }
}

/** Lets the data path hear of changed interfaces at once, where that can be. */
function hearLinks(path: DataPath): Disposable {
  // The plain engine waits in recvfrom(2) where there is one interface, which nothing else ends.
  if (path.engine.name === "plain") return { [Symbol.dispose]: () => {} };
  try {
    const links = LinkEvents.open();
    path.hearsLinks = true;
    path.engine.watch(links.fd, () => {
      if (links.drain()) path.hasLinkChanges = true;
    });
    return links;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    log.debug(`${error.message}; interfaces are looked at every 250 ms`);
    return { [Symbol.dispose]: () => {} };
  }
}

/** Lets the event loop rest until the next timer: for when there is nothing to do. */
export function rest(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** Gives way to the event loop until it has looked for signals, without a rest. */
async function takeTurns(): Promise<void> {
  for (let turn = 0; turn < YIELD_TURNS; turn++) await takeTurn();
}

/** Gives way to what waits in the event loop just now. */
export function takeTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
