/**
 * Takes the frames that pass some interfaces, in the order of their times.
 *
 * @module
 */
import { type CapturedFrame, CaptureSocket } from "../../ffi/capture_socket.ts";
import { describeErrno, EAGAIN, EINTR, ENETDOWN } from "../../ffi/errno.ts";
import type { InterfaceState } from "../../ffi/net_interface.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { askInterface, ethernetUp } from "../client/interfaces.ts";
import { SystemError } from "../error.ts";
import { watchFilter } from "../wire/filter.ts";

/** What to look at. */
export interface SnifferOptions {
  /** Names of interfaces; undefined: every Ethernet interface that is up. */
  readonly interfaces: readonly string[] | undefined;
  /** Only what concerns this address; undefined: all. */
  readonly disk: { readonly shelf: number; readonly slot: number } | undefined;
  /** Whether to see the frames of other hosts, too. */
  readonly promiscuous: boolean;
  /** Told what becomes of an interface meanwhile. */
  readonly notice: (message: string) => void;
}

/** A frame, and where it passed. */
export interface Captured {
  /** The interface. */
  readonly interface: string;
  /** The frame. */
  readonly frame: CapturedFrame;
  /** When it passed, in nanoseconds since 1970. */
  readonly timeNs: bigint;
}

/** Bytes of kernel memory for frames that wait. */
const RECEIVE_BUFFER_SIZE = 32 * 2 ** 20;
const NS_PER_MS = 1_000_000n;

interface Place {
  readonly name: string;
  readonly socket: CaptureSocket;
  /** The next frame of that interface, taken already. */
  next: Captured | undefined;
  /** Whether it told of trouble after its last frame. */
  isDown: boolean;
  isGone: boolean;
}

/** Looks at several interfaces at once. */
export class Sniffer implements Disposable {
  readonly #places: readonly Place[];
  readonly #polls: PollSet;
  readonly #notice: (message: string) => void;

  private constructor(places: readonly Place[], notice: (message: string) => void) {
    this.#places = places;
    this.#notice = notice;
    this.#polls = new PollSet(places.length);
    places.forEach(({ socket }, index) => this.#polls.watch(index, socket.fd));
  }

  /** Opens a socket on each interface; throws {@linkcode SystemError} with the remedy. */
  static open(options: SnifferOptions): Sniffer {
    using stack = new DisposableStack();
    const places = (options.interfaces ?? ethernetUp()).map((name): Place => {
      const socket = stack.use(openSocket(name, stateOf(name, options), options));
      return { name, socket, next: undefined, isDown: false, isGone: false };
    });
    stack.move(); // the sniffer closes them
    return new Sniffer(places, options.notice);
  }

  /** Names of the interfaces, for messages. */
  get names(): string {
    return this.#places.map(({ name }) => name).join(", ");
  }

  /** The oldest frame that waits; undefined where there is none. */
  next(): Captured | undefined {
    let oldest: Place | undefined;
    for (const place of this.#places) {
      place.next ??= this.#receive(place);
      if (place.next === undefined) continue;
      if (oldest?.next === undefined || place.next.timeNs < oldest.next.timeNs) oldest = place;
    }
    const captured = oldest?.next;
    if (oldest !== undefined) oldest.next = undefined;
    return captured;
  }

  /** Waits up to `timeoutMs` for a frame on another thread, so that signals are heard. */
  async waitAsync(timeoutMs: number): Promise<void> {
    await this.#polls.waitAsync(timeoutMs);
  }

  /** Frames that passed and were lost, because they were not taken in time. */
  get droppedCount(): number {
    return this.#places.reduce((sum, { socket }) => sum + socket.statistics().dropped, 0);
  }

  #receive(place: Place): Captured | undefined {
    if (place.isGone) return undefined;
    const frame = place.socket.receive();
    if (typeof frame !== "number") {
      place.isDown = false;
      const timeNs = frame.timeNs ?? BigInt(Date.now()) * NS_PER_MS;
      return { interface: place.name, frame, timeNs };
    }
    const isTrouble = frame !== -EAGAIN && frame !== -EINTR;
    // A removal is told as going down, before the socket is taken off the interface.
    if (isTrouble || place.isDown) this.#look(place, isTrouble ? -frame : 0);
    return undefined;
  }

  /** The socket of an interface that goes down comes back with it, that of a removed one never. */
  #look(place: Place, errno: number): void {
    const { name } = place;
    place.isDown = true;
    if (place.socket.boundIndex() >= 0) {
      if (errno === 0) return;
      this.#notice(errno === ENETDOWN ? `${name} is down` : `${name}: ${describeErrno(errno)}`);
      return;
    }
    place.isGone = true;
    this.#polls.watch(this.#places.indexOf(place), -1);
    if (!this.#places.every(({ isGone }) => isGone)) {
      this.#notice(`${name} was removed`);
      return;
    }
    throw new SystemError(`"${name}" was removed, and no interface is left`, "recvmsg", errno);
  }

  /** Closes all sockets. */
  [Symbol.dispose](): void {
    for (const { socket } of this.#places) socket[Symbol.dispose]();
  }
}

function stateOf(name: string, options: SnifferOptions): InterfaceState {
  const state = askInterface(name);
  if (!state.up) options.notice(`${name} is down or has no carrier`);
  return state;
}

function openSocket(name: string, state: InterfaceState, options: SnifferOptions): CaptureSocket {
  return CaptureSocket.open({
    name,
    index: state.index,
    filter: watchFilter(options.disk, state.kind === "loopback"),
    promiscuous: options.promiscuous && state.kind === "ethernet",
    receiveBufferSize: RECEIVE_BUFFER_SIZE,
  });
}
