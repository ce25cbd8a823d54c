/**
 * One interface that an export is on: its packet socket and what is known of it. It outlives the
 * interface: while there is none it is silent, and when one of that name comes back it goes on.
 *
 * @module
 */
import { EAGAIN, EINTR, EINVAL, EMSGSIZE, ENOBUFS, ENODEV } from "../../ffi/errno.ts";
import { InterfaceQuery, type InterfaceState } from "../../ffi/net_interface.ts";
import { type FilterInstruction, PacketSocket, sleep } from "../../ffi/packet_socket.ts";
import { SystemError } from "../error.ts";
import type { PortAddress } from "../target/request.ts";
import { ETHER_HEADER_SIZE, ETHER_TYPE } from "../wire/frame.ts";
import { MTU_MAX } from "./slots.ts";

/** What a look at the interface found changed. */
export type PortChange = "gone" | "down" | "up" | "mtu" | "mac";

/** What passed a port, in frames. */
export interface PortCounts {
  /** Received. */
  received: number;
  /** Sent. */
  sent: number;
  /** Received longer than any frame we can hold; dropped. */
  cut: number;
  /** Failed receives. */
  receiveErrors: number;
  /** Replies lost because they could not be sent. */
  sendErrors: number;
}

/** How to open a {@linkcode Port}. */
export interface PortOptions {
  /** Name of the interface. */
  readonly name: string;
  /** Which frames to receive from the interface of that index. */
  readonly filter: (index: number) => readonly FilterInstruction[];
  /** How many requests each of a few clients may have under way. */
  readonly bufferCount: number;
}

/** The kernel's bookkeeping for a waiting frame, beside the frame itself. */
const FRAME_OVERHEAD = 1024;
/** So many clients may have their whole window waiting. */
const CLIENTS = 4;
/** A full send queue is tried again so often, after a millisecond each. */
const SEND_ATTEMPTS = 5;

/** One interface. */
export class Port implements PortAddress, Disposable {
  /** What passed. */
  readonly counts: PortCounts = { received: 0, sent: 0, cut: 0, receiveErrors: 0, sendErrors: 0 };
  /** Whether something failed that a look at the interface may explain. */
  troubled = false;
  /** Whether a signal ended a wait; whoever hears the signal takes it back. */
  interrupted = false;
  /** The last error of a receive or send as a positive errno, for messages. */
  lastErrno = 0;

  readonly #options: PortOptions;
  readonly #query: InterfaceQuery;
  #state: InterfaceState;
  #socket: PacketSocket | undefined;
  #isLost = false;

  private constructor(options: PortOptions, query: InterfaceQuery, state: InterfaceState) {
    this.#options = options;
    this.#query = query;
    this.#state = state;
  }

  /** Opens a port on an interface that exists and carries Ethernet frames. */
  static open(options: PortOptions): Port {
    using stack = new DisposableStack();
    const query = stack.use(InterfaceQuery.open());
    const state = query.ask(options.name);
    const action = `Cannot export on "${options.name}"`;
    if (state === undefined) {
      throw new SystemError(
        `${action}: there is no such interface; "ip link" lists them`,
        "ioctl",
        ENODEV,
      );
    }
    if (state.kind === "other") {
      throw new SystemError(
        `${action}: it is not an Ethernet interface; name one that is, "ip link" lists them`,
        "ioctl",
        EINVAL,
      );
    }
    const port = new Port(options, query, state);
    port.#openSocket(state);
    stack.move();
    return port;
  }

