/**
 * The engine of a simulation, on the pattern of the ring engine: frames lie in a ring, replies are
 * sent together, from where their requests lie, and what goes on later leaves the ring. Memory that
 * is given up is spoilt, so that whoever still looks at it shows.
 *
 * @module
 */
import { FrameViews, Request, type Verdict } from "../../lib/target/request.ts";
import type { PortAddress } from "../../lib/target/request.ts";
import type { Random } from "../random.ts";
import type { Bound } from "./bound.ts";
import type { Clock } from "./clock.ts";
import { Finding } from "./finding.ts";
import type { Judge } from "./judge.ts";
import { type Copy, Delivery } from "./operation.ts";
import type { Frames, Work } from "../../lib/engine/work.ts";

const STALE = 0xa5;
const ATA_HEADER_SIZE = 36;
/** So many replies wait to be sent together. */
const SEND_COUNT = 3;
/** Longest time until the engine looks. */
const WAKE_MAX_US = 30;
/** Most frames that wait to be received by an interface. */
const RING_SIZE = 64;
/** Frames of one port before the next port's turn. */
const TURN = 4;

/** What a server is made of. */
export interface ServerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly bound: Bound;
  readonly judge: Judge;
  readonly ports: readonly PortAddress[];
  readonly requestCount: number;
  readonly oneByOne: boolean;
  /** Takes a reply. */
  readonly send: (frame: Uint8Array<ArrayBuffer>, port: string) => void;
}

/** Memory of one frame. */
class Place {
  readonly views: FrameViews;
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(size: number) {
    this.bytes = new Uint8Array(size).fill(STALE);
    this.views = new FrameViews(new DataView(this.bytes.buffer));
  }

  /** Whether it holds `frame`. */
  begins(frame: Uint8Array): boolean {
    for (let at = 0; at < frame.length; at++) if (frame[at] !== this.bytes[at]) return false;
    return true;
  }

  spoil(size = this.bytes.length): void {
    this.bytes.fill(STALE, 0, size);
  }
}

/** A reply that waits to be sent. */
interface Waiting {
  readonly place: Place;
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly port: string;
}

