/**
 * The plain engine: recvfrom, then pread or pwrite, then sendto, one frame at a time, on any Linux.
 * Requests end in the order in which they came, which is all that the order rules ask for.
 *
 * @module
 */
import { EINTR } from "../../ffi/errno.ts";
import { copyMemory } from "../../ffi/memory.ts";
import { assert } from "../assert.ts";
import type { Verdict } from "../target/request.ts";
import { FRAME_SIZE_MAX } from "./arena.ts";
import type { Backing, Engine, EngineOptions, Export, PortSettings } from "./engine.ts";
import { openPlainPort, type PlainPort } from "./plain_port.ts";
import { PlainPorts } from "./plain_ports.ts";
import type { ServedPort } from "./port.ts";
import { ReplyTimes } from "./reply_times.ts";
import { Resident, Residents } from "./residents.ts";
import { type Slot, Slots } from "./slots.ts";

/** Frames are received into these in turn. */
const SLOT_COUNT = 16;
/** Most frames of one batch. */
const BATCH = 64;
/** Longest time of one, so that a signal is heard soon, however slow the disk is. */
const BATCH_MS = 10;

/** Serves exports on interfaces. */
export class PlainEngine implements Engine {
  /** As `--engine` takes it. */
  readonly name = "plain";
  /** See {@linkcode Engine}. */
  readonly widens = false;
  /** See {@linkcode Engine}. */
  interrupted = false;
  /** When the frame in hand came, in ms; see {@linkcode Traffic}. */
  nowMs = 0;
  readonly #replies = new ReplyTimes();
  readonly #options: EngineOptions;
  readonly #ports = new PlainPorts();
  readonly #residents = new Residents<Resident>();
  /** Exports that may have something to say by themselves. */
  readonly #woken = new Set<Resident>();
  readonly #slots: Slots;
  /** A slot that no frame is received into, for what a target sends by itself. */
  readonly #spare: Slot;
  /** One for copies of a frame that is for several exports. */
  readonly #copy: Slot;
  #head = 0;

  /** Makes the slots. */
  constructor(options: EngineOptions) {
    this.#options = options;
    this.#slots = Slots.open(SLOT_COUNT + 2);
    this.#spare = this.#slots.at(SLOT_COUNT);
    this.#copy = this.#slots.at(SLOT_COUNT + 1);
  }

  /** See {@linkcode Engine}. */
  get ports(): readonly ServedPort[] {
    return this.#ports.all;
  }

  /** See {@linkcode Engine}. */
  openPort(name: string, settings: PortSettings = {}): ServedPort {
    let opened: PlainPort | undefined = undefined; // and until then nothing is served on it
    const filter = (index: number) => this.#residents.filter(opened, index);
    const { bufferCount } = this.#options;
    opened = openPlainPort(name, { ...settings, filter, bufferCount });
    this.#ports.add(opened);
    return opened;
  }

  /** See {@linkcode Engine}. */
  closePort(port: ServedPort): void {
    this.#residents.clear(port);
    const own = this.#ports.all.find((one) => one === port);
    if (own === undefined) return;
    this.#ports.remove(own);
    own[Symbol.dispose]();
  }

  /** See {@linkcode Engine}. */
  add(served: Export): void {
    this.#residents.add(new Resident(served));
  }

  /** See {@linkcode Engine}. */
  attach(served: Export, port: ServedPort): void {
    this.#residents.attach(served, port);
  }

  /** See {@linkcode Engine}. */
  detach(served: Export, port: ServedPort): void {
    this.#residents.detach(served, port);
  }

  /** None: each request ends before the next one is taken. */
  unfinished(): number {
    return 0;
  }

  /** See {@linkcode Engine}. */
  remove(served: Export): void {
    const resident = this.#residents.of(served);
    this.#residents.remove(resident);
    this.#woken.delete(resident);
  }

  /** See {@linkcode Engine}. */
  wake(served: Export): void {
    this.#woken.add(this.#residents.of(served));
  }

