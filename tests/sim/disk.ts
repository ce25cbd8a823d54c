/**
 * A disk as an engine sees it ({@linkcode AsyncDisk}): work that is under way at once ends in any
 * order, late, at once, or with an error.
 *
 * @module
 */
import type { Request, Verdict } from "../../lib/target/request.ts";
import type { TargetState } from "../../lib/target/settings.ts";
import type { Random } from "../random.ts";
import type { Clock } from "./clock.ts";
import { DiskWork, type WorkShape } from "./disk_work.ts";
import type { Medium } from "./medium.ts";
import type { Delivery } from "./operation.ts";
import type { DiskPlan } from "./scenario.ts";
import { type AsyncDisk, PENDING } from "../../lib/engine/work.ts";

const EIO = 5;
const STALL_FACTOR = 100;
const SHORT_MAX = 4;

/** Who watches a disk. */
export interface DiskWatch {
  /** Something begins for a request. Returns what it is for. */
  begins(request: Request, verdict: Verdict): Delivery | undefined;
  /** What it writes reaches the disk now, or a part of it does. */
  changes(delivery: Delivery | undefined): void;
}

/** What a disk is made of. */
export interface DiskParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly plan: DiskPlan;
  readonly shape: WorkShape;
  readonly medium: Medium;
  readonly watch: DiskWatch;
  /** Something has ended: the engine is to look. */
  readonly wake: () => void;
}

interface Ended {
  readonly request: Request | null;
  readonly result: number;
}

/** The disk from one start to the next power cut. */
export class SimDisk implements AsyncDisk {
  /** Whether nothing fails and nothing takes long any more. */
  isCalm = false;
  /** What is stored of the target's settings. */
  stored: TargetState;
  /** What the target wants stored; set once there is one. */
  pending: () => TargetState;
  /** The request whose work ended; null: the sync. */
  ended: Request | null = null;
  /** Its outcome: 0 or a negative errno. */
  result = 0;
  /** Its writes have no sync of their own. */
  readonly syncResult = PENDING;

  readonly #parts: DiskParts;
  readonly #endings: Ended[] = [];
  readonly #running: Set<DiskWork> = new Set();
  #isDead = false;
  #isWritebackPlanned = false;
  #saving: TargetState | undefined;

  constructor(parts: DiskParts, stored: TargetState) {
    this.#parts = parts;
    this.stored = stored;
    this.pending = () => stored;
  }

  #chance(thousandths: number): boolean {
    return this.#parts.random.below(1000) < thousandths;
  }

  #fails(thousandths: number): boolean {
    return !this.isCalm && this.#chance(thousandths);
  }

  /** See {@linkcode AsyncDisk}. */
  attempts(verdict: Verdict): boolean {
    return verdict !== "save" && this.#chance(this.#parts.plan.cached);
  }

  /** See {@linkcode AsyncDisk}. */
  attempt(request: Request, verdict: Verdict): number {
    return this.#chance(100) ? PENDING : this.#doNow(request, verdict);
  }

  /** See {@linkcode AsyncDisk}. */
  begin(request: Request, verdict: Verdict): number {
    return this.work(request, verdict, (result) => this.#end(request, result));
  }

  /** See {@linkcode AsyncDisk}. */
  beginSync(): number {
    return this.sync((result) => this.#end(null, result));
  }

  /** Begins work whose result goes to `end`, unless it ended at once; see `AsyncDisk.begin`. */
  protected work(request: Request, verdict: Verdict, end: (result: number) => void): number {
    const { watch, plan, shape, medium } = this.#parts;
    if (verdict === "save") return this.#save(request, end);
    if (this.#chance(50)) return this.#doNow(request, verdict);
    const delivery = watch.begins(request, verdict);
    const work = new DiskWork(request, verdict, medium, shape);
    this.#running.add(work);
    const durationUs = this.#durationUs();
    const shortCount = this.#chance(plan.short) ? 1 + this.#parts.random.below(SHORT_MAX) : 0;
    this.#later(this.#parts.random.below(durationUs), () => {
      watch.changes(delivery);
      if (plan.halves || shortCount > 0) work.doPart(shortCount);
    });
    this.#later(durationUs, () => {
      this.#running.delete(work);
      end(this.#finish(work, delivery));
    });
    return PENDING;
  }

  #doNow(request: Request, verdict: Verdict): number {
    const { watch, shape, medium } = this.#parts;
    const delivery = watch.begins(request, verdict);
    return this.#finish(new DiskWork(request, verdict, medium, shape), delivery);
  }

  /** Does what is left of the work. Returns its result. */
  #finish(work: DiskWork, delivery: Delivery | undefined): number {
    const { watch, random, plan } = this.#parts;
    watch.changes(delivery);
    const result = this.#fails(plan.failure) ? -EIO : 0;
    if (result === 0) work.finish();
    else work.fail(() => random.oneIn(2));
    this.#planWriteback();
    return result;
  }

  #save(request: Request, end: (result: number) => void): number {
    const { watch, plan } = this.#parts;
    watch.begins(request, "save");
    const state = this.pending();
    this.#saving = state;
    const fails = this.#fails(plan.saveFailure);
    this.#later(this.#durationUs(), () => {
      this.#saving = undefined;
      if (!fails) this.stored = state;
      end(fails ? -EIO : 0);
    });
    return PENDING;
  }

  /** Stores settings at once. Returns 0 or a negative errno. */
  store(state: TargetState): number {
    if (this.#fails(this.#parts.plan.saveFailure)) return -EIO;
    this.stored = state;
    return 0;
  }

  /** The same for a sync. */
  protected sync(end: (result: number) => void): number {
    const { medium, plan } = this.#parts;
    const work = medium.beginSync();
    const fails = this.#fails(plan.syncFailure);
    if (this.#chance(50)) return medium.endSync(work, fails) ? 0 : -EIO;
    this.#later(this.#durationUs(), () => end(medium.endSync(work, fails) ? 0 : -EIO));
    return PENDING;
  }

  /** See {@linkcode AsyncDisk}. */
  take(): boolean {
    const next = this.#endings.shift();
    if (next === undefined) return false;
    this.ended = next.request;
    this.result = next.result;
    return true;
  }

  /** The power fails. */
  cut(): void {
    this.#isDead = true;
    this.#parts.medium.cut([...this.#running].flatMap((work) => [...work.writing()]));
    if (this.#saving !== undefined && this.#parts.random.oneIn(2)) this.stored = this.#saving;
  }

  #end(request: Request | null, result: number): void {
    this.#endings.push({ request, result });
    this.#parts.wake();
  }

  #durationUs(): number {
    const { random, plan } = this.#parts;
    const durationUs = 1 + random.below(plan.workMaxUs);
    return this.#fails(plan.stall) ? durationUs * STALL_FACTOR : durationUs;
  }

  #later(delayUs: number, act: () => void): void {
    this.#parts.clock.after(delayUs, () => {
      if (!this.#isDead) act();
    });
  }

  #planWriteback(): void {
    const { medium, plan } = this.#parts;
    if (this.#isWritebackPlanned) return;
    this.#isWritebackPlanned = true;
    this.#later(plan.writebackEveryUs, () => {
      this.#isWritebackPlanned = false;
      medium.writeBack(this.#fails(plan.syncFailure / 4));
    });
  }
}
