/**
 * The real target with its judge beside it. What a test plants into it goes between the two.
 *
 * @module
 */
import type { AccessRules } from "../../lib/target/access.ts";
import type { Request, Verdict } from "../../lib/target/request.ts";
import { type Administered, Target, type TargetOptions } from "../../lib/target/target.ts";
import type { Judge } from "./judge.ts";

/** A target that is watched. */
export class SimTarget extends Target {
  readonly #judge: Judge;

  constructor(options: TargetOptions, judge: Judge) {
    super(options);
    this.#judge = judge;
  }

  /** See {@linkcode Target}. */
  override handle(request: Request): Verdict {
    const verdict = this.answer(request);
    this.#judge.decided(request, verdict);
    return verdict;
  }

  /** See {@linkcode Target}. */
  override complete(request: Request, result: number): Verdict {
    const { pending } = this.settings;
    const isStored = request.verdict === "save" && result === 0;
    this.#judge.completes(request, result);
    const verdict = this.goOn(request, result);
    if (isStored) this.#judge.stores(pending);
    this.#judge.completed(request, verdict);
    return verdict;
  }

  /** See {@linkcode Target}. */
  override sent(request: Request): Verdict {
    const verdict = this.answerNext(request);
    if (verdict === "drop") this.#judge.finishes(request);
    return verdict;
  }

  /** See {@linkcode Target}. */
  override next(free: Request): Request | null {
    const request = this.release(free);
    if (request !== null) this.#judge.goesOn(request, request.verdict);
    return request;
  }

  /** See {@linkcode Target}. */
  override setAccess(rules: AccessRules): void {
    this.allow(rules);
    this.#judge.access.allows(rules);
  }

  /** See {@linkcode Target}. */
  override administer(...all: Parameters<Target["administer"]>): Administered {
    const outcome = this.change(...all);
    if (outcome === 0) this.#judge.stores(this.settings.current);
    return outcome;
  }

  /** Where a test plants a fault. */
  protected allow(rules: AccessRules): void {
    super.setAccess(rules);
  }

  /** Where a test plants a fault. */
  protected change(...all: Parameters<Target["administer"]>): Administered {
    return super.administer(...all);
  }

  /** Where a test plants a fault. */
  protected answer(request: Request): Verdict {
    return super.handle(request);
  }

  /** Where a test plants a fault. */
  protected goOn(request: Request, result: number): Verdict {
    return super.complete(request, result);
  }

  /** Where a test plants a fault. */
  protected answerNext(request: Request): Verdict {
    return super.sent(request);
  }

  /** Where a test plants a fault. */
  protected release(free: Request): Request | null {
    return super.next(free);
  }
}
