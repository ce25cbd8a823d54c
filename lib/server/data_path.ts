/**
 * The loop of the data path. It runs where it is called, blocks in the kernel when idle, and gives
 * way to the event loop often enough for signals to be heard.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { describeErrno } from "../../ffi/errno.ts";
import type { Engine } from "../engine/engine.ts";
import type { PortChange, ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import type { Target } from "../target/target.ts";
import { formatMac } from "../wire/mac.ts";
import type { Alone } from "./alone.ts";
import type { BackingFile } from "./backing_file.ts";
import { RateLimit } from "./rate_limit.ts";

/** Longest wait for a frame: a signal ends it early, so it only bounds what has no event. */
const IDLE_MS = 250;
/** How often the interface is looked at. */
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

/** Says when to end. */
export interface Stop {
  /** True: end after the batch in hand. */
  requested: boolean;
}

/** What the loop works with. */
export interface DataPathParts {
  /** The export's address, for messages. */
  readonly name: string;
  /** What does the work. */
  readonly engine: Engine;
  /** The interface. */
  readonly port: ServedPort;
  /** The rules. */
  readonly target: Target;
  /** The file. */
  readonly backing: BackingFile;
  /** Makes sure that no other target has the address, once the link is up. */
  readonly alone: Alone;
}

/** Serves one export. */
export class DataPath {
  readonly #parts: DataPathParts;
  readonly #limit = new RateLimit();
  #lookMs = 0;
  #sizeMs = 0;

  /** A loop that has not begun. */
  constructor(parts: DataPathParts) {
    this.#parts = parts;
  }

  /** Serves until `stop.requested`. */
  async run(stop: Stop): Promise<void> {
    const { engine, port } = this.#parts;
    if (!port.up) log.warn(`"${port.name}" is down: waiting until it comes up`);
    let yieldMs = 0;
    while (!stop.requested) {
      const count = engine.poll(IDLE_MS);
      const nowMs = performance.now();
      if (port.troubled || nowMs >= this.#lookMs) this.#look(nowMs);
      if (count === 0 || engine.interrupted) {
        engine.interrupted = false;
        await rest();
      } else if (nowMs >= yieldMs) {
        await takeTurns();
        yieldMs = performance.now() + YIELD_MS;
      }
    }
    const { answered, malformed, ignored } = this.#parts.target.counts;
    log.info(
      `${this.#parts.name} ends: ${answered} requests answered, ${ignored} ignored, ` +
        `${malformed} malformed, ${this.#parts.target.disk.errorCount} disk errors`,
    );
  }

  #look(nowMs: number): void {
    const { alone, port, target } = this.#parts;
    this.#lookMs = nowMs + LOOK_MS;
    const isTroubled = port.troubled;
    const changes = this.#refresh();
    for (const change of changes) this.#tellChange(change);
    if (isTroubled && changes.length === 0 && port.up) this.#tellTrouble(port.lastErrno);
    target.advertisementBudget = ADVERTISEMENTS_PER_LOOK;
    alone.makeSure();
    if (nowMs < this.#sizeMs) return;
    this.#sizeMs = nowMs + SIZE_MS;
    this.#lookAtLock();
    this.#lookAtSize();
  }

  /** A question to the kernel that fails ends no target. */
  #refresh(): readonly PortChange[] {
    try {
      return this.#parts.port.refresh();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#tellTrouble(error.errno);
      return [];
    }
  }

  #tellTrouble(errno: number): void {
    if (this.#limit.take() === undefined) return;
    log.warn(`Trouble on "${this.#parts.port.name}": ${describeErrno(errno)}; going on`);
  }

  #tellChange(change: PortChange): void {
    const { port, target } = this.#parts;
    switch (change) {
      case "gone":
        log.warn(`"${port.name}" is gone: waiting until it comes back`);
        return;
      case "down":
        log.warn(`"${port.name}" is down: waiting until it comes up`);
        return;
      case "up":
        log.info(`"${port.name}" is up`);
        break;
      case "mac":
        log.info(`"${port.name}" has the address ${formatMac(port.mac)} now`);
        break;
      case "mtu":
        log.info(
          `"${port.name}" has an MTU of ${port.mtu} now: ${sectorCountOf(port)} sectors a frame`,
        );
    }
    if (port.up && target.probeTag === undefined) target.advertise(port);
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
