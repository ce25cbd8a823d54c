/**
 * The looks at an export's interfaces: what changed is told to people and, by an advertisement, to
 * clients. Trouble ends no target.
 *
 * @module
 */
import { describeErrno } from "../../ffi/errno.ts";
import type { PortChange, ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { sectorCountOf } from "../target/settings.ts";
import type { Target } from "../target/target.ts";
import { ATA_HEADER_SIZE, SECTOR_SIZE } from "../wire/ata.ts";
import { formatMac } from "../wire/mac.ts";
import { RateLimit } from "../rate_limit.ts";

/** Watches the interfaces of one export. */
export class PortWatch {
  readonly #ports: readonly ServedPort[];
  readonly #target: Target;
  readonly #limits: ReadonlyMap<ServedPort, RateLimit>;

  /** Tells which interfaces are down to begin with. */
  constructor(ports: readonly ServedPort[], target: Target) {
    this.#ports = ports;
    this.#target = target;
    this.#limits = new Map(ports.map((port) => [port, new RateLimit()]));
    for (const port of ports) if (!port.up) tellDown(port);
  }

  /** Whether something failed that a look may explain. */
  isTroubled(): boolean {
    for (let index = 0; index < this.#ports.length; index++) {
      if (this.#ports[index]?.troubled) return true;
    }
    return false;
  }

  /** Looks at each interface. */
  look(): void {
    for (const port of this.#ports) this.#lookAt(port);
  }

  #lookAt(port: ServedPort): void {
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
    if (this.#limits.get(port)?.take() === undefined) return;
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
    if (port.up) this.#target.advertise(port);
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
