/**
 * Random arrivals, completions, faults and changes against one target, from a seed, each held
 * against what tests/order_oracle.ts says.
 *
 * @module
 */
import type { PortAddress, Request, Verdict } from "../lib/target/request.ts";
import type { Target, TargetOptions } from "../lib/target/target.ts";
import { FakeExport, type Kind, type Sent } from "./fake_export.ts";
import * as f from "./frames.ts";
import { accessOf, type Conditions, type Item, OrderOracle, rangesOf } from "./order_oracle.ts";
import { CLIENTS, randomFrame, SectorHistory } from "./order_world.ts";
import { Random } from "./random.ts";
import { headerOf, numberAt, outcomeOf } from "./replies.ts";

const SECTORS = 40;
const SLOTS = 30;
/** Changes who is served, and is always served itself. */
const ADMINISTRATOR = 0x02_00_00_00_00_44;

export interface OrderRunOptions {
  seed: number;
  turns: number;
  /** Makes the target, for a planted fault. */
  makeTarget?: (options: TargetOptions) => Target;
}

/** What the target must not have done. */
class Violation extends Error {}

function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(message);
}

/** Runs one target for so many turns. Returns what went wrong first; null: nothing. */
export function runOrder(options: OrderRunOptions): string | null {
  try {
    new OrderRun(options).run(options.turns);
    return null;
  } catch (error) {
    return `seed ${options.seed}: ${error}`;
  }
}

class OrderRun {
  readonly #random: Random;
  readonly #fake: FakeExport;
  readonly #oracle: OrderOracle;
  readonly #ports: (PortAddress & { mtu: number })[];
  readonly #durable: boolean;
  /** Whether most frames are copies of a few. */
  readonly #repeats: boolean;
  readonly #offset: number;
  readonly #history: SectorHistory;
  readonly #frames: Uint8Array[] = [];
  /** The data requests that the target has, by slot. */
  readonly #items = new Map<number, Item>();
  /** Requests that have work to be done: data requests and a change that is being stored. */
  readonly #working: Request[] = [];
  /** Changes whose acknowledgement is held back. */
  readonly #fenced = new Set<Request>();
  readonly #free: number[] = Array.from({ length: SLOTS }, (_, index) => index);
  #isFaulted = false;

