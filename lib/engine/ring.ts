/**
 * The ring engine: frames come and go through rings that are shared with the kernel, and the kernel
 * works on the disk beside us. What is in the page cache is answered at once, out of the slot that
 * it is read into; what has to wait for the disk lies in memory of its own meanwhile. So it never
 * delays what need not wait, and no received slot is ever held.
 *
 * @module
 */
import { EINTR, ETIME } from "../../ffi/errno.ts";
import type { InterfaceState } from "../../ffi/net_interface.ts";
import { PacketRing, type PacketRingOptions } from "../../ffi/packet_ring.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { Uring } from "../../ffi/uring.ts";
import { Request, type Verdict } from "../target/request.ts";
import { IN_FLIGHT_MAX } from "../target/in_flight.ts";
import { SystemError } from "../error.ts";
import { ATA_HEADER_SIZE } from "../wire/ata.ts";
import { ETHER_TYPE } from "../wire/frame.ts";
import type { FrameMemory } from "./arena.ts";
import type { Backing, Engine, Export, PortsOptions, PreparedEngine } from "./engine.ts";
import { FramePlaces } from "./frame_places.ts";
import { KernelDisk, OTHER } from "./kernel_disk.ts";
import { Port, servedMtu } from "./port.ts";
import { RingPort } from "./ring_port.ts";
import { Spin } from "./spin.ts";
import { SyncDisk } from "./sync_disk.ts";
import { type Frames, Work } from "./work.ts";

/** More than may be under way on the disk, so that questions are answered while all of them are. */
const REQUEST_COUNT = IN_FLIGHT_MAX + 64;
/** Frames of one port before the next port's turn. */
const TURN_COUNT = 16;
/**
 * What ended on the disk is answered so much at a time, between frames: a disk's answers come in
 * bursts, and it is to have new work before the last of them is sent. With all of a burst at once
 * it stood still: an eighth less of direct I/O at a window of 64, and twice the time for the
 * slowest requests.
 */
const ENDED_COUNT = 8;
/** Looks for the next frame before the clock is asked again, which costs as much as all of them. */
const LOOK_COUNT = 16;
/** Slots hold at least the frames of such an interface. */
const MTU_MIN = 1500;
/** Room for all that can be prepared at once: a piece of work of each request, and watches. */
const URING_ENTRIES = 2048;
/** Longest time of one batch, so that a signal is heard soon. */
const BATCH_MS = 10;

/** What a ring engine is made of. */
export interface RingOptions {
  /** What does the work on the disk; undefined: this thread does. */
  readonly uring: Uring | undefined;
  /** How long to look for the next frame before waiting for it, in microseconds. */
  readonly busyPollUs: number;
}

/** What does the work on the disk, or why there is none. */
export interface DiskHelp {
  /** Becomes the engine's; undefined: the engine's thread does the work. */
  readonly uring: Uring | undefined;
  /** What the machine lacks, and what that costs, for people. */
  readonly missing: readonly string[];
}

/** Opens the ports; throws {@linkcode SystemError} where there is none to be had. */
export function prepareRing(options: PortsOptions, openHelp = openUring): PreparedEngine {
  using stack = new DisposableStack();
  const { filter, busyPollUs } = options;
  const ports = options.names.map((name) => stack.use(openRingPort(name, filter)));
  const { uring, missing } = openHelp();
  if (uring !== undefined) stack.use(uring);
  const opened = stack.move();
  return {
    ports,
    missing,
    widens: uring !== undefined,
    start: (served) => new RingEngine(served, ports, { uring, busyPollUs }),
    [Symbol.dispose]: () => opened.dispose(),
  };
}

function openRingPort(name: string, filter: PortsOptions["filter"]): Port<PacketRing> {
  // A client repeats a frame as it was, after the MTU fell: slots never become smaller.
  let largestMtu = MTU_MIN;
  const optionsOf = ({ index, mtu }: InterfaceState): PacketRingOptions => {
    largestMtu = Math.max(largestMtu, servedMtu(mtu));
    return { name, index, etherType: ETHER_TYPE, filter: filter(index), mtu: largestMtu };
  };
  return Port.open({
    name,
    open: (state) => PacketRing.open(optionsOf(state)),
    successor: {
      prepare: (state) => PacketRing.prepare(optionsOf(state)),
      begin: (ring) => ring.bind(),
    },
  });
}

function openUring(): DiskHelp {
  try {
    return { uring: Uring.open(URING_ENTRIES), missing: [] };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { uring: undefined, missing: [error.message] };
  }
}

