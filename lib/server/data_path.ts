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
  readonly #sizeLimit = new RateLimit();
  readonly #troubleLimits: ReadonlyMap<ServedPort, RateLimit>;
  #lookMs = 0;
  #sizeMs = 0;

  /** A loop that has not begun. */
  constructor(parts: DataPathParts) {
    this.#parts = parts;
    this.#troubleLimits = new Map(parts.ports.map((port) => [port, new RateLimit()]));
  }

  /** Serves until `stop.requested`. */
  async run(stop: Stop): Promise<void> {
    const { engine, ports } = this.#parts;
    for (const port of ports) if (!port.up) tellDown(port);
    let yieldMs = 0;
    while (!stop.requested) {
      const count = engine.poll(IDLE_MS);
      const nowMs = performance.now();
      if (nowMs >= this.#lookMs || isTroubled(ports)) this.#look(nowMs);
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
    const { alone, ports, target } = this.#parts;
    this.#lookMs = nowMs + LOOK_MS;
    for (const port of ports) this.#lookAtPort(port);
    target.advertisementBudget = ADVERTISEMENTS_PER_LOOK;
    alone.goOn();
    if (nowMs < this.#sizeMs) return;
    this.#sizeMs = nowMs + SIZE_MS;
    this.#lookAtLock();
    this.#lookAtSize();
  }

  #lookAtPort(port: ServedPort): void {
    const wasTroubled = port.troubled;
    const changes = this.#refresh(port);
    for (const change of changes) this.#tellChange(port, change);
    if (wasTroubled && changes.length === 0 && port.up) this.#tellTrouble(port, port.lastErrno);
  }

  /** A question to the kernel that fails ends no target. */
  #refresh(port: ServedPort): readonly PortChange[] {
    try {
      return port.refresh();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#tellTrouble(port, error.errno);
      return [];
    }
  }

  #tellTrouble(port: ServedPort, errno: number): void {
    if (this.#troubleLimits.get(port)?.take() === undefined) return;
    log.warn(`Trouble on "${port.name}": ${describeErrno(errno)}; going on`);
  }

  #tellChange(port: ServedPort, change: PortChange): void {
    switch (change) {
      case "gone":
        log.warn(`"${port.name}" is gone: waiting until it comes back`);
        return;
      case "down":
        tellDown(port);
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
    if (port.up) this.#parts.target.advertise(port);
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
      if (this.#sizeLimit.take() !== undefined) log.error(error.message);
    }
  }
}

function isTroubled(ports: readonly ServedPort[]): boolean {
  for (let index = 0; index < ports.length; index++) if (ports[index]?.troubled) return true;
  return false;
}

function tellDown({ name }: ServedPort): void {
  log.warn(`"${name}" is down: waiting until it comes up`);
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