/** Moves frames between a network and the target's {@linkcode Work}. */
export class Server implements Frames {
  readonly #parts: ServerParts;
  readonly #rings: Map<PortAddress, Copy[]>;
  readonly #frameSize: number;
  /** Places of the ring that are not in use. */
  readonly #receivable: Place[] = [];
  /** Those in use until what was received there, or is sent from there, has left. */
  readonly #received: Place[] = [];
  readonly #places: Place[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #ended: Request[] = [];
  /** A place for each request, made when it is first needed. */
  readonly #arena: Place[] = [];
  readonly #free: Request[] = [];
  /** Whether there was no request to lend: what the target has to say waits. */
  #isShort = false;
  #isAwake = false;
  #isOff = false;
  #work: Work | undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#rings = new Map(parts.ports.map((port) => [port, []]));
    this.#frameSize = Math.max(...parts.ports.map(({ mtu }) => mtu)) + 14;
  }

  /** Begins to serve. */
  start(work: Work): void {
    this.#work = work;
    this.wake();
  }

  /** Ends at once, whatever is under way. */
  turnOff(): void {
    this.#isOff = true;
  }

  /** How many requests are in use. */
  get usedCount(): number {
    return this.#arena.length - this.#free.length;
  }

  /** A frame is there. */
  receive(copy: Copy): void {
    const ring = this.#rings.get(copy.port);
    if (this.#isOff || ring === undefined || ring.length >= RING_SIZE) return;
    ring.push(copy);
    this.wake();
  }

  /** Something is to be done soon. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    const { clock, random } = this.#parts;
    clock.after(1 + random.below(WAKE_MAX_US), () => {
      this.#isAwake = false;
      if (!this.#isOff) this.#poll();
    });
  }

  #poll(): void {
    const work = this.#work;
    if (work === undefined) return;
    let count = this.#parts.random.oneIn(2) ? work.advance() : 0;
    for (const ring of this.#rings.values()) count += this.#receiveFrom(ring);
    count += work.advance();
    this.flush();
    const isWaitedFor = this.#hasRoom() &&
      [...this.#rings.values()].some(({ length }) => length > 0);
    // What was done may have made something else possible: the engine looks again.
    if (count > 0 || isWaitedFor || this.#isShort) this.wake();
    else this.#parts.judge.rests();
  }

  /**
   * Whether a frame may be received. One request is left for {@linkcode borrow}: if all were used
   * by requests that wait, none of them could ever go on.
   */
  #hasRoom(): boolean {
    const { oneByOne, requestCount } = this.#parts;
    return this.usedCount < (oneByOne ? 1 : requestCount - 1);
  }

  #receiveFrom(ring: Copy[]): number {
    const { bound, judge } = this.#parts;
    let count = 0;
    while (count < TURN && this.#hasRoom()) {
      const copy = ring.shift();
      if (copy === undefined) break;
      count++;
      if (bound.arrives(copy, judge.isUnfinished)) this.#arrive(copy);
    }
    return count;
  }

  #arrive(copy: Copy): void {
    const request = this.#take();
    const place = this.#receivable.pop() ?? new Place(this.#frameSize);
    const { judge } = this.#parts;
    place.bytes.set(copy.frame);
    this.#lieIn(request, place);
    request.port = copy.port;
    request.size = copy.frame.length;
    judge.arrives(request, new Delivery(copy, judge.tick()));
    this.#work?.arrive(request);
    this.#received.push(place);
  }

  #take(): Request {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const place = new Place(this.#frameSize);
    this.#arena.push(place);
    return new Request(this.#arena.length - 1, place.views);
  }

  #lieIn(request: Request, place: Place): void {
    this.#places[request.slot] = place;
    request.lieIn(place.views);
  }

  #ownPlace({ slot }: Request): Place {
    const place = this.#arena[slot];
    if (place === undefined) throw new RangeError(`there is no request ${slot}`);
    return place;
  }

  /** Nobody counts here. */
  accept(): void {}

  /** What goes on later leaves memory that others need. */
  keep(request: Request, verdict: Verdict): void {
    const from = this.#places[request.slot];
    const to = this.#ownPlace(request);
    if (from === to || from === undefined) return;
    const isRead = verdict === "read" || verdict === "verify";
    to.spoil();
    to.bytes.set(from.bytes.subarray(0, isRead ? ATA_HEADER_SIZE : request.size));
    this.#lieIn(request, to);
  }

  /** Sends a reply, now or later. */
  send(request: Request): void {
    const place = this.#places[request.slot] ?? this.#ownPlace(request);
    const frame = place.bytes.slice(0, request.replySize);
    this.#parts.judge.replies(request, frame);
    this.#waiting.push({ place, frame, port: request.port.name });
    if (this.#waiting.length === SEND_COUNT) this.flush();
  }

  /** Sends what waits. */
  flush(): void {
    for (const { place, frame, port } of this.#waiting.splice(0)) {
      if (!place.begins(frame)) throw new Finding("a reply was changed before it left");
      this.#parts.send(frame, port);
    }
    for (const place of this.#received.splice(0)) {
      place.spoil();
      this.#receivable.push(place);
    }
    for (const request of this.#ended.splice(0)) {
      this.#ownPlace(request).spoil();
      this.#free.push(request);
    }
  }

  /** A request has ended, but its reply may wait. */
  free(request: Request): void {
    this.#ended.push(request);
  }

  /** A request for what the target sends by itself. */
  borrow(): Request | null {
    this.#isShort = this.usedCount >= this.#parts.requestCount;
    if (this.#isShort) return null;
    const request = this.#take();
    this.#lieIn(request, this.#ownPlace(request));
    return request;
  }
}
