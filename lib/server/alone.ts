/**
 * Making sure that a target is the only one of its address: two disks under one would be taken for
 * one, and each would destroy the other's data. Nothing is served on an interface until no other
 * target answered for the address there, with the link up.
 *
 * @module
 */
import { EADDRINUSE } from "../../ffi/errno.ts";
import type { Engine } from "../engine/engine.ts";
import type { ServedPort } from "../engine/port.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { ASKED, probeTag, SILENT } from "../target/admission.ts";
import { formatMac } from "../wire/mac.ts";
import { warnOfOther } from "./claim.ts";
import { findOtherTargets, type Question } from "./probe.ts";
import type { ServedExport } from "./served_export.ts";

/** How long an interface stays silent on which another target answered, until it is asked again. */
const RETRY_MS = 30_000;

/** An export on one of its interfaces. */
interface Place {
  readonly served: ServedExport;
  readonly port: ServedPort;
}

/** See above. */
export class Alone {
  readonly #engine: Engine;
  readonly #isStrict: boolean;
  readonly #sure: (served: ServedExport, port: ServedPort) => void;
  /** Where nothing is served yet. */
  #places: Place[] = [];
  /** Places where another target answered, and when they are asked again. */
  readonly #retryMs = new Map<Place, number>();

  /**
   * Nothing is asked yet.
   *
   * @param isStrict whether an export that can be served nowhere throws
   * @param sure called for each export and interface, when it is served there
   */
  constructor(
    engine: Engine,
    isStrict: boolean,
    sure: (served: ServedExport, port: ServedPort) => void,
  ) {
    this.#engine = engine;
    this.#isStrict = isStrict;
    this.#sure = sure;
  }

  /** The export is to be served on `port`: until it is asked there, nothing is. */
  add(served: ServedExport, port: ServedPort): void {
    served.target.probe(port, newTag());
    this.#places.push({ served, port });
  }

  /** Nothing is asked any more for an export, on an interface, or both. */
  forget(served: ServedExport | undefined, port?: ServedPort): void {
    const isLeft = (place: Place): boolean =>
      (served !== undefined && place.served !== served) ||
      (port !== undefined && place.port !== port);
    for (const place of this.#places) if (!isLeft(place)) this.#retryMs.delete(place);
    this.#places = this.#places.filter(isLeft);
  }

  /** Another interface may take the place of `port`: until it is asked there, nothing is served. */
  askAnew(exports: Iterable<ServedExport>, port: ServedPort): void {
    for (const served of exports) {
      if (!served.claims.has(port)) continue;
      this.forget(served, port);
      this.add(served, port);
    }
  }

  /** The interfaces of the export on which another target answers. */
  conflicts(served: ServedExport): readonly string[] {
    const isSilent = (port: ServedPort): boolean => served.target.probeTag(port) === SILENT;
    return served.ports.filter(isSilent).map(({ name }) => name);
  }

  /** Whether another target answers for the export on all of its interfaces. */
  isShutOut(served: ServedExport): boolean {
    return served.ports.length > 0 && this.conflicts(served).length === served.ports.length;
  }

  /**
   * Asks on each interface where it was not asked yet, one after the other, so that of two targets
   * that start at once the same one stays on all. Nothing is served before all that are up were
   * asked. Throws, where it is strict, if another target answers.
   */
  begin(): void {
    const free = this.#ask(this.#places.filter(({ port }) => port.up), (place, complaint) => {
      if (this.#isStrict) throw refusal(complaint);
      this.#keepOff(place, complaint);
    });
    for (const place of free) this.#serve(place);
  }

  /**
   * Asks on interfaces that came up since. Where another target answers, the interface stays
   * silent for the sake of the clients on the others. Where there are none, and it is strict, it
   * throws.
   */
  goOn(): void {
    if (this.#places.length === 0) return;
    const nowMs = performance.now();
    for (const place of this.#places) if (!place.port.up) this.#retryMs.delete(place);
    const due = this.#places.filter((place) =>
      place.port.up && nowMs >= (this.#retryMs.get(place) ?? 0)
    );
    const free = this.#ask(due, (place, complaint) => {
      const { ports, target } = place.served;
      const isNowhere = ports.every((port) => target.probeTag(port) !== undefined);
      if (this.#isStrict && isNowhere) throw refusal(complaint);
      this.#keepOff(place, complaint);
    });
    for (const place of free) this.#serve(place);
  }

  #keepOff(place: Place, complaint: string): void {
    const { served, port } = place;
    if (!this.#retryMs.has(place) || this.#isStrict) {
      log.error(`${complaint}; until then nothing is served on "${port.name}"`);
    }
    served.target.probe(port, SILENT);
    this.#retryMs.set(place, performance.now() + RETRY_MS);
  }

  #serve(place: Place): void {
    const { served, port } = place;
    this.#places.splice(this.#places.indexOf(place), 1);
    if (this.#retryMs.delete(place)) {
      log.info(
        `Nobody else answers for ${served.name} on "${port.name}" any more: it is served there`,
      );
    }
    served.target.probe(port, undefined);
    this.#sure(served, port);
  }

  /** Asks for places whose ports are up. Returns where nobody else answers. */
  #ask(places: readonly Place[], refuse: (place: Place, complaint: string) => void): Place[] {
    const free: Place[] = [];
    for (const port of new Set(places.map((place) => place.port))) {
      const here = places.filter((place) => place.port === port);
      free.push(...this.#askOn(port, here, refuse));
    }
    return free;
  }

  #askOn(
    port: ServedPort,
    places: readonly Place[],
    refuse: (place: Place, complaint: string) => void,
  ): Place[] {
    const silent = places.filter(({ served }) => served.target.probeTag(port) === SILENT);
    const questions = new Map(places.map((place): [Question, Place] => [questionOf(place), place]));
    const outcome = findOtherTargets({
      port,
      ownMacs: this.#engine.ports.filter((one) => one !== port).map(({ mac }) => mac),
      questions: [...questions.keys()],
      serve: (timeoutMs) => void this.#engine.poll(timeoutMs),
    });
    if (outcome === "not asked") {
      for (const { served } of silent) served.target.probe(port, SILENT);
      return [];
    }
    const free: Place[] = [];
    for (const [question, place] of questions) {
      const mac = outcome.get(question);
      const { name, config, target } = place.served;
      const other = mac === undefined ? "" : `the target at ${formatMac(mac)}`;
      if (mac !== undefined && !config.force) {
        refuse(
          place,
          `Cannot export ${name} on "${port.name}": ${other} answers for that address ` +
            "already; stop it, choose another shelf or slot, or give --force",
        );
        continue;
      }
      if (mac !== undefined) warnOfOther(name, port.name, other);
      target.probe(port, ASKED);
      free.push(place);
    }
    return free;
  }
}

/** The question for a place; its tag is the target's own, which answers no question with it. */
function questionOf({ served, port }: Place): Question {
  const { shelf, slot } = served.config;
  const before = served.target.probeTag(port);
  const isNew = before === undefined || before === SILENT || before === ASKED;
  const tag = isNew ? newTag() : before;
  served.target.probe(port, tag);
  return { shelf, slot, tag };
}

function newTag(): number {
  return probeTag(crypto.getRandomValues(new Uint32Array(1))[0] ?? 1);
}

function refusal(complaint: string): SystemError {
  return new SystemError(complaint, "recvfrom", EADDRINUSE);
}
