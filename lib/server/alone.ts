/**
 * Making sure that a target is the only one of its address: two disks under one would be taken for
 * one, and each would destroy the other's data.
 *
 * @module
 */
import { NameClaim } from "../../ffi/name_claim.ts";
import type { ExportConfig } from "../config.ts";
import type { Engine } from "../engine/engine.ts";
import type { Port } from "../engine/port.ts";
import { SystemError } from "../error.ts";
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
 * another one has it.
 */
export function claimAddress(config: ExportConfig, port: Port): Disposable {
  const name = addressOf(config);
  // By index, because an interface may have several names.
  const claim = NameClaim.open(`dblade:${name}:${port.index}`);
  if (claim !== undefined) return claim;
  if (config.force) return { [Symbol.dispose]: () => {} };
  throw new SystemError(
    `Cannot export ${name} on "${config.interface}": another dblade on this host does already; ` +
      "stop it, choose another shelf or slot, or give --force",
    "bind",
    0,
  );
}

/** Nothing is served until no other target answered for the address, with the link up. */
export class Alone {
  readonly #config: ExportConfig;
  readonly #port: Port;
  readonly #target: Target;
  readonly #engine: Engine;

  /** Nothing is asked yet. */
  constructor(config: ExportConfig, port: Port, target: Target, engine: Engine) {
    this.#config = config;
    this.#port = port;
    this.#target = target;
    this.#engine = engine;
    const random = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
    if (!config.force) target.probeTag = probeTag(random);
  }

  /** Asks, if that was not done yet and the link is up; throws where another target answers. */
  makeSure(): void {
    const tag = this.#target.probeTag;
    if (tag === undefined || !this.#port.up) return;
    const { shelf, slot } = this.#config;
    const serve = (timeoutMs: number): void => void this.#engine.poll(timeoutMs);
    const other = findOtherTarget({ port: this.#port, shelf, slot, tag, serve });
    if (other === undefined) {
      this.#target.probeTag = undefined;
      return;
    }
    throw new SystemError(
      `Cannot export ${addressOf(this.#config)} on "${this.#port.name}": the target at ` +
        `${formatMac(other)} answers for that address already; stop it, choose another shelf or ` +
        "slot, or give --force",
      "recvfrom",
      0,
    );
  }
}