  /** Name of the interface. */
  get name(): string {
    return this.#options.name;
  }
  /** The kernel's number of the interface. */
  get index(): number {
    return this.#state.index;
  }
  /** Its own MAC. */
  get mac(): number {
    return this.#state.mac;
  }
  /** Largest payload of a frame in bytes, as far as it is served. */
  get mtu(): number {
    return Math.min(this.#state.mtu, MTU_MAX);
  }
  /** Whether every station has the MAC 0. */
  get loopback(): boolean {
    return this.#state.kind === "loopback";
  }
  /** Whether frames can pass now. */
  get up(): boolean {
    return this.#socket !== undefined && this.#state.up;
  }

  /** Takes the next frame, waiting for it up to `waitMs`. Returns its size; 0: nothing came. */
  receive(pointer: Deno.PointerObject, capacity: number, waitMs: number): number {
    if (this.#socket === undefined) {
      if (waitMs > 0) sleep(waitMs);
      return 0;
    }
    for (;;) {
      const size = this.#socket.receive(pointer, capacity, waitMs);
      if (size >= 0 && size <= capacity) {
        this.counts.received++;
        return size;
      }
      if (size < 0) {
        this.#noteReceive(-size);
        return 0;
      }
      this.counts.cut++;
    }
  }

  #noteReceive(errno: number): void {
    if (errno === EAGAIN) return;
    if (errno === EINTR) {
      this.interrupted = true;
      return;
    }
    this.counts.receiveErrors++;
    this.#trouble(errno);
  }

  /** Sends a frame; what cannot be sent is counted, and the client will ask again. */
  send(pointer: Deno.PointerObject, size: number): void {
    let result = -EAGAIN;
    for (let attempt = 0; attempt < SEND_ATTEMPTS && this.#socket !== undefined; attempt++) {
      result = this.#socket.send(pointer, size);
      if (result === 0) {
        this.counts.sent++;
        return;
      }
      if (result === -ENOBUFS) sleep(1);
      else if (result !== -EINTR) break;
    }
    this.counts.sendErrors++;
    if (result !== -EAGAIN && result !== -ENOBUFS) this.#trouble(-result);
  }

  /** Looks at the interface; returns what changed since the last look. */
  refresh(): readonly PortChange[] {
    this.troubled = false;
    const before = this.#state;
    const now = this.#query.ask(this.name);
    if (now === undefined || now.kind !== before.kind) return this.#lost();
    // The socket of a removed interface stays dead, even where a new one got the old index.
    const isNew = this.#socket?.boundIndex() !== now.index;
    if (isNew && !this.#reopen(now)) return this.#lost();
    this.#state = now;
    this.#isLost = false;
    const changes: PortChange[] = [];
    if (now.up !== before.up || isNew) changes.push(now.up ? "up" : "down");
    if (now.mac !== before.mac && !isNew) changes.push("mac");
    if (now.mtu !== before.mtu) {
      changes.push("mtu");
      this.#socket?.raiseReceiveBuffer(this.#receiveBufferSize());
    }
    return changes;
  }

  #trouble(errno: number): void {
    this.troubled = true;
    this.lastErrno = errno;
    // A frame that does not fit is answered by a look at the MTU; all else by some patience.
    if (errno !== EMSGSIZE) sleep(1);
  }

  #receiveBufferSize(): number {
    const frame = 2 * (this.mtu + ETHER_HEADER_SIZE) + FRAME_OVERHEAD;
    return CLIENTS * this.#options.bufferCount * frame;
  }

  #openSocket(state: InterfaceState): void {
    this.#socket = PacketSocket.open({
      name: this.name,
      index: state.index,
      etherType: ETHER_TYPE,
      filter: this.#options.filter(state.index),
      receiveBufferSize: this.#receiveBufferSize(),
    });
  }

  /** A socket of a removed interface stays dead: the new one needs its own. */
  #reopen(state: InterfaceState): boolean {
    this.#closeSocket();
    try {
      this.#openSocket(state);
      return true;
    } catch (error) {
      // It went away again, or a privilege is gone: the next look tries again.
      if (!(error instanceof SystemError)) throw error;
      this.lastErrno = error.errno;
      return false;
    }
  }

  #lost(): readonly PortChange[] {
    if (this.#isLost) return [];
    this.#isLost = true;
    this.#closeSocket();
    return ["gone"];
  }

  #closeSocket(): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
  }

  /** Closes the sockets. */
  [Symbol.dispose](): void {
    this.#closeSocket();
    this.#query[Symbol.dispose]();
  }
}
