/**
 * Requests out, replies in, on one interface: each request is sent again until its reply is there
 * or patience ends, and waits while its target has as many under way as it takes.
 *
 * @module
 */
import { formatAddress } from "../wire/address.ts";
import { setImmediate } from "node:timers";
import { EMSGSIZE } from "../../ffi/errno.ts";
import { SystemError, TimeoutError } from "../error.ts";
import type { AtaFrame } from "../wire/ata.ts";
import { ETHER_HEADER_SIZE, type Frame, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { BROADCAST_MAC, formatMac } from "../wire/mac.ts";
import { type Exchange, frameOf } from "./exchange.ts";
import type { Flow } from "./flow.ts";
import { type Pending, PendingTable } from "./pending.ts";
import { ResponseSocket } from "./response_socket.ts";

/** Longest wait in the kernel, so that a request made meanwhile is not forgotten. */
const WAIT_MS = 20;
/** How long to look for a reply before waiting in the kernel, which takes a thread. */
const SPIN_MS = 0.15;
/** How long the event loop goes without its turn: signals and other sockets are there. */
const TURN_MS = 2;
/** How often the waits are looked at. */
const TICK_MS = 1;
/** Pause between two copies of a question to all, each of which may be lost on its way or back. */
const ASK_AGAIN_MS = 100;
/** Most frames taken at once: a flood must not keep requests from being sent again. */
const DRAIN_MAX = 256;
/** Bytes of kernel memory for replies that wait. */
const RECEIVE_BUFFER_SIZE = 4 * 2 ** 20;

/** How patient a link is. */
export interface LinkOptions {
  /** First wait for a reply; it doubles with each retransmission up to {@linkcode waitMaxMs}. */
  readonly waitMs: number;
  /** Least wait, however quick the target is. */
  readonly waitMinMs: number;
  /** Longest wait between two sends. */
  readonly waitMaxMs: number;
  /** When to give up. */
  readonly patienceMs: number;
}

/** One interface. */
export class Link implements Disposable {
  /** Name of the interface. */
  readonly name: string;
  /** Own MAC. */
  readonly mac: number;
  /** Largest payload of a frame in bytes. */
  readonly mtu: number;
  /** Requests that were sent more than once. */
  retransmitCount = 0;
  /** Called with each response that no request asked for, such as an advertisement. */
  unasked: ((frame: Uint8Array<ArrayBuffer>) => void) | undefined;

  readonly #socket: ResponseSocket;
  readonly #options: LinkOptions;
  readonly #pending = new PendingTable();
  readonly #flows = new Set<Flow>();
  #tickMs = 0;
  #pumping = false;
  #closed = false;

  private constructor(socket: ResponseSocket, options: LinkOptions) {
    this.#socket = socket;
    this.name = socket.name;
    this.mac = socket.mac;
    this.mtu = socket.mtu;
    this.#options = options;
  }

  /** Opens a link on the interface `name`. */
  static open(name: string, options: LinkOptions): Link {
    return new Link(ResponseSocket.open(name, RECEIVE_BUFFER_SIZE), options);
  }

  /** Sends a request, whose tag is set here; returns the reply, a copy. */
  request(frame: Uint8Array, flow?: Flow): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.start({
      request: frameOf(frame),
      replied: (reply, size) => resolve(reply.bytes.slice(0, size)),
      failed: reject,
    }, flow);
    return promise;
  }

  /** Sends a request, whose tag is set here; returns all replies within `durationMs`. */
  async requestAll(frame: Uint8Array, durationMs: number): Promise<Uint8Array<ArrayBuffer>[]> {
    const replies: Uint8Array<ArrayBuffer>[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.start(
      {
        request: frameOf(frame),
        collects: true,
        replied: (reply, size) => {
          replies.push(reply.bytes.slice(0, size));
        },
        failed: () => resolve(),
      },
      undefined,
      durationMs,
    );
    await promise;
    return replies;
  }

  /** Sends a request, at once or when its flow has room. */
  start(exchange: Exchange, flow?: Flow, patienceMs: number = this.#options.patienceMs): void {
    if (this.#closed) return exchange.failed(closedError()); // its memory is gone
    const nowMs = performance.now();
    if (flow === undefined || (flow.hasRoom && flow.waiting.length === 0)) {
      this.#begin(exchange, flow, nowMs, nowMs + patienceMs);
    } else {
      flow.waiting.push({ exchange, sinceMs: nowMs, patienceMs });
      this.#flows.add(flow);
    }
    if (!this.#pumping) this.#pump();
  }

  /** Forgets requests of a flow, whose replies are not wanted any more; sends none of them. */
  cancel(exchanges: ReadonlySet<Exchange>, flow: Flow): void {
    const others = flow.waiting.filter(({ exchange }) => !exchanges.has(exchange));
    flow.waiting.splice(0, flow.waiting.length, ...others);
    this.#pending.forEach((pending) => {
      if (pending.exchange !== null && exchanges.has(pending.exchange)) this.#release(pending);
    });
    this.#goOn(flow);
  }

  #begin(exchange: Exchange, flow: Flow | undefined, nowMs: number, deadlineMs: number): void {
    const pending = this.#pending.take(exchange);
    if (pending === undefined) {
      exchange.failed(new TimeoutError("Too many requests are under way"));
      return;
    }
    exchange.request.tag = pending.tag;
    pending.flow = flow;
    pending.sentMs = nowMs;
    pending.deadlineMs = deadlineMs;
    pending.waitMs = exchange.collects
      ? Math.min(this.#options.waitMs, ASK_AGAIN_MS)
      : this.#firstWait(flow);
    pending.nextMs = nowMs + pending.waitMs;
    pending.sendCount = 1;
    pending.trouble = undefined;
    if (flow !== undefined) flow.inFlight++;
    this.#send(pending, exchange);
  }

  #firstWait(flow: Flow | undefined): number {
    const { waitMs, waitMinMs, waitMaxMs } = this.#options;
    const known = flow?.waitMs ?? 0;
    return known === 0 ? waitMs : Math.min(Math.max(known, waitMinMs), waitMaxMs);
  }

  /** What cannot be sent now is sent again when its wait is over. */
  #send(pending: Pending, { request }: Exchange): void {
    const size = request.bytes.length;
    if (this.#socket.send(request.bytes) !== -EMSGSIZE) return;
    const payload = size - ETHER_HEADER_SIZE;
    const told = `Cannot send a frame of ${payload} bytes on "${this.name}", whose MTU is smaller`;
    pending.trouble = new SystemError(told, "sendto", EMSGSIZE);
    pending.deadlineMs = 0;
  }

  #release(pending: Pending): void {
    if (pending.flow !== undefined) pending.flow.inFlight--;
    this.#pending.release(pending);
  }

  /** Lets those begin that wait and have room; whoever heard of an end has cancelled by then. */
  #goOn(flow: Flow | undefined): void {
    if (flow === undefined || flow.waiting.length === 0 || this.#closed) return;
    const nowMs = performance.now();
    while (flow.hasRoom) {
      const next = flow.waiting.shift();
      if (next === undefined) break;
      this.#begin(next.exchange, flow, nowMs, flow.deadlineOf(next));
    }
    if (flow.waiting.length === 0) this.#flows.delete(flow);
  }

  #fail(pending: Pending, error: Error): void {
    const { exchange, flow } = pending;
    this.#release(pending);
    exchange?.failed(error);
    this.#goOn(flow);
  }

  get #isBusy(): boolean {
    return (this.#pending.size > 0 || this.#flows.size > 0) && !this.#closed;
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    let turnMs = performance.now() + TURN_MS;
    let idleMs = performance.now() + SPIN_MS;
    while (this.#isBusy) {
      const taken = this.#drain();
      const nowMs = performance.now();
      if (nowMs >= this.#tickMs) this.#tick(nowMs);
      if (taken > 0) idleMs = nowMs + SPIN_MS;
      if (nowMs >= turnMs) {
        await new Promise<void>((resolve) => {
          setImmediate(resolve);
        });
        turnMs = performance.now() + TURN_MS;
      } else if (nowMs < idleMs) {
        await undefined; // who waits for the replies may ask for more
      } else if (this.#isBusy) {
        await this.#socket.waitAsync(WAIT_MS);
        turnMs = performance.now() + TURN_MS;
      }
    }
    this.#pumping = false;
  }

  /** Takes the replies that are there; returns how many. */
  #drain(): number {
    for (let count = 0; count < DRAIN_MAX; count++) {
      if (this.#closed) return count;
      const size = this.#socket.receive();
      if (size < 0) return count;
      if (size > 0) this.#take(this.#socket.received, size);
    }
    return DRAIN_MAX;
  }

  #take(reply: AtaFrame, size: number): void {
    const pending = this.#pending.find(reply.tag);
    const exchange = pending?.exchange ?? null;
    if (pending === undefined || exchange === null || !isReplyTo(reply, exchange.request)) {
      this.unasked?.(reply.bytes.slice(0, size));
      return;
    }
    const { flow } = pending;
    if (flow !== undefined) {
      flow.heardMs = performance.now();
      if (pending.sendCount === 1) flow.answered(flow.heardMs - pending.sentMs);
    }
    if (!exchange.collects) this.#release(pending);
    exchange.replied(reply, size);
    this.#goOn(flow);
  }

  /** Sends again what waited long enough, gives up what waited too long. */
  #tick(nowMs: number): void {
    this.#tickMs = nowMs + TICK_MS;
    this.#pending.forEach((pending) => {
      const { exchange, flow } = pending;
      if (exchange === null || nowMs < Math.min(pending.nextMs, pending.deadlineMs)) return;
      if (nowMs >= pending.deadlineMs) {
        this.#fail(pending, pending.trouble ?? this.#silenceOf(exchange));
        return;
      }
      flow?.lost(nowMs, pending.waitMs);
      if (!exchange.collects) {
        pending.waitMs = Math.min(2 * pending.waitMs, this.#options.waitMaxMs);
      }
      pending.nextMs = nowMs + pending.waitMs;
      pending.sendCount++;
      this.retransmitCount++;
      this.#send(pending, exchange);
    });
    for (const flow of this.#flows) this.#giveUpWaiting(flow, nowMs);
  }

  #giveUpWaiting(flow: Flow, nowMs: number): void {
    for (let [first] = flow.waiting; first !== undefined; [first] = flow.waiting) {
      if (nowMs < flow.deadlineOf(first)) break;
      flow.waiting.shift();
      first.exchange.failed(this.#silenceOf(first.exchange));
    }
    if (flow.waiting.length === 0) this.#flows.delete(flow);
  }

  #silenceOf({ request }: Exchange): TimeoutError {
    const { destination } = request;
    const who = destination === BROADCAST_MAC ? "" : ` (${formatMac(destination)})`;
    const seconds = this.#options.patienceMs / 1000;
    return new TimeoutError(
      `${formatAddress(request)}${who} did not answer within ${seconds} s on ${this.name}`,
    );
  }

  /** Closes the socket; requests under way fail. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    const closed = closedError();
    this.#pending.forEach((pending) => this.#fail(pending, closed));
    for (const flow of this.#flows) {
      for (const { exchange } of flow.waiting.splice(0)) exchange.failed(closed);
    }
    this.#flows.clear();
    this.#socket[Symbol.dispose]();
  }
}

/** Whether a response with the request's tag is of its command and address. */
function isReplyTo(reply: Frame, asked: Frame): boolean {
  const { destination, shelf, slot } = asked;
  return reply.command === asked.command &&
    (shelf === SHELF_ANY || shelf === reply.shelf) &&
    (slot === SLOT_ANY || slot === reply.slot) &&
    (destination === BROADCAST_MAC || destination === reply.source);
}

function closedError(): TimeoutError {
  return new TimeoutError("The link was closed");
}
