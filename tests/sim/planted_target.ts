/**
 * Targets with a fault, to find out whether the simulator notices.
 *
 * @module
 */
import type { AccessRules } from "../../lib/target/access.ts";
import type { Request, Verdict } from "../../lib/target/request.ts";
import type { TargetState } from "../../lib/target/settings.ts";
import type { Administered } from "../../lib/target/target.ts";
import { SimTarget } from "./sim_target.ts";

/** Answers a durable write that is only written. */
export class Hasty extends SimTarget {
  protected override goOn(request: Request, result: number): Verdict {
    const { verdict } = request;
    const next = super.goOn(request, result);
    return verdict !== "flush" && next === "flush" ? super.goOn(request, 0) : next;
  }
}

/** Takes a sync that failed for bad luck of that one request. */
export class Hopeful extends SimTarget {
  protected override goOn(request: Request, result: number): Verdict {
    const hasFailed = request.verdict === "flush" && result < 0;
    const next = super.goOn(request, hasFailed ? 0 : result);
    if (hasFailed) request.ata.finish(0x61, 0x04, 0);
    return next;
  }
}

/** Remembers the tags of what it answered, and takes what comes under one of them for old. */
export class Remembering extends SimTarget {
  readonly #known: Set<string> = new Set();

  protected override answer(request: Request): Verdict {
    const { source, tag } = request.frame;
    const isKnown = this.#known.has(`${source} ${tag}`);
    const verdict = isKnown ? "drop" : super.answer(request);
    if (verdict === "reply") this.#known.add(`${source} ${tag}`);
    request.verdict = verdict;
    return verdict;
  }

  protected override goOn(request: Request, result: number): Verdict {
    const verdict = super.goOn(request, result);
    if (verdict === "reply") this.#known.add(`${request.source} ${request.frame.tag}`);
    return verdict;
  }
}

/** Does `act` while everybody has a right that the settings of `target` are asked for. */
function whileAll<R>(target: SimTarget, right: "admits" | "reservesFor", act: () => R): R {
  Object.defineProperty(target.settings, right, { configurable: true, value: () => true });
  const result = act();
  Reflect.deleteProperty(target.settings, right);
  return result;
}

/** Does not look again at what waited: it runs, whoever is served by then. */
export class Trusting extends SimTarget {
  protected override release(free: Request): Request | null {
    return whileAll(this, "reservesFor", () => super.release(free));
  }
}

/** Serves whoever asks, on the mask list or not. */
export class Unmasked extends SimTarget {
  protected override answer(request: Request): Verdict {
    return whileAll(this, "admits", () => super.answer(request));
  }
}

/** Serves whoever asks, reserved or not. */
export class Unreserved extends SimTarget {
  protected override answer(request: Request): Verdict {
    return whileAll(this, "reservesFor", () => super.answer(request));
  }
}

/** Tells an administrator at once that nothing runs any more for those whom he shut out. */
export class Rash extends SimTarget {
  override get isSettled(): boolean {
    return true;
  }
}

/** Lets what waits run, though the configuration shuts its clients out by then. */
export class Patient extends SimTarget {
  protected override allow(rules: AccessRules): void {
    this.settings.rules = rules;
  }
}

/** Knows no lists. */
export class Unlisted extends SimTarget {
  protected override allow(): void {}
}

/** Makes an administrator's change without storing it. */
export class Unstored extends SimTarget {
  protected override change(make: (state: TargetState) => TargetState): Administered {
    return super.change(make, () => 0);
  }
}

/** Sends a reply twice. */
export class Stuttering extends SimTarget {
  #isSecond = false;

  protected override answerNext(request: Request): Verdict {
    this.#isSecond = !this.#isSecond && request.source % 7 === 0;
    return this.#isSecond ? "reply" : super.answerNext(request);
  }
}
