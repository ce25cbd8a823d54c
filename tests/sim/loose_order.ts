/**
 * The order rules once more, so plain that each can be switched off: to find out whether the
 * simulator notices. They take the place of the real table (lib/target/order.ts).
 *
 * @module
 */
import { isDuplicate } from "../../lib/target/duplicates.ts";
import { type Entrance, Order } from "../../lib/target/order.ts";
import type { Request, Verdict } from "../../lib/target/request.ts";
import { replace, replaceGetter } from "./replace.ts";

/** An unfinished request. */
export interface Held {
  readonly request: Request;
  readonly isWrite: boolean;
  readonly isTrim: boolean;
  readonly isFlush: boolean;
  readonly begin: number;
  readonly end: number;
  /** Whether it runs; otherwise it waits. */
  runs: boolean;
  /** Whom it waits for. */
  readonly blockers: Set<Held>;
}

/** What can be switched off. */
export interface OrderRules {
  /** Whether one that comes in waits for an earlier one that it touches. */
  readonly waits: (newcomer: Held, earlier: Held) => boolean;
  /** Whether a TRIM touches all from the first to the last of its ranges, or only the first. */
  readonly hasHull: boolean;
  /** Whether copies share one run. */
  readonly shares: boolean;
  /** Whether a full table drops what comes. */
  readonly isBounded: boolean;
}

/** As docs/protocol.md has them. */
export const ORDER_RULES: OrderRules = {
  waits: (newcomer, earlier) => earlier.isWrite || (newcomer.isWrite && !earlier.isFlush),
  hasHull: true,
  shares: true,
  isBounded: true,
};

class LooseTable {
  readonly #rules: OrderRules;
  readonly #unfinished: Set<Held> = new Set();
  readonly #ready: Held[] = [];
  /** Entries that no request has. */
  readonly #free: number[];

  constructor(size: number, rules: OrderRules) {
    this.#rules = rules;
    this.#free = Array.from({ length: size }, (_, entry) => entry);
  }

  get isIdle(): boolean {
    return this.#unfinished.size === 0;
  }

  enter(order: Order, request: Request, verdict: Verdict): Entrance {
    const { waits, hasHull, shares, isBounded } = this.#rules;
    const isTrim = verdict === "trim";
    const isWrite = verdict === "write" || isTrim;
    const { offset, length } = request;
    const [begin, end] = isTrim && !hasHull
      ? [offset, offset + length]
      : [request.begin, request.end];
    const touched = [...this.#unfinished].filter((one) => begin < one.end && one.begin < end);
    const isFlush = verdict === "flush";
    const held: Held = {
      ...{ request, isWrite, isTrim, isFlush, begin, end },
      runs: true,
      blockers: new Set(),
    };
    for (const one of touched) {
      const isCopy = !isFlush && one.isWrite === isWrite && !one.isFlush &&
        isDuplicate(one.request, request, isWrite);
      if (shares && isCopy) {
        order.original = one.request;
        return "copy";
      }
      if (waits(held, one)) held.blockers.add(one);
    }
    const entry = this.#free.pop();
    if (entry === undefined) return isBounded ? "full" : "runs";
    request.entry = entry;
    held.runs = held.blockers.size === 0;
    this.#unfinished.add(held);
    return held.runs ? "runs" : "waits";
  }

  finish(request: Request): void {
    const done = [...this.#unfinished].find((held) => held.request === request);
    if (done === undefined) return;
    this.#unfinished.delete(done);
    for (const held of this.#unfinished) {
      if (held.blockers.delete(done) && held.blockers.size === 0) this.#ready.push(held);
    }
  }

  take(): Request | null {
    const held = this.#ready.shift();
    if (held === undefined) return null;
    held.runs = true;
    return held.request;
  }

  leave(request: Request): void {
    if (request.entry >= 0) this.#free.push(request.entry);
    request.entry = -1;
  }

  runsExcluded(isServed: (mac: number) => boolean): boolean {
    return [...this.#unfinished].some(({ runs, request }) => runs && !isServed(request.source));
  }

  refuse(isServed: (mac: number) => boolean, refuse: (request: Request) => void): void {
    for (const held of [...this.#unfinished]) {
      if (held.runs || isServed(held.request.source)) continue;
      refuse(held.request);
      if (held.blockers.size > 0) this.#ready.push(held);
      held.blockers.clear();
      this.finish(held.request);
    }
  }
}

/** Puts rules in the place of the real ones, for tables of `size`, until it is disposed of. */
export function plantOrder(size: number, rules: Partial<OrderRules>): Disposable {
  const all = { ...ORDER_RULES, ...rules };
  const tables = new WeakMap<Order, LooseTable>();
  const tableOf = (order: Order): LooseTable => {
    const table = tables.get(order) ?? new LooseTable(size, all);
    tables.set(order, table);
    return table;
  };
  const stack = new DisposableStack();
  const { prototype } = Order;
  stack.use(replaceGetter(prototype, "isIdle", (order) => tableOf(order).isIdle));
  stack.use(replace(prototype, "enter", (order, ...all) => tableOf(order).enter(order, ...all)));
  stack.use(replace(prototype, "finish", (order, ...all) => tableOf(order).finish(...all)));
  stack.use(replace(prototype, "take", (order) => tableOf(order).take()));
  stack.use(replace(prototype, "leave", (order, ...all) => tableOf(order).leave(...all)));
  stack.use(replace(prototype, "refuse", (order, ...all) => tableOf(order).refuse(...all)));
  stack.use(
    replace(prototype, "runsExcluded", (order, ...all) => tableOf(order).runsExcluded(...all)),
  );
  return stack;
}
