/**
 * Making sure that a target is the only one of its address: two disks under one would be taken for
 * one, and each would destroy the other's data.
 *
 * @module
 */
import { EADDRINUSE, EINVAL } from "../../ffi/errno.ts";
import { NameClaim } from "../../ffi/name_claim.ts";
import type { ExportConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { ASKED, probeTag, SILENT } from "../target/admission.ts";
import { formatMac } from "../wire/mac.ts";
import { findOtherTarget } from "./probe.ts";

/** How long an interface stays silent on which another target answered, until it is asked again. */
const RETRY_MS = 30_000;

/** The export's address as people write it, such as `e0.0`. */
export function addressOf(config: ExportConfig): string {
  return `e${config.shelf}.${config.slot}`;
}

/**
 * Claims the address for each interface of this host, where two targets do not see each other's
 * frames; throws where another one has it, or where two of the names mean one interface.
 */
export function claimAddress(config: ExportConfig, ports: readonly ServedPort[]): Disposable {
  using stack = new DisposableStack();
  for (const [at, port] of ports.entries()) {
    const same = ports.slice(0, at).find(({ index }) => index === port.index);
    if (same !== undefined) {
      throw new SystemError(
        `Cannot export on "${port.name}": it is the same interface as "${same.name}"; name it once`,
        "ioctl",
        EINVAL,
      );
    }
    stack.use(claimOn(config, port));
  }
  return stack.move();
}

/** By name, which outlives the interface, and by index: an interface may have several names. */
function claimOn(config: ExportConfig, { index, name }: ServedPort): Disposable {
  using stack = new DisposableStack();
  const address = addressOf(config);
  for (const place of [name, `#${index}`]) {
    const claim = NameClaim.open(`dblade:${address}:${place}`);
    if (claim !== undefined) stack.use(claim);
    else if (config.force) {
      warnOfOther(address, name, "another dblade on this host");
      break; // the same one has the other claim
    } else {
      throw new SystemError(
        `Cannot export ${address} on "${name}": another dblade on this host does already; ` +
          "stop it, choose another shelf or slot, or give --force",
        "bind",
        EADDRINUSE,
      );
    }
  }
  return stack.move();
}

/**
 * Nothing is served on an interface until no other target answered for the address there, with the
 * link up.
 */
export class Alone {
  readonly #config: ExportConfig;
  readonly #ports: readonly ServedPort[];
  readonly #engine: Engine;
  readonly #sure: (port: ServedPort) => void;
  /** Interfaces on which another target answered, and when they are asked again. */
  readonly #retryMs = new Map<ServedPort, number>();

  /** Nothing is asked yet; `sure` is called once for each port, when the target serves there. */
  constructor(
    config: ExportConfig,
    parts: { ports: readonly ServedPort[]; engine: Engine },
    sure: (port: ServedPort) => void,
  ) {
    this.#config = config;
    this.#ports = parts.ports;
    this.#engine = parts.engine;
    this.#sure = sure;
    for (const port of this.#ports) port.probeTag = newTag();
  }

  /**
   * Asks on each interface at start, one after the other, so that of two targets that start at once
   * the same one stays on all. Throws where another target answers; nothing is served before all
   * that are up were asked.
   */
  begin(): void {
    for (const port of this.#ports) {
      const outcome = this.#ask(port);
      if (outcome === "free") port.probeTag = ASKED;
      else if (outcome !== "not asked") throw refusal(outcome);
    }
    for (const port of this.#ports) if (port.probeTag === ASKED) this.#serve(port);
  }

  /**
   * Asks on interfaces that came up since. Where another target answers, the interface stays
   * silent for the sake of the clients on the others; throws where there are no others.
   */
  goOn(): void {
    const nowMs = performance.now();
    for (const port of this.#ports) {
      if (!port.up) this.#retryMs.delete(port);
      if (nowMs < (this.#retryMs.get(port) ?? 0)) continue;
      const outcome = this.#ask(port);
      if (outcome === "free") this.#serve(port);
      else if (outcome !== "not asked") this.#keepOff(port, outcome);
    }
  }

  #keepOff(port: ServedPort, complaint: string): void {
    if (this.#ports.every(({ probeTag }) => probeTag !== undefined)) throw refusal(complaint);
    log.error(`${complaint}; until then nothing is served on "${port.name}"`);
    port.probeTag = SILENT;
    this.#retryMs.set(port, performance.now() + RETRY_MS);
  }

  #serve(port: ServedPort): void {
    port.probeTag = undefined;
    this.#sure(port);
  }

  /** Asks on a port that is up and was not asked on yet; a complaint where a target answers. */
  #ask(port: ServedPort): "free" | "not asked" | string {
    if (port.probeTag === undefined || !port.up) return "not asked";
    const tag = port.probeTag === SILENT ? newTag() : port.probeTag;
    port.probeTag = tag;
    const { shelf, slot, force } = this.#config;
    const ownMacs = this.#ports.filter((one) => one !== port).map(({ mac }) => mac);
    const serve = (timeoutMs: number): void => void this.#engine.poll(timeoutMs);
    const outcome = findOtherTarget({ port, ownMacs, shelf, slot, tag, serve });
    if (outcome === "not asked") return outcome;
    if (outcome === "alone") return "free";
    const address = addressOf(this.#config);
    const other = `the target at ${formatMac(outcome)}`;
    if (!force) {
      return `Cannot export ${address} on "${port.name}": ${other} answers for that address ` +
        "already; stop it, choose another shelf or slot, or give --force";
    }
    warnOfOther(address, port.name, other);
    return "free";
  }
}

function newTag(): number {
  return probeTag(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
}

function refusal(complaint: string): SystemError {
  return new SystemError(complaint, "recvfrom", EADDRINUSE);
}

function warnOfOther(name: string, place: string, other: string): void {
  log.warn(
    `${other} answers for ${name} on "${place}" too: unless both export the very same disk, ` +
      "their clients will mix two disks into one and destroy both",
  );
}
