/**
 * What must hold of a reply that leaves (docs/protocol.md): what succeeds shows data that an
 * operation wrote; what fails has a reason; no data reaches a client that is shut out; a change is
 * stored before it is acknowledged; a faulted export acknowledges nothing.
 *
 * @module
 */
import type { Access } from "./access.ts";
import { Finding, findingOf } from "./finding.ts";
import type { History } from "./history.ts";
import type { Delivery } from "./operation.ts";
import type { Reply } from "./reply.ts";
import type { Trace } from "./trace.ts";

const BROADCAST = 0xffffffffffff;

/** The rules for the replies of one target. */
export class ReplyRules {
  /** Whether a sync has failed. */
  isFaulted = false;
  readonly #trace: Trace;
  readonly #access: Access;
  readonly #history: History;
  /** The next moment. */
  readonly #tick: () => number;

  constructor(trace: Trace, access: Access, history: History, tick: () => number) {
    this.#trace = trace;
    this.#access = access;
    this.#history = history;
    this.#tick = tick;
  }

  /** A reply leaves that nobody asked for. */
  advertisement({ destination, tag }: Reply): void {
    if (tag !== 0) throw new Finding("a reply left that nobody waits for");
    if (destination !== BROADCAST && !this.#access.admits(destination)) {
      throw new Finding("an advertisement left to a client that is not on the mask list");
    }
  }

  /** A reply leaves to whom sent `delivery`. */
  reply(delivery: Delivery, reply: Reply): void {
    const { operation, copy } = delivery;
    const what = delivery.first === undefined ? "reply" : "reply to a copy";
    this.#trace.add(what, operation, reply.outcome);
    if (this.#access.isSilenced(copy.source) || !delivery.isAdmitted) {
      throw findingOf("a client that is not on the mask list got a reply", delivery);
    }
    if (reply.command !== operation.frame[19]) {
      throw findingOf("the reply is to another command", delivery);
    }
    if (reply.command === 0) this.#checkOutcome(delivery, reply);
    else this.#checkSettings(delivery, reply);
  }

  #checkOutcome(delivery: Delivery, reply: Reply): void {
    const { operation, copy, arrived } = delivery;
    switch (reply.outcome) {
      case "40/00":
        return this.#checkSuccess(delivery, reply);
      case "E6":
        if (this.#access.wasReservedSince(copy.source, arrived)) return;
        break;
      case "61/04":
        if (this.isFaulted && (operation.isWrite || operation.kind === "flush")) return;
        break;
      case operation.isWrite ? "41/04" : "41/40":
        if ((delivery.first ?? delivery).hasFailed) return;
        break;
    }
    throw findingOf(`the outcome is ${reply.outcome} without any reason`, delivery);
  }

  #checkSuccess(delivery: Delivery, reply: Reply): void {
    const { operation, copy, arrived } = delivery;
    const { kind, isWrite, sectors } = operation;
    if (operation.kind !== "identify" && this.#access.isShutOut(copy.source)) {
      throw findingOf("a client that is shut out got a success", delivery);
    }
    if (this.isFaulted && (isWrite || kind === "flush")) {
      throw findingOf("a faulted export acknowledged", delivery);
    }
    const moment = this.#tick();
    if (isWrite || kind === "flush") this.#history.acknowledges(delivery, moment);
    if (kind !== "read") return;
    const shown = reply.marks(sectors);
    if (shown === null) throw findingOf("the reply has another size", delivery);
    sectors.forEach((sector, index) => {
      const value = shown[index] ?? 0;
      this.#trace.add("shows", operation, `${value} in ${sector}`);
      if (value < 0) {
        throw new Finding("a read shows what no single operation wrote", {
          sector,
          operation: operation.id,
        });
      }
      this.#history.shows(sector, value, arrived, moment);
    });
  }

  /** Lists and strings that leave are those that are stored. */
  #checkSettings(delivery: Delivery, reply: Reply): void {
    if (reply.outcome !== "E0") return;
    if (!reply.tellsOf(this.#access.state)) {
      throw findingOf("a reply tells of settings that are not stored", delivery);
    }
    if (delivery.operation.kind !== "config") this.#access.acknowledged();
  }
}