/** Serves one export on its interfaces. */
export class RingEngine implements Engine, Frames {
  /** As `--engine` takes it. */
  readonly name = "ring";
  /** Whether a signal ended a wait; whoever hears the signal takes it back. */
  interrupted = false;
  readonly #resources: DisposableStack;
  readonly #ports: readonly RingPort[];
  readonly #pollSet: PollSet;
  readonly #places: FramePlaces;
  readonly #uring: Uring | undefined;
  readonly #disk: KernelDisk | undefined;
  readonly #work: Work;
  readonly #free: Request[];
  /** Requests that have ended, but whose replies may wait to be sent. */
  readonly #ended: Request[] = [];
  readonly #spin: Spin;
  readonly #backing: Backing;

  /** Makes the memory; the ports and the export stay the caller's, `uring` becomes the engine's. */
  constructor(served: Export, ports: readonly Port<PacketRing>[], options: RingOptions) {
    using stack = new DisposableStack();
    const { uring, busyPollUs } = options;
    this.#uring = uring;
    this.#backing = served.backing;
    this.#places = stack.use(new FramePlaces(REQUEST_COUNT, () => this.flush()));
    this.#ports = ports.map((port, index) =>
      stack.use(new RingPort(port, ports.length === 1, () => this.#unwatch(index)))
    );
    this.#pollSet = new PollSet(ports.length);
    const requests = Array.from(
      { length: REQUEST_COUNT },
      (_, slot) => new Request(slot, this.#places.at(slot).views),
    );
    this.#free = requests.toReversed();
    this.#spin = new Spin(busyPollUs);
    const noteOther = (mark: number, result: number): void => this.#noteReady(mark - OTHER, result);
    this.#disk = uring === undefined
      ? undefined
      : new KernelDisk(served.backing, uring, this.#places, requests, noteOther);
    if (this.#disk !== undefined) stack.use(this.#disk);
    if (uring !== undefined) stack.use(uring); // ends before the memory that it works on
    const disk = this.#disk ?? new SyncDisk(served.backing, this.#places);
    this.#work = new Work(served.target, disk, this);
    this.#resources = stack.move();
  }

  /** Does one batch of work; see {@linkcode Engine}. */
  poll(timeoutMs: number): number {
    const startMs = performance.now();
    let nowMs = startMs;
    let count = this.#work.advance(); // what is to be said unasked comes before any answer
    for (;;) {
      const done = this.#turn(nowMs);
      nowMs = performance.now();
      if (done > 0) {
        count += done;
        this.#spin.worked(nowMs);
        if (nowMs - startMs >= BATCH_MS) return count;
      } else if (this.#looksOn(nowMs)) {
        this.#look();
      } else {
        const restMs = timeoutMs - (nowMs - startMs);
        if (count > 0 || restMs <= 0 || !this.#wait(restMs)) return count;
      }
    }
  }

  /** Whether to look for the next frame rather than wait for it. */
  #looksOn(nowMs: number): boolean {
    this.#spin.isBusy = this.#disk?.isBusy === true;
    // A thread of the kernel's that works for us may need this very processor.
    return this.#disk?.usesThreads !== true && this.#spin.goesOn(nowMs);
  }

  /** Looks for a while, but no longer than for something to do. */
  #look(): void {
    for (let count = 0; count < LOOK_COUNT; count++) {
      if (this.#uring?.hasCompleted === true) return;
      for (const port of this.#ports) {
        if (port.hasReceived) return;
      }
    }
  }

  /** Looks at everything once. Returns how much was done. */
  #turn(nowMs: number): number {
    if (this.#disk !== undefined) this.#disk.nowMs = nowMs;
    let count = 0;
    for (const port of this.#ports) count += this.#receive(port);
    if (count > 0) this.flush(); // who waits for them can go on
    if (this.#uring !== undefined) this.#uring.enter(0);
    count += this.#work.advance(ENDED_COUNT);
    this.flush();
    for (const port of this.#ports) port.renew();
    return count;
  }

  #receive(from: RingPort): number {
    const { port, ring } = from;
    if (ring === undefined) return 0;
    // The last one is kept back, for what the target wants to go on by itself.
    const count = ring.countReady(Math.min(TURN_COUNT, this.#free.length - 1));
    for (let taken = 0; taken < count; taken++) {
      const index = ring.nextReceived();
      const size = ring.receivedSize(index);
      if (size >= 0) this.#arrive(port, from.received(ring, index), size);
      else port.counts.cut++;
      from.release(ring, index); // what goes on later lies elsewhere by now
    }
    return count;
  }

  #arrive(port: Port<PacketRing>, memory: FrameMemory, size: number): void {
    const request = this.#free.pop();
    if (request === undefined) return;
    port.counts.received++;
    port.counts.receivedBytes += size;
    this.#places.move(request, memory);
    request.port = port;
    request.size = size;
    // The reply may fit the interface by now, but not the slot.
    if (port.outdated) this.#places.copyToArena(request, size);
    this.#work.arrive(request);
  }

  #portOf(request: Request): RingPort | undefined {
    for (const ringPort of this.#ports) {
      if (ringPort.port === request.port) return ringPort;
    }
    return undefined;
  }

  /** What goes on later leaves the ring, which must not stand still. */
  keep(request: Request, verdict: Verdict): void {
    const isRead = verdict === "read" || verdict === "verify";
    this.#places.copyToArena(request, isRead ? ATA_HEADER_SIZE : request.size);
  }

  /** A reply is sent from where its request came in or was kept. */
  send(request: Request): void {
    const port = this.#portOf(request);
    if (port === undefined) return;
    const { frameAddress } = this.#places.at(request.slot);
    const { length, replySize } = request;
    const lent = this.#places.lent(request);
    // A reply that tells of an error has no data, whatever was lent for it.
    const isFull = lent === 0 || replySize !== ATA_HEADER_SIZE + length
      ? port.add(frameAddress, replySize)
      : port.add(frameAddress, replySize, lent, length);
    if (isFull) this.#flush(port);
  }

  /** Sends all replies that wait. */
  flush(): void {
    for (const port of this.#ports) this.#flush(port);
    for (const port of this.#ports) {
      if (!port.hasFaulted) continue;
      port.hasFaulted = false;
      this.#backing.stopLending(); // who asks again gets it read, or the error
    }
  }

  #flush(port: RingPort): void {
    if (port.waiting > 0) port.flush();
    for (const other of this.#ports) {
      if (other.waiting > 0) return;
    }
    this.#places.hasLent = false;
    for (let done = this.#ended.pop(); done !== undefined; done = this.#ended.pop()) {
      this.#free.push(done);
    }
  }

  /** A request whose reply waits to be sent keeps its memory until then. */
  free(request: Request): void {
    this.#ended.push(request);
  }

  /** See {@linkcode Frames}. */
  borrow(): Request | null {
    const request = this.#free.pop();
    if (request === undefined) return null;
    this.#places.moveToArena(request);
    return request;
  }

  /** Waits for a frame or the disk. False: neither came in time. */
  #wait(timeoutMs: number): boolean {
    const startMs = performance.now();
    const result = this.#uring === undefined
      ? this.#waitForFrames(timeoutMs)
      : this.#waitForAll(this.#uring, timeoutMs);
    this.#spin.waited(performance.now() - startMs);
    if (result === -EINTR) this.interrupted = true;
    if (result === -ETIME) this.#backing.rest();
    return result === 0;
  }

  #waitForAll(uring: Uring, timeoutMs: number): number {
    // With no request to receive into, a frame that waits must not end each wait at once.
    for (let index = 0; index < this.#ports.length && this.#free.length > 1; index++) {
      const port = this.#ports[index];
      const ring = port?.ring;
      if (port === undefined || ring === undefined || port.isWatched) continue;
      uring.watch(ring.fd, OTHER + index);
      port.isWatched = true;
    }
    return uring.enter(timeoutMs);
  }

  /** Without io_uring nothing is under way but frames. */
  #waitForFrames(timeoutMs: number): number {
    for (let index = 0; index < this.#ports.length; index++) {
      this.#pollSet.watch(index, this.#ports[index]?.ring?.fd ?? -1);
    }
    const found = this.#pollSet.wait(Math.ceil(timeoutMs));
    if (found <= 0) return found === 0 ? -ETIME : found;
    for (let index = 0; index < this.#ports.length; index++) {
      this.#noteReady(index, this.#pollSet.events(index));
    }
    return 0;
  }

  #unwatch(index: number): void {
    const uring = this.#uring;
    if (uring?.room === 0) uring.enter(0);
    uring?.unwatch(OTHER + index);
  }

  /** A port that is watched has a frame, or trouble. */
  #noteReady(index: number, result: number): void {
    const port = this.#ports[index];
    if (port !== undefined) port.noteReady(result);
  }

  /** Gives everything back, once the kernel has let go of it. */
  [Symbol.dispose](): void {
    this.#resources[Symbol.dispose]();
  }
}
