/**
 * One interface that an export is on: what is known of it and the channel that moves its frames. It
 * outlives the interface: while there is none it is silent, and when one of that name comes back it
 * goes on. One that was made anew between two looks is told as gone first, and as up at the next.
 *
 * @module
 */
import { EINVAL, ENODEV } from "../../ffi/errno.ts";
import { InterfaceQuery, type InterfaceState } from "../../ffi/net_interface.ts";
import type { PacketFilter } from "../../ffi/packet_filter.ts";
import type { PacketStatistics } from "../../ffi/packet_socket.ts";
import { assert } from "../assert.ts";
import { SystemError } from "../error.ts";
import type { PortAddress } from "../target/request.ts";
import { newPortCounts, type PortCounts } from "./port_counts.ts";
import { MTU_MAX } from "./arena.ts";

/** What a look at the interface found changed. */
export type PortChange = "gone" | "down" | "up" | "mtu" | "mac";

/** What moves the frames of one interface; each engine has its own. */
export interface Channel extends Disposable {
  /** Index of the interface that it is bound to; -1 for one that was removed. */
  boundIndex(): number;
  /** How many frames were for us since it was opened, and how many more found no room. */
  statistics(): PacketStatistics;
  /** Receives only what this program lets through from now on; no frame is lost meanwhile. */
  setFilter(filter: PacketFilter): void;
}

/** How to open a {@linkcode Port}. */
export interface PortOptions<C extends Channel> {
  /** Name of the interface. */
  readonly name: string;
  /** Largest payload of a frame in bytes to use; undefined: what the interface carries. */
  readonly mtuMax?: number | undefined;
  /** Opens a channel on the interface as it stands. */
  readonly open: (state: InterfaceState) => C;
  /**
   * Makes a channel fit another MTU. Where that is not given the port is `outdated` from then on,
   * until the engine has made `successor` its channel.
   */
  readonly adapt?: (channel: C, mtu: number) => void;
  /** How a channel is replaced while it works: what takes time is done before. */
  readonly successor?: {
    /** Makes a channel for the interface as it stands, which receives nothing yet. */
    prepare(state: InterfaceState): C;
    /** Lets it receive. */
    begin(channel: C): void;
  };
}

/** Largest payload in bytes that is served on an interface with an MTU of `mtu`. */
export function servedMtu(mtu: number, mtuMax: number = MTU_MAX): number {
  return Math.min(mtu, mtuMax, MTU_MAX);
}

/** A port as the server sees it, whatever moves its frames. */
export interface ServedPort extends PortAddress {
  /** See {@linkcode Port}. */
  readonly counts: PortCounts;
  /** See {@linkcode Port}. */
  readonly index: number;
  /** See {@linkcode Port}. */
  readonly up: boolean;
  /** See {@linkcode Port}. */
  readonly troubled: boolean;
  /** See {@linkcode Port}. */
  readonly lastErrno: number;
  /** See {@linkcode Port}. */
  refilter(filter: PacketFilter): void;
  /** See {@linkcode Port}. */
  refresh(): readonly PortChange[];
  /** See {@linkcode Port}. */
  tally(): void;
}

/** One interface. */
export class Port<C extends Channel> implements ServedPort, Disposable {
  /** What passed. */
  readonly counts: PortCounts = newPortCounts();
  /** Whether something failed that a look at the interface may explain. */
  troubled = false;
  /** The last error of a receive or send as a positive errno, for messages. */
  lastErrno = 0;
  /** Whether the last frame found no room to be sent. */
  clogged = false;
  /** Whether the channel was opened for another MTU than the interface has now. */
  outdated = false;
  /**
   * Takes a channel that is no longer the port's. An engine that still works on the channel's
   * memory puts its own function here, and disposes of the channel when it is done.
   */
  retire: (channel: C) => void = (channel) => channel[Symbol.dispose]();

  readonly #options: PortOptions<C>;
  readonly #query: InterfaceQuery;
  #state: InterfaceState;
  #channel: C | undefined;
  /** The channel to come; receives nothing yet. */
  #next: C | undefined;
  /** Whether there was none to be had when it was tried last. */
  #hasFailed = false;
  #isLost = false;
  /** Frames that channels dropped that are no longer the port's. */
  #droppedBefore = 0;

  private constructor(options: PortOptions<C>, query: InterfaceQuery, state: InterfaceState) {
    this.#options = options;
    this.#query = query;
    this.#state = state;
  }

