/**
 * The ring engine: frames come and go through rings that are shared with the kernel, and the kernel
 * works on the disk beside us. What is in the page cache is answered at once, out of the slot that
 * it is read into; what has to wait for the disk lies in memory of its own meanwhile. So it never
 * delays what need not wait, and no received slot is ever held.
 *
 * @module
 */
import { EINTR, ETIME } from "../../ffi/errno.ts";
import type { PacketRing } from "../../ffi/packet_ring.ts";
import type { Uring } from "../../ffi/uring.ts";
import { assert } from "../assert.ts";
import type { Request, Verdict } from "../target/request.ts";
import { IN_FLIGHT_MAX } from "../target/in_flight.ts";
import { ATA_HEADER_SIZE } from "../wire/ata.ts";
import type { FrameMemory } from "./arena.ts";
import type { Engine, Export, PortSettings } from "./engine.ts";
import { FramePlaces } from "./frame_places.ts";
import { KernelDisk } from "./kernel_disk.ts";
import { KernelQueue } from "./kernel_queue.ts";
import { Port, type ServedPort } from "./port.ts";
import { RingPort } from "./ring_port.ts";
import { ReplyTimes } from "./reply_times.ts";
import { RequestPool } from "./request_pool.ts";
import { openRingPort } from "./ring_parts.ts";
import { Spin } from "./spin.ts";
import { SyncDisk } from "./sync_disk.ts";
import { type FrameHost, Unit } from "./unit.ts";
import { Units } from "./units.ts";
import { OTHER, WatchList } from "./watch_list.ts";

/** From here on, up to OTHER, the marks of completions are those of units' syncs. */
const SYNC = 0x10000;
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
/** Longest time of one batch, so that a signal is heard soon. */
const BATCH_MS = 10;

/** What a ring engine is made of. */
export interface RingOptions {
  /** What does the work on the disk; undefined: this thread does. Becomes the engine's. */
  readonly uring: Uring | undefined;
  /** How long to look for the next frame before waiting for it, in microseconds. */
  readonly busyPollUs: number;
}

/** Serves exports on interfaces. */
export class RingEngine implements Engine, FrameHost {
  /** As `--engine` takes it. */
  readonly name = "ring";
  /** See {@linkcode Engine}. */
  readonly widens: boolean;
  /** Whether a signal ended a wait; whoever hears the signal takes it back. */
  interrupted = false;
  /** See {@linkcode FrameHost}. */
  nowMs = 0;
  /** See {@linkcode FrameHost}. */
  readonly replies: ReplyTimes = new ReplyTimes();
  /** See {@linkcode Engine}. */
  readonly ports: ServedPort[] = [];
  readonly #resources: DisposableStack;
  readonly #ports: RingPort[] = [];
  readonly #watched: WatchList;
  readonly #places: FramePlaces;
  readonly #uring: Uring | undefined;
  readonly #queue: KernelQueue | undefined;
  readonly #units = new Units();
  readonly #pool: RequestPool;
  readonly #spin: Spin;
  /** Whether somebody asked since the last rest. */
  #hasServed = false;

