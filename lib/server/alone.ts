/**
 * Making sure that a target is the only one of its address: two disks under one would be taken for
 * one, and each would destroy the other's data.
 *
 * @module
 */
import { EADDRINUSE } from "../../ffi/errno.ts";
import { NameClaim } from "../../ffi/name_claim.ts";
import type { ExportConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { probeTag } from "../target/admission.ts";
import type { Target } from "../target/target.ts";
import { formatMac } from "../wire/mac.ts";
import { findOtherTarget } from "./probe.ts";

/** The export's address as people write it, such as `e0.0`. */
export function addressOf(config: ExportConfig): string {
  return `e${config.shelf}.${config.slot}`;
}

/**
 * Claims the address on this host, where two targets do not see each other's frames; throws where
 * another one has it. By name, which outlives the interface, and by index, because an interface
 * may have several names.
 */
export function claimAddress(config: ExportConfig, port: ServedPort): Disposable {
  using stack = new DisposableStack();
  const name = addressOf(config);
  for (const place of [config.interface, `#${port.index}`]) {
    const claim = NameClaim.open(`dblade:${name}:${place}`);
    if (claim !== undefined) stack.use(claim);
    else if (config.force) warnOfOther(name, config.interface, "another dblade on this host");
    else {
      throw new SystemError(
        `Cannot export ${name} on "${config.interface}": another dblade on this host does ` +
          "already; stop it, choose another shelf or slot, or give --force",
        "bind",
        EADDRINUSE,
      );
    }
  }
  return stack.move();
}

/** Nothing is served until no other target answered for the address, with the link up. */
export class Alone {
  readonly #config: ExportConfig;
  readonly #port: ServedPort;
  readonly #target: Target;
  readonly #engine: Engine;
  readonly #sure: () => void;

  /** Nothing is asked yet; `sure` is called once, when the target is to serve. */
  constructor(
    config: ExportConfig,
    parts: { port: ServedPort; target: Target; engine: Engine },
    sure: () => void,
  ) {
    this.#config = config;
    this.#port = parts.port;
    this.#target = parts.target;
    this.#engine = parts.engine;
    this.#sure = sure;
    this.#target.probeTag = probeTag(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
  }

  /** Asks, if that was not done yet and the link is up; throws where another target answers. */
  makeSure(): void {
    const tag = this.#target.probeTag;
    if (tag === undefined || !this.#port.up) return;
    const { shelf, slot, force } = this.#config;
    const serve = (timeoutMs: number): void => void this.#engine.poll(timeoutMs);
    const outcome = findOtherTarget({ port: this.#port, shelf, slot, tag, serve });
    if (outcome === "not asked") return;
    const name = addressOf(this.#config);
    if (outcome !== "alone") {
      const other = `the target at ${formatMac(outcome)}`;
      if (!force) {
        throw new SystemError(
          `Cannot export ${name} on "${this.#port.name}": ${other} answers for that address ` +
            "already; stop it, choose another shelf or slot, or give --force",
          "recvfrom",
          EADDRINUSE,
        );
      }
      warnOfOther(name, this.#port.name, other);
    }
    this.#target.probeTag = undefined;
    this.#sure();
  }
}

function warnOfOther(name: string, place: string, other: string): void {
  log.warn(
    `${other} answers for ${name} on "${place}" too: unless both export the very same disk, ` +
      "their clients will mix two disks into one and destroy both",
  );
}
