/**
 * The looks at an engine's interfaces: what changed is told to people and, by an advertisement, to
 * clients. Trouble ends no target.
 *
 * @module
 */
import { describeErrno } from "../../ffi/errno.ts";
import type { Engine } from "../engine/engine.ts";
import type { PortChange, ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { formatMac } from "../wire/mac.ts";
import { RateLimit } from "../rate_limit.ts";

/** Watches the interfaces of an engine. */
export class PortWatch {
  readonly #engine: Engine;
  /** Called for a port whose clients should be told anew what they can expect of it. */
  readonly #changed: (port: ServedPort) => void;
  readonly #limits = new WeakMap<ServedPort, RateLimit>();
  /** Ports whose first state was told. */
  readonly #known = new WeakSet<ServedPort>();

  /** Watches the ports that the engine has at each look. */
  constructor(engine: Engine, changed: (port: ServedPort) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  /** Whether something failed that a look may explain. */
  isTroubled(): boolean {
    const { ports } = this.#engine;
    for (let index = 0; index < ports.length; index++) {
      if (ports[index]?.troubled) return true;
    }
    return false;
  }

  /** Whether an interface is down, whose carrier is to be looked for. */
  isWaiting(): boolean {
    return this.#engine.ports.some(({ up }) => !up);
  }

  /** Looks at each interface; returns those that are gone. */
  look(): readonly ServedPort[] {
    return this.#engine.ports.filter((port) => this.#lookAt(port));
  }

  /** Whether it is gone. */
  #lookAt(port: ServedPort): boolean {
    if (!this.#known.has(port) && !port.up) tellDown(port);
    this.#known.add(port);
    const wasTroubled = port.troubled;
    const changes = this.#refresh(port);
    for (const change of changes) this.#tellChange(port, change);
    if (wasTroubled && changes.length === 0 && port.up) this.#tellTrouble(port, port.lastErrno);
    return changes.includes("gone");
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
    const limit = this.#limits.get(port) ?? new RateLimit();
    this.#limits.set(port, limit);
    if (limit.take() === undefined) return;
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
        tellMtu(port);
    }
    if (port.up) this.#changed(port);
  }
}

function tellMtu(port: ServedPort): void {
  const line = `"${port.name}" has an MTU of ${port.mtu} now`;
  if (port.mtu < ATA_HEADER_SIZE + SECTOR_SIZE) {
    log.warn(`${line}, too small for a sector: reads and writes fail until it is at least 548`);
    return;
  }
  const count = sectorCountOf(port);
  log.info(`${line}: ${count === 1 ? "one sector" : `${count} sectors`} a frame`);
}

function tellDown({ name }: ServedPort): void {
  log.warn(`"${name}" is down: waiting until it comes up`);
}