  /** See {@linkcode Engine}. */
  watch(fd: number, note: () => void): void {
    this.#ports.watch(fd, note);
  }

  /** Does one batch of work; see {@linkcode Engine}. */
  poll(timeoutMs: number): number {
    this.#residents.refilter();
    for (const resident of this.#woken) {
      this.#woken.delete(resident);
      this.#serveUnasked(resident);
    }
    const endMs = performance.now() + BATCH_MS;
    let count = 0;
    while (count < BATCH && this.#serveNext(timeoutMs)) {
      count++;
      if (this.#ports.isCalled || performance.now() >= endMs) break;
    }
    this.#ports.isCalled = false;
    return count;
  }

  /** Serves the next frame; false where none comes in time. */
  #serveNext(waitMs: number): boolean {
    const slot = this.#slots.at(this.#head);
    const { request } = slot;
    const size = this.#ports.receive(slot.frame, FRAME_SIZE_MAX, waitMs);
    if (size === -EINTR) this.interrupted = true;
    const port = this.#ports.current;
    if (size <= 0 || port === undefined) return false;
    this.#head = (this.#head + 1) % SLOT_COUNT;
    const resident = this.#residents.find(request.frame.addressKey, port);
    if (resident !== undefined) this.#serve(resident, slot, port, size);
    else if (request.frame.isWildcard) this.#serveAll(slot, port, size);
    return true;
  }

  /** The frame may be for each of the exports on its interface: each gets its own copy. */
  #serveAll(slot: Slot, port: PlainPort, size: number): void {
    const { all } = this.#residents;
    for (let index = 0; index < all.length; index++) {
      const resident = all[index];
      if (resident === undefined || !resident.isOn(port)) continue;
      copyMemory(this.#copy.frame, slot.frame, size);
      this.#serve(resident, this.#copy, port, size);
    }
  }

  #serve(resident: Resident, slot: Slot, port: PlainPort, size: number): void {
    const { request } = slot;
    request.port = port;
    request.size = size;
    const { target, traffic } = resident.served;
    const verdict = target.handle(request);
    if (traffic !== undefined && verdict !== "drop") {
      this.nowMs = performance.now();
      traffic.arrived(request, this);
    }
    this.#carryOut(resident.served, slot);
    this.#replies.settle();
    this.#serveUnasked(resident);
  }

  #serveUnasked({ served }: Resident): void {
    for (;;) {
      const request = served.target.next(this.#spare.request);
      if (request === null) return;
      this.#carryOut(served, this.#slots.at(request.slot));
    }
  }

  /** Does all that the target wants done with a request, and sends its reply. */
  #carryOut({ target, backing, traffic }: Export, slot: Slot): void {
    const { request } = slot;
    let verdict = request.verdict;
    while (verdict !== "reply" && verdict !== "drop") {
      verdict = target.complete(request, this.#act(backing, slot, verdict));
    }
    while (verdict === "reply") {
      traffic?.answered(request, this.#replies);
      this.#ports.send(request.port, slot.frame, request.replySize);
      verdict = target.sent(request);
    }
  }

  /** Carries a verdict out. Returns 0 or a negative errno. */
  #act(backing: Backing, slot: Slot, verdict: Verdict): number {
    const { length, offset } = slot.request;
    switch (verdict) {
      case "read":
        return backing.read(slot.data, length, offset);
      case "write":
        return backing.write(slot.data, length, offset);
      case "verify":
        return backing.read(this.#slots.scratch, length, offset);
      case "trim":
        return backing.trim(offset, length);
      case "flush":
        return backing.sync();
      case "save":
        return backing.save();
      default:
        // One request at a time never finds another one to wait for.
        assert(false, `the plain engine cannot carry out "${verdict}"`);
    }
  }

  /** Closes the ports and gives the slots back. */
  [Symbol.dispose](): void {
    for (const port of this.#ports.all.slice()) this.closePort(port);
    this.#slots[Symbol.dispose]();
  }
}