  constructor({ seed, makeTarget }: OrderRunOptions) {
    const random = new Random(seed);
    this.#random = random;
    this.#ports = [1, 2, 3].map((number) => ({
      name: `eth${number}`,
      mac: f.TARGET_MAC + number,
      mtu: 9000,
      loopback: false,
    }));
    this.#durable = random.oneIn(3);
    this.#repeats = random.oneIn(3);
    const offset = random.pick([0, 0, 512, 7 * 512]);
    const alignment = random.pick([512, 512, 512, 4096]);
    const inFlightMax = random.pick([1, 2, 4, 16, 1024]);
    this.#fake = new FakeExport({
      sectors: SECTORS,
      mtu: 9000,
      slots: SLOTS,
      durable: this.#durable,
      offset,
      alignment,
      inFlightMax,
      ports: this.#ports,
      ...(makeTarget === undefined ? {} : { makeTarget }),
    });
    this.#history = new SectorHistory(this.#fake.disk.slice(offset));
    this.#oracle = new OrderOracle({ alignment, offset, inFlightMax });
    this.#offset = offset;
  }

  run(turns: number): void {
    for (let turn = 0; turn < turns; turn++) this.#turn();
    for (this.#drain(); this.#working.length > 0; this.#drain()) this.#step();
    const left = this.#oracle.unfinished.map(({ id }) => id);
    demand(left.length === 0, `requests ${left} never ran`);
    demand(this.#fenced.size === 0, "a change was never acknowledged");
    const disk = this.#fake.disk.subarray(this.#offset);
    for (let sector = 0; sector < SECTORS; sector++) {
      const isRight = this.#history.isAsLeft(disk.subarray(512 * sector), sector, Infinity);
      demand(isRight, `sector ${sector} is not as the last write left it`);
    }
    this.#fake.checkGuards();
  }

  #turn(): void {
    const choice = this.#random.below(100);
    if (choice < (this.#repeats ? 68 : 48)) this.#arrive();
    else if (choice < 80) this.#step();
    else if (choice < 90) this.#drain();
    else if (choice < 92) this.#change();
    else if (choice < 93) this.#resize();
    else if (choice < 95) this.#random.pick(this.#ports).mtu = this.#random.pick([9000, 9000, 576]);
    else this.#move();
  }

  /** A data frame comes in, a new one or a copy of an earlier one. */
  #arrive(): void {
    const slot = this.#free.pop();
    if (slot === undefined) return;
    const random = this.#random;
    const port = random.pick(this.#ports);
    const arrived = this.#nextFrame();
    if (random.oneIn(2)) arrived.set(f.bigEndian(random.below(4), 4), 20);
    arrived.set(f.bigEndian(port.mac, 6), 0);
    const outcome = this.#oracle.decide(arrived, port, this.#now());
    const request = this.#fake.arrive(arrived, slot, port);
    if (outcome !== null) {
      this.#expect(request, outcome === "silence" ? "drop" : "reply", "an arrival");
      const asker = { tag: numberAt(arrived, 20, 4), port };
      if (outcome !== "silence") this.#checkReplies(request, arrived, [asker], outcome);
      this.#free.push(slot);
      return;
    }
    const { verdict, item } = this.#oracle.arrive(arrived, port);
    this.#expect(request, verdict, `an arrival, ${accessOf(arrived)} ${rangesOf(arrived)}`);
    this.#checkCounts();
    if (item === null) {
      this.#free.push(slot);
      return;
    }
    this.#items.set(slot, item);
    if (item.runs) this.#working.push(request);
  }

  /** A new one, or one of the last. */
  #nextFrame(): Uint8Array {
    const isCopy = this.#frames.length > 0 && (this.#repeats !== this.#random.oneIn(3));
    const frame = isCopy
      ? this.#random.pick(this.#frames).slice()
      : randomFrame(this.#random, SECTORS);
    if (!isCopy) this.#frames.push(frame);
    if (this.#frames.length > (this.#repeats ? 1 : 12)) this.#frames.shift();
    return frame;
  }

  /** One piece of work is done, or fails. */
  #step(): void {
    if (this.#working.length === 0) return;
    const index = this.#random.below(this.#working.length);
    const request = this.#working[index];
    if (request === undefined) return;
    const verdict = request.verdict;
    const fails = this.#random.oneIn(verdict === "flush" ? 80 : 15);
    this.#fake.failures.clear();
    // Each verdict with work is the name of a kind of operation.
    if (fails) this.#fake.failures.set(verdict as Kind, 5);
    const { offset, length } = request;
    const item = this.#items.get(request.slot);
    const next = this.#fake.step(request);
    if (item === undefined) {
      this.#working.splice(index, 1);
      return this.#saved(request, next, fails);
    }
    const isChange = verdict === "write" || verdict === "trim";
    if (isChange && !fails) this.#history.add(item, offset - this.#offset, length);
    const { expected, outcome } = this.#after(item, verdict, fails, next);
    demand(next === expected, `after ${verdict} of ${item.id} comes ${next}, not ${expected}`);
    if (next !== "reply") return;
    this.#working.splice(index, 1);
    this.#finish(request, item, outcome);
  }

  /** What comes after a piece of work, and how the reply ends. */
  #after(item: Item, verdict: Verdict, fails: boolean, next: Verdict): {
    expected: Verdict;
    outcome: string;
  } {
    const done = (outcome: string): { expected: Verdict; outcome: string } => ({
      expected: "reply",
      outcome,
    });
    if (verdict === "read" || verdict === "verify") {
      if (fails) return done("41/40");
      const [first] = item.askers;
      const size = 36 + 512 * numberAt(item.frame, 26, 1);
      const isCut = verdict === "read" && size > (first?.port.mtu ?? 0) + 14;
      return done(isCut ? "41/04" : "40/00");
    }
    if (verdict === "flush" && fails) this.#isFaulted = true;
    if (this.#isFaulted) return done("61/04");
    if (fails) return done("41/04");
    if (verdict === "trim" && next === "trim") return { expected: "trim", outcome: "" };
    if (verdict !== "flush" && this.#durable) return { expected: "flush", outcome: "" };
    return done("40/00");
  }

  /** The reply of a request that ran, or was refused at its turn. */
  #finish(request: Request, item: Item, outcome: string): void {
    this.#oracle.finish(item);
    this.#items.delete(request.slot);
    this.#checkReplies(request, item.frame, item.askers, outcome, item);
    this.#free.push(request.slot);
  }

  /** Takes all that the target gives back by itself. */
  #drain(): void {
    for (let request = this.#fake.next(); request !== null; request = this.#fake.next()) {
      if (request.slot === SLOTS) continue; // an advertisement
      if (this.#fenced.delete(request)) this.#release(request);
      else this.#resume(request);
    }
    for (const item of this.#oracle.unfinished) {
      demand(item.runs || !this.#oracle.mayRun(item), `request ${item.id} waits for nothing`);
    }
    const waits = this.#fenced.size > 0;
    demand(!waits || this.#oracle.runsExcluded(this.#now()), "a change waits for nothing");
    demand(this.#oracle.refused.length === 0, "a request that was shut out is kept");
  }

  #release(request: Request): void {
    demand(!this.#oracle.runsExcluded(this.#now()), "a change is acknowledged too early");
    this.#expect(request, "reply", "a change that was held back");
    demand(this.#fake.send(request).length === 1, "a change has one reply");
    this.#free.push(request.slot);
  }

  /** The turn of a request has come that waited. */
  #resume(request: Request): void {
    const item = this.#items.get(request.slot);
    demand(item !== undefined, `slot ${request.slot} goes on, which is free`);
    if (item.told !== "") {
      this.#oracle.refused = this.#oracle.refused.filter((other) => other !== item);
      this.#expect(request, item.told === "silence" ? "drop" : "reply", "who was shut out");
      if (request.verdict === "reply") this.#finish(request, item, item.told);
      else this.#items.delete(request.slot), this.#free.push(request.slot);
      return;
    }
    const [first] = item.askers;
    demand(first !== undefined && this.#oracle.mayRun(item), `request ${item.id} runs too early`);
    const outcome = this.#oracle.decide(item.frame, first.port, this.#now());
    this.#expect(request, outcome === null ? item.access : "reply", "a turn");
    if (outcome !== null) return this.#finish(request, item, outcome);
    item.runs = true;
    this.#working.push(request);
  }

  /** Somebody is shut out, or let in again. */
  #change(): void {
    const slot = this.#free.pop();
    if (slot === undefined) return;
    const random = this.#random;
    const macs = random.oneIn(3) ? [] : CLIENTS.filter(() => random.oneIn(2));
    const port = random.pick(this.#ports);
    const to = { src: ADMINISTRATOR, dst: port.mac };
    const isReserve = random.oneIn(2);
    const reservation = macs.length === 0 ? [] : [ADMINISTRATOR, ...macs];
    const listed = (mac: number): number => macs.length === 0 || !macs.includes(mac) ? 2 : 1;
    const directives = [ADMINISTRATOR, ...CLIENTS].map((mac): [number, number] => [
      mac === ADMINISTRATOR && macs.length > 0 ? 1 : listed(mac),
      mac,
    ]);
    const frame = isReserve
      ? f.reserveFrame({ ...to, rcmd: 2, macs: reservation })
      : f.maskFrame({ ...to, mcmd: 1, directives });
    const request = this.#fake.arrive(frame, slot, port);
    if (request.verdict === "save") this.#working.push(request);
    else if (request.verdict === "drop") this.#free.push(slot);
    else this.#acknowledge(request, request.verdict);
  }

  #saved(request: Request, next: Verdict, fails: boolean): void {
    if (fails) {
      demand(next === "drop", `a change that could not be stored comes to ${next}`);
      this.#free.push(request.slot);
      return;
    }
    const now = this.#now();
    this.#oracle.refuse(({ frame, source }) => {
      if (now.masks.length > 0 && !now.masks.includes(numberAt(frame, 6, 6))) return "silence";
      return now.reservations.length > 0 && !now.reservations.includes(source) ? "E6" : null;
    });
    this.#acknowledge(request, next);
  }

  #acknowledge(request: Request, verdict: Verdict): void {
    const expected = this.#oracle.runsExcluded(this.#now()) ? "wait" : "reply";
    demand(verdict === expected, `a change comes to ${verdict} instead of ${expected}`);
    if (verdict === "wait") {
      this.#fenced.add(request);
      return;
    }
    this.#fake.send(request);
    this.#free.push(request.slot);
  }

  #resize(): void {
    this.#fake.target.resize(this.#random.pick([SECTORS, SECTORS, SECTORS - 6]));
  }

  /** The engine needs the memory of a request that waits or runs. */
  #move(): void {
    const kept = [...this.#items.keys()];
    if (kept.length === 0) return;
    this.#fake.move(this.#fake.requestIn(this.#random.pick(kept)));
  }

  #now(): Conditions {
    const { masks, reservations } = this.#fake.target.settings.current;
    const { sectors } = this.#fake.target.disk;
    return { sectors, faulted: this.#isFaulted, masks, reservations };
  }

  #expect({ verdict }: Request, expected: string, what: string): void {
    demand(verdict === expected, `${what} comes to ${verdict} instead of ${expected}`);
  }

  #checkCounts(): void {
    const { duplicates, parked, overflow } = this.#fake.target.counts;
    const counted = JSON.stringify({ duplicates, parked, overflow });
    const expected = JSON.stringify(this.#oracle.counts);
    demand(counted === expected, `it counted ${counted} instead of ${expected}`);
  }

  /** Each who asked gets one reply, over the way that was asked by, with the same in it. */
  #checkReplies(
    request: Request,
    frame: Uint8Array,
    askers: readonly { tag: number; port: PortAddress }[],
    outcome: string,
    item?: Item,
  ): void {
    const size = request.replySize;
    const replies = this.#fake.send(request);
    const expected = askers.filter(({ port }, index) => index === 0 || size <= port.mtu + 14);
    const said = replies.map(({ port, frame }) => `${headerOf(frame).tag} by ${port.name}`);
    const wanted = expected.map(({ tag, port }) => `${tag} by ${port.name}`);
    demand(`${said}` === `${wanted}`, `replies went to [${said}] instead of [${wanted}]`);
    for (const reply of replies) {
      this.#checkReply(reply, frame, outcome);
      const isData = accessOf(frame) === "read" && outcome === "40/00";
      if (item !== undefined && isData) this.#checkData(reply.frame, item);
    }
  }

  #checkReply({ frame: reply, port }: Sent, frame: Uint8Array, outcome: string): void {
    const { src, dst } = headerOf(reply);
    demand(src === port.mac && dst === numberAt(frame, 6, 6), "a reply goes the wrong way");
    const is = outcomeOf(reply);
    demand(is === outcome, `the outcome is ${is} instead of ${outcome}`);
  }

  /** A read returns what the last write left that came before it. */
  #checkData(reply: Uint8Array, item: Item): void {
    const [[lba, count] = [0, 0]] = rangesOf(item.frame);
    for (let index = 0; index < count; index++) {
      const sector = lba + index;
      demand(
        this.#history.isAsLeft(reply.subarray(36 + 512 * index), sector, item.id),
        `request ${item.id} read sector ${sector} as nothing left it that came before`,
      );
    }
  }
}
