/**
 * Watches a target from outside and holds what it does against the rules of docs/protocol.md, while
 * it happens where that is possible, and by the history (history.ts) where it is not:
 *
 * - a reply goes to one who asked, by the interface that he asked by, once for each of his copies;
 * - what succeeds shows data that an operation wrote; what fails has a reason;
 * - nothing is begun for a client that is not served, and from the acknowledgement of a change on
 *   nothing of those whom it shut out reaches the disk, and no data reaches them;
 * - an exact copy of an unfinished request is not carried out, but answered with it;
 * - a change is stored before it is acknowledged, to a client or to an administrator;
 * - a faulted export acknowledges nothing.
 *
 * @module
 */
import type { Request, Verdict } from "../../lib/target/request.ts";
import type { TargetState } from "../../lib/target/settings.ts";
import { Access } from "./access.ts";
import type { DiskWatch } from "./disk.ts";
import { findingOf } from "./finding.ts";
import { History } from "./history.ts";
import type { Copy, Delivery } from "./operation.ts";
import { readReply, type Reply } from "./reply.ts";
import { ReplyRules } from "./reply_rules.ts";
import type { Trace } from "./trace.ts";

/** One run of a request answers so many. */
const ASKERS_MAX = 8;

/** The rules for one start of a target. */
export class Judge implements DiskWatch {
  readonly access: Access;
  readonly history: History;
  readonly #trace: Trace;
  readonly #inFlightMax: number;
  readonly #replies: ReplyRules;
  /** What each request of the engine is for now. */
  readonly #deliveries: (Delivery | undefined)[] = [];
  /** What the target has to do. */
  readonly #unfinished: Set<Delivery> = new Set();
  /** Counts what happens: every event has a moment of its own. */
  #moment = 0;

  constructor(trace: Trace, access: Access, history: History, inFlightMax: number) {
    this.#trace = trace;
    this.#inFlightMax = inFlightMax;
    this.access = access;
    this.history = history;
    this.#replies = new ReplyRules(trace, access, history, () => this.tick());
  }

  /** The next moment. */
  tick(): number {
    return ++this.#moment;
  }

  /** How many requests the target has not done with. */
  get unfinishedCount(): number {
    return this.#unfinished.size;
  }

  /** How many changes of settings it has not done with. */
  get unfinishedChanges(): number {
    return this.#unfinished.size - this.#diskCount();
  }

  /** Whether the target has yet to do with a delivery that `copy` is to be answered with. */
  readonly isUnfinished = ({ operation, source }: Copy): boolean => {
    for (const { operation: other, copy } of this.#unfinished) {
      if (other === operation && copy.source === source) return true;
    }
    return false;
  };

  /** The frame in `request` is a copy that reached the target. */
  arrives(request: Request, delivery: Delivery): void {
    this.#deliveries[request.slot] = delivery;
    delivery.isAdmitted = this.access.admits(delivery.copy.source);
    if (delivery.operation.isWrite) this.history.opens(delivery);
    this.#trace.add("arrives", delivery.operation, `tag ${delivery.copy.tag}`);
  }

  /** The target decided about a frame. */
  decided(request: Request, verdict: Verdict): void {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return;
    const first = this.#firstOf(delivery);
    const goesOn = verdict !== "drop" && verdict !== "reply";
    if (first !== undefined && goesOn) {
      throw findingOf("a copy of an unfinished request is carried out, too", delivery);
    }
    this.#trace.add(verdict, delivery.operation);
    if (goesOn) this.#unfinished.add(delivery);
    this.#note(delivery, verdict);
    if (goesOn && this.#diskCount() > this.#inFlightMax) {
      throw findingOf("more is unfinished than there is room for", delivery);
    }
    if (verdict !== "drop") return;
    this.#deliveries[request.slot] = undefined;
    if (first === undefined) this.#checkDrop(delivery);
    if (first === undefined || !this.#joins(first, delivery)) this.#end(delivery);
  }

  #note(delivery: Delivery, verdict: Verdict): void {
    const isWaiting = verdict === "wait";
    delivery.isRunning = !isWaiting;
    delivery.isHeld = isWaiting && delivery.operation.frame[19] !== 0;
    if (delivery.isHeld) this.#trace.add("held back", delivery.operation);
  }

  /** The engine has nothing to do just now: a change is held back for a request that runs. */
  rests(): void {
    const all = [...this.#unfinished];
    const held = all.find(({ isHeld }) => isHeld);
    if (held === undefined) return;
    const isNeeded = all.some(({ isRunning, operation, copy }) =>
      isRunning && operation.frame[19] === 0 && !this.access.isServed(copy.source)
    );
    if (!isNeeded) throw findingOf("an acknowledgement is held back for nobody", held);
  }

  /** How many unfinished requests need the disk. */
  #diskCount(): number {
    let count = 0;
    for (const { operation } of this.#unfinished) if (operation.frame[19] === 0) count++;
    return count;
  }

  /** A request to the disk is dropped only where there is no room, or its client is not let in. */
  #checkDrop(delivery: Delivery): void {
    if (delivery.operation.frame[19] !== 0 || !delivery.isAdmitted) return;
    this.#trace.add("overflow", delivery.operation);
    if (this.#diskCount() < this.#inFlightMax) {
      throw findingOf("a request is dropped without any reason", delivery);
    }
  }

