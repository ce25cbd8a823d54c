/**
 * Requests out, replies in, on one interface: each request is sent again until its reply is there
 * or patience ends.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { SystemError, TimeoutError } from "../error.ts";
import { responseFilter } from "../wire/filter.ts";
import { ETHER_HEADER_SIZE, ETHER_TYPE, Frame, SHELF_ANY, SLOT_ANY } from "../wire/frame.ts";
import { BROADCAST_MAC } from "../wire/mac.ts";

/** Sizes of the two buffers, for the largest MTU there is. */
const BUFFER_SIZE = 65536 + ETHER_HEADER_SIZE;
/** Longest wait in the kernel, so that a request made meanwhile is not forgotten. */
const WAIT_MS = 20;
/** Most frames taken at once: a flood must not keep requests from being sent again. */
const DRAIN_MAX = 256;
/** Bytes of kernel memory for replies that wait. */
const RECEIVE_BUFFER_SIZE = 4 * 2 ** 20;

/** How patient a link is. */
export interface LinkOptions {
  /** First wait for a reply; it doubles with each retransmission up to {@linkcode waitMaxMs}. */
  readonly waitMs: number;
  /** Longest wait between two sends. */
  readonly waitMaxMs: number;
  /** When to give up. */
  readonly patienceMs: number;
}

interface Pending {
  readonly bytes: Uint8Array;
  readonly accept: (reply: Uint8Array<ArrayBuffer>) => boolean;
  readonly fail: (error: Error) => void;
  readonly deadlineMs: number;
  waitMs: number;
  nextMs: number;
}

/** One interface. */
export class Link implements Disposable {
  /** Own MAC. */
  readonly mac: number;
  /** Largest payload of a frame in bytes. */
  readonly mtu: number;
  /** Requests that were sent more than once. */
  retransmitCount = 0;
  /** Called with each response that no request asked for, such as an advertisement. */
  unasked: (frame: Uint8Array<ArrayBuffer>) => void = () => {};

  readonly #socket: PacketSocket;
  readonly #memory: Mapping;
  readonly #options: LinkOptions;
  readonly #received: Frame;
  readonly #sendBytes: Uint8Array;
  readonly #receivePointer: Deno.PointerObject;
  readonly #sendPointer: Deno.PointerObject;
  readonly #pending = new Map<number, Pending>();
  #nextTag = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  #pumping = false;
  #closed = false;

  private constructor(
    socket: PacketSocket,
    memory: Mapping,
    address: { mac: number; mtu: number },
    options: LinkOptions,
  ) {
    this.#socket = socket;
    this.#memory = memory;
    this.mac = address.mac;
    this.mtu = address.mtu;
    this.#options = options;
    this.#received = new Frame(new DataView(memory.buffer, 0, BUFFER_SIZE));
    this.#sendBytes = new Uint8Array(memory.buffer, BUFFER_SIZE, BUFFER_SIZE);
    this.#receivePointer = memory.pointerAt(0);
    this.#sendPointer = memory.pointerAt(BUFFER_SIZE);
  }

  /** Opens a link on the interface `name`. */
  static open(name: string, options: LinkOptions): Link {
    using stack = new DisposableStack();
    const query = stack.use(InterfaceQuery.open());
    const state = query.ask(name);
    if (state === undefined) {
      throw new SystemError(
        `Cannot use "${name}": there is no such interface; "ip link" lists them`,
        "ioctl",
        0,
      );
    }
    const memory = Mapping.open(2 * BUFFER_SIZE);
    stack.use(memory);
    const socket = stack.use(PacketSocket.open({
      name,
      index: state.index,
      etherType: ETHER_TYPE,
      filter: responseFilter(state.index),
      receiveBufferSize: RECEIVE_BUFFER_SIZE,
    }));
    stack.move();
    query[Symbol.dispose]();
    return new Link(socket, memory, state, options);
  }

  /** Sends a request, whose tag is set here; returns the reply, a copy. */
  request(frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    this.#add(frame, this.#options.patienceMs, reject, (reply) => {
      resolve(reply);
      return true;
    });
    return promise;
  }

  /** Sends a request, whose tag is set here; returns all replies within `durationMs`. */
  async requestAll(frame: Uint8Array, durationMs: number): Promise<Uint8Array<ArrayBuffer>[]> {
    const replies: Uint8Array<ArrayBuffer>[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#add(frame, durationMs, () => resolve(), (reply) => {
      replies.push(reply);
      return false;
    });
    await promise;
    return replies;
  }

  #add(
    bytes: Uint8Array,
    patienceMs: number,
    fail: (error: Error) => void,
    accept: (reply: Uint8Array<ArrayBuffer>) => boolean,
  ): void {
    const tag = this.#nextTag;
    // Tag 0 is that of advertisements.
    this.#nextTag = this.#nextTag === 0xffffffff ? 1 : this.#nextTag + 1;
    new Frame(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)).tag = tag;
    const nowMs = performance.now();
    const waitMs = this.#options.waitMs;
    const deadlineMs = nowMs + patienceMs;
    this.#pending.set(tag, { bytes, accept, fail, deadlineMs, waitMs, nextMs: nowMs + waitMs });
    this.#send(bytes);
    if (!this.#pumping) this.#pump();
  }

  /** What cannot be sent now is sent again when its wait is over. */
  #send(bytes: Uint8Array): void {
    this.#sendBytes.set(bytes);
    this.#socket.send(this.#sendPointer, bytes.length);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#pending.size > 0 && !this.#closed) {
      if (!this.#drain()) await this.#socket.waitAsync(WAIT_MS);
      if (!this.#closed) this.#resend(performance.now());
    }
    this.#pumping = false;
  }

  /** Takes the replies that are there; false where there is none. */
  #drain(): boolean {
    let any = false;
    for (let turn = 0; turn < DRAIN_MAX; turn++) {
      const size = this.#socket.receive(this.#receivePointer, BUFFER_SIZE);
      if (size <= 0) return any;
      if (size > BUFFER_SIZE || !this.#received.fits(size)) continue;
      const pending = this.#pending.get(this.#received.tag);
      if (pending === undefined || !isReplyTo(this.#received, pending.bytes)) {
        this.unasked(this.#received.bytes.slice(0, size));
        continue;
      }
      any = true;
      const tag = this.#received.tag;
      if (pending.accept(this.#received.bytes.slice(0, size))) this.#pending.delete(tag);
    }
    return any;
  }

  #resend(nowMs: number): void {
    for (const [tag, pending] of this.#pending) {
      if (nowMs >= pending.deadlineMs) {
        this.#pending.delete(tag);
        pending.fail(new TimeoutError("The target did not answer in time"));
      } else if (nowMs >= pending.nextMs) {
        pending.waitMs = Math.min(2 * pending.waitMs, this.#options.waitMaxMs);
        pending.nextMs = nowMs + pending.waitMs;
        this.retransmitCount++;
        this.#send(pending.bytes);
      }
    }
  }

  /** Closes the socket; requests under way fail. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pending of this.#pending.values()) {
      pending.fail(new TimeoutError("The link was closed"));
    }
    this.#pending.clear();
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** Whether a response with the request's tag is of its command and address. */
function isReplyTo(reply: Frame, request: Uint8Array): boolean {
  const asked = new Frame(new DataView(request.buffer, request.byteOffset, request.byteLength));
  return reply.command === asked.command &&
    (asked.shelf === SHELF_ANY || asked.shelf === reply.shelf) &&
    (asked.slot === SLOT_ANY || asked.slot === reply.slot) &&
    (asked.destination === BROADCAST_MAC || asked.destination === reply.source);
}