  /** Opens a port on an interface that exists and carries Ethernet frames. */
  static open<C extends Channel>(options: PortOptions<C>): Port<C> {
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
    port.#channel = options.open(state);
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
    return servedMtu(this.#state.mtu, this.#options.mtuMax);
  }
  /** Whether every station has the MAC 0. */
  get loopback(): boolean {
    return this.#state.kind === "loopback";
  }
  /** Whether frames can pass now. */
  get up(): boolean {
    return this.#channel !== undefined && this.#state.up;
  }
  /** What moves its frames; undefined while there is no interface. */
  get channel(): C | undefined {
    return this.#channel;
  }

  /** Notes a failed receive or send by its positive errno. */
  trouble(errno: number): void {
    this.troubled = true;
    this.lastErrno = errno;
  }

  /** Looks at the interface; returns what changed since the last look. */
  refresh(): readonly PortChange[] {
    this.troubled = false;
    this.#hasFailed = false;
    this.tally();
    const before = this.#state;
    const now = this.#query.ask(this.name);
    if (now === undefined || now.kind !== before.kind) return this.#lost();
    // The channel of a removed interface stays dead, even where a new one got the old index.
    const isNew = this.#channel?.boundIndex() !== now.index;
    // Another interface may be on another network: first whoever serves on this one hears of it.
    if (isNew && (this.#channel !== undefined || !this.#open(now))) return this.#lost();
    this.#state = now;
    this.#isLost = false;
    const changes: PortChange[] = [];
    if (now.up !== before.up || isNew) changes.push(now.up ? "up" : "down");
    if (now.mac !== before.mac && !isNew) changes.push("mac");
    if (now.mtu !== before.mtu) {
      changes.push("mtu");
      if (!isNew) this.#adapt();
    }
    return changes;
  }

  /** Receives only what this program lets through from now on. */
  refilter(filter: PacketFilter): void {
    try {
      this.#channel?.setFilter(filter);
      this.#next?.setFilter(filter);
    } catch (error) {
      // The target checks each frame anyway; the next look finds out what is wrong.
      if (!(error instanceof SystemError)) throw error;
      this.trouble(error.errno);
    }
  }

  /**
   * Prepares a channel for the present MTU, if there is none yet. False where that fails: then the
   * present one stays, the port `outdated`, and it is tried again after the next look.
   */
  prepareSuccessor(): boolean {
    if (this.#hasFailed) return false;
    const { successor } = this.#options;
    assert(successor !== undefined, "a channel that is adapted has no successor");
    try {
      this.#next ??= successor.prepare(this.#state);
      return true;
    } catch (error) {
      return this.#noteFailure(error);
    }
  }

  /**
   * What was prepared receives from now on, and is the channel in the place of the present one.
   * False where that fails, as above.
   */
  succeed(): boolean {
    const next = this.#next;
    if (next === undefined) return false;
    try {
      this.#options.successor?.begin(next);
    } catch (error) {
      return this.#noteFailure(error);
    }
    this.#next = undefined;
    this.#close();
    this.#channel = next;
    return true;
  }

  #noteFailure(error: unknown): false {
    // It went away, or a privilege is gone: the next look tells.
    if (!(error instanceof SystemError)) throw error;
    this.trouble(error.errno);
    this.#hasFailed = true;
    return false;
  }

  /** Brings `counts.dropped` up to date. */
  tally(): void {
    const { dropped } = this.#channel?.statistics() ?? { dropped: 0 };
    this.counts.dropped = this.#droppedBefore + dropped;
  }

  #adapt(): void {
    const { adapt } = this.#options;
    if (adapt === undefined) this.outdated = true;
    else if (this.#channel !== undefined) adapt(this.#channel, this.mtu);
  }

  #open(state: InterfaceState): boolean {
    this.#close();
    try {
      this.#channel = this.#options.open(state);
      this.outdated = false;
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
    this.#close();
    return ["gone"];
  }

  #close(): void {
    this.#next?.[Symbol.dispose]();
    this.#next = undefined;
    const channel = this.#channel;
    if (channel === undefined) return;
    this.tally();
    this.#droppedBefore = this.counts.dropped;
    this.#channel = undefined;
    this.outdated = false; // the next one is opened for the MTU of then
    this.retire(channel);
  }

  /** Gives the channel up and closes the rest. */
  [Symbol.dispose](): void {
    this.#close();
    this.#query[Symbol.dispose]();
  }
}