  /** The unfinished delivery that `delivery` asks the same as. */
  #firstOf(delivery: Delivery): Delivery | undefined {
    for (const other of this.#unfinished) {
      if (isSame(other, delivery)) return other;
    }
    return undefined;
  }

  /** Whether `delivery` is to be answered with `first`. */
  #joins(first: Delivery, delivery: Delivery): boolean {
    if (!this.access.isServed(delivery.copy.source)) return false;
    const all = [first, ...first.askers];
    if (all.length === ASKERS_MAX || all.some((one) => one.isSameAsker(delivery))) return false;
    first.askers.push(delivery);
    delivery.first = first;
    return true;
  }

  /** The target goes on with a request that waited. */
  goesOn(request: Request, verdict: Verdict): void {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return;
    this.#trace.add(`goes on: ${verdict}`, delivery.operation);
    this.#note(delivery, verdict);
    if (verdict === "drop") this.finishes(request);
  }

  /** The target is told how a request's work ended. */
  completes(request: Request, result: number): void {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return;
    const { verdict } = request;
    this.#trace.add(`${verdict} ${result < 0 ? "failed" : "ended"}`, delivery.operation);
    if (result < 0) delivery.hasFailed = true;
    if (result < 0 && verdict === "flush") this.#replies.isFaulted = true;
    if (result === 0 && (verdict === "write" || verdict === "trim")) delivery.done = this.tick();
  }

  /** The target says how the request goes on. */
  completed(request: Request, verdict: Verdict): void {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return;
    this.#note(delivery, verdict);
    if (verdict === "drop") this.finishes(request);
  }

  /** A change of settings is stored, and the target knows. */
  stores(state: TargetState): void {
    this.access.changes(state, this.tick());
    this.#trace.add("stored", undefined, `masks ${state.masks} reserved ${state.reservations}`);
  }

  /** A reply leaves. */
  replies(request: Request, frame: Uint8Array<ArrayBuffer>): void {
    const reply = readReply(frame);
    const first = this.#deliveries[request.slot];
    if (first === undefined) this.#replies.advertisement(reply);
    else this.#replies.reply(this.#askerOf(first, request, reply), reply);
  }

  /** Whom the reply answers. */
  #askerOf(first: Delivery, request: Request, reply: Reply): Delivery {
    const asked = first.isAnswered ? first.askers : [first];
    const asker = asked.find(({ isAnswered, copy }) =>
      !isAnswered && copy.source === reply.destination && copy.tag === reply.tag &&
      copy.port === request.port && copy.port.mac === reply.source
    );
    if (asker === undefined) throw findingOf("a reply left that nobody waits for", first);
    asker.isAnswered = true;
    return asker;
  }

  /** The target has done with a request. */
  finishes(request: Request): void {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return;
    this.#deliveries[request.slot] = undefined;
    this.#unfinished.delete(delivery);
    for (const asker of delivery.askers) {
      if (delivery.isAnswered && !asker.isAnswered) {
        throw findingOf("one who asked for the same was not answered", asker);
      }
      this.#end(asker);
    }
    this.#end(delivery);
  }

  #end(delivery: Delivery): void {
    if (delivery.operation.isWrite) this.history.closes(delivery, this.tick());
  }

  /** See {@linkcode DiskWatch}. */
  begins(request: Request, verdict: Verdict): Delivery | undefined {
    const delivery = this.#deliveries[request.slot];
    if (delivery === undefined) return undefined;
    this.#trace.add(`${verdict} begins`, delivery.operation);
    const isFirst = !delivery.hasBegun;
    delivery.hasBegun = true;
    if (isFirst && verdict !== "save" && !this.access.isServed(delivery.copy.source)) {
      throw findingOf("something was begun for a client that is not served", delivery);
    }
    return delivery;
  }

  /** See {@linkcode DiskWatch}. */
  changes(delivery: Delivery | undefined): void {
    if (delivery === undefined || !delivery.operation.isWrite) return;
    if (this.access.isShutOut(delivery.copy.source)) {
      throw findingOf("a write of a client that is shut out reached the disk", delivery);
    }
  }
}

/** Whether two deliveries ask for the same, so that one run is enough. */
function isSame(one: Delivery, other: Delivery): boolean {
  if (one.copy.source !== other.copy.source || !other.operation.isShared) return false;
  if (one.operation === other.operation) return true;
  if (one.operation.isWrite) return false; // each writes data of its own
  for (let at = 24; at < 36; at++) {
    if (one.copy.frame[at] !== other.copy.frame[at]) return false;
  }
  return one.copy.frame[19] === other.copy.frame[19];
}