  /** Makes the memory. */
  constructor(options: RingOptions) {
    using stack = new DisposableStack();
    const { uring, busyPollUs } = options;
    this.#uring = uring;
    this.widens = uring !== undefined;
    this.#places = stack.use(new FramePlaces(REQUEST_COUNT, () => this.flush()));
    this.#pool = new RequestPool(REQUEST_COUNT, this.#places, this.#units);
    this.#spin = new Spin(busyPollUs);
    this.#watched = new WatchList(uring);
    this.#queue = uring === undefined
      ? undefined
      : stack.use(new KernelQueue(uring, this.#places, this.#pool.all));
    if (uring !== undefined) stack.use(uring); // ends before the memory that it works on
    this.#resources = stack.move();
  }

  /** See {@linkcode Engine}. */
  openPort(name: string, settings: PortSettings = {}): ServedPort {
    let opened: Port<PacketRing> | undefined = undefined; // and until then nothing is served on it
    const port = openRingPort(name, settings, (index) => this.#units.filter(opened, index));
    opened = port;
    this.#ports.push(new RingPort(port, this.#watched));
    this.#notePorts();
    return port;
  }

  /** See {@linkcode Engine}. */
  closePort(port: ServedPort): void {
    this.flush();
    this.#units.clear(port);
    const index = this.#ports.findIndex((ringPort) => ringPort.port === port);
    const [ringPort] = this.#ports.splice(index, 1);
    ringPort?.[Symbol.dispose]();
    this.#notePorts();
  }

  #notePorts(): void {
    this.ports.splice(0, Infinity, ...this.#ports.map(({ port }) => port));
    for (const port of this.#ports) port.isAlone = this.#ports.length === 1;
  }

  /** See {@linkcode Engine}. */
  add(served: Export): void {
    const index = this.#units.freeIndex;
    const kernelDisk = this.#queue === undefined
      ? undefined
      : new KernelDisk(served.backing, this.#queue, SYNC + index);
    const disk = kernelDisk ?? new SyncDisk(served.backing, this.#places);
    this.#units.add(new Unit(served, index, this, disk, kernelDisk));
  }

  /** See {@linkcode Engine}. */
  attach(served: Export, port: ServedPort): void {
    this.#units.attach(served, port);
  }

  /** See {@linkcode Engine}. */
  detach(served: Export, port: ServedPort): void {
    this.#units.detach(served, port);
  }

  /** See {@linkcode Engine}. */
  unfinished(served: Export): number {
    return this.#units.of(served).count;
  }

  /** See {@linkcode Engine}. */
  remove(served: Export): void {
    this.flush(); // a reply may lie in its file
    const unit = this.#units.of(served);
    assert(unit.count === 0, "the export has unfinished requests");
    this.#units.remove(unit);
  }

  /** See {@linkcode Engine}. */
  wake(served: Export): void {
    this.#units.activate(this.#units.of(served));
  }

  /** See {@linkcode Engine}. */
  watch(fd: number, note: () => void): void {
    this.#watched.add(fd, note);
  }

  /** Does one batch of work; see {@linkcode Engine}. */
  poll(timeoutMs: number): number {
    const startMs = performance.now();
    this.nowMs = startMs;
    this.#units.refilter();
    let count = this.#units.advance(); // what is to be said unasked comes before any answer
    for (;;) {
      const done = this.#turn();
      const nowMs = performance.now();
      this.nowMs = nowMs;
      this.replies.settle(this); // by the clock that is looked at anyway
      if (this.#watched.isCalled) {
        this.#watched.isCalled = false;
        return count + done;
      }
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
    this.#spin.isBusy = this.#queue?.isBusy === true;
    // A thread of the kernel's that works for us may need this very processor.
    return this.#queue?.usesThreads !== true && this.#spin.goesOn(nowMs);
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
  #turn(): number {
    if (this.#queue !== undefined) this.#queue.nowMs = this.nowMs;
    let count = 0;
    for (const port of this.#ports) count += this.#receive(port);
    if (count > 0) this.flush(); // who waits for them can go on
    if (this.#uring !== undefined) {
      this.#uring.enter(0);
      this.#takeEnded(this.#uring);
    }
    count += this.#units.advance(ENDED_COUNT);
    this.flush();
    for (const port of this.#ports) port.renew();
    return count;
  }

  /** Hands what the kernel has done to those who asked for it. */
  #takeEnded(uring: Uring): void {
    while (uring.take()) {
      const { userData, result } = uring;
      if (userData >= OTHER) {
        this.#watched.note(userData, result);
        continue;
      }
      const unit = userData >= SYNC ? this.#units.at(userData - SYNC) : this.#pool.owner(userData);
      if (unit?.disk === undefined) continue;
      if (userData >= SYNC) unit.disk.endSync(result);
      else unit.disk.endPiece(this.#pool.at(userData), result);
      this.#units.activate(unit);
    }
  }

  #receive(from: RingPort): number {
    const { port, ring } = from;
    if (ring === undefined) return 0;
    // The last one is kept back, for what the target wants to go on by itself.
    const count = ring.countReady(Math.min(TURN_COUNT, this.#pool.room));
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
    port.counts.received++;
    port.counts.receivedBytes += size;
    const { frame } = memory.views;
    const unit = this.#units.find(frame.addressKey, port);
    if (unit !== undefined) this.#hand(unit, port, memory, size);
    else if (frame.isWildcard) this.#handToAll(port, memory, size);
  }

  /** The frame is for an export; its reply is built where it lies. */
  #hand(unit: Unit, port: Port<PacketRing>, memory: FrameMemory, size: number): void {
    const request = this.#takeFor(unit);
    if (request === null) return;
    this.#places.move(request, memory);
    // The reply may fit the interface by now, but not the slot.
    if (port.outdated) this.#places.copyToArena(request, size);
    this.#serve(unit, request, port, size);
  }

  /** The frame may be for each of the exports on its interface: each gets its own copy. */
  #handToAll(port: Port<PacketRing>, memory: FrameMemory, size: number): void {
    const units = this.#units.all;
    for (let index = 0; index < units.length; index++) {
      const unit = units[index];
      if (unit === undefined || !unit.isOn(port)) continue;
      const request = this.#takeFor(unit);
      if (request === null) continue;
      this.#places.move(request, memory);
      this.#places.copyToArena(request, size);
      this.#serve(unit, request, port, size);
    }
  }

  /** A request for a frame; null where too many are under way: its client asks again. */
  #takeFor(unit: Unit): Request | null {
    if (this.#pool.isAmple) return this.#pool.take(unit);
    if (!this.#pool.grants(unit)) this.flush(); // what is sent is free again
    if (this.#pool.grants(unit)) return this.#pool.take(unit);
    unit.served.target.counts.overflow++;
    return null;
  }

  #serve(unit: Unit, request: Request, port: ServedPort, size: number): void {
    this.#hasServed = true;
    request.port = port;
    request.size = size;
    unit.arrive(request);
    this.#units.activate(unit);
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
    if (this.#ports.length === 0) this.#pool.reclaim();
    for (const port of this.#ports) {
      if (!port.hasFaulted) continue;
      port.hasFaulted = false;
      // Who asks again gets it read, or the error.
      for (const { served } of this.#units.all) served.backing.stopLending();
    }
  }

  #flush(port: RingPort): void {
    if (port.waiting > 0) port.flush();
    for (const other of this.#ports) {
      if (other.waiting > 0) return;
    }
    this.#places.hasLent = false;
    this.#pool.reclaim();
  }

  /** A request whose reply waits to be sent keeps its memory until then. */
  free(request: Request): void {
    this.#pool.end(request);
  }

  /** See {@linkcode FrameHost}. */
  borrow(unit: Unit): Request | null {
    if (this.#pool.isEmpty) this.flush(); // what is sent is free again
    const request = this.#pool.take(unit);
    if (request !== null) this.#places.moveToArena(request);
    return request;
  }

  /** Waits for a frame or the disk. False: neither came in time. */
  #wait(timeoutMs: number): boolean {
    const startMs = performance.now();
    // With no request to receive into, a frame that waits must not end each wait at once.
    const result = this.#watched.wait(timeoutMs, this.#pool.room > 0 ? this.#ports : []);
    // What came during the wait came at its end, not when it began.
    this.nowMs = performance.now();
    this.#spin.waited(this.nowMs - startMs);
    if (result === -EINTR) this.interrupted = true;
    if (result === -ETIME && this.#hasServed) {
      this.#hasServed = false;
      for (const { served } of this.#units.all) served.backing.rest();
    }
    return result === 0;
  }

  /** Gives everything back, once the kernel has let go of it. */
  [Symbol.dispose](): void {
    for (const { port } of this.#ports.slice()) this.closePort(port);
    this.#resources[Symbol.dispose]();
  }
}
