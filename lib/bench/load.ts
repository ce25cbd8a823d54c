/**
 * Keeps a window of requests under way for a while. Frames are made once: a request costs no
 * promise, no buffer and no object.
 *
 * @module
 */
import { AtaError, Opcode } from "../ata/command.ts";
import { assert } from "../assert.ts";
import type { Exchange } from "../client/exchange.ts";
import type { Flow } from "../client/flow.ts";
import type { Device } from "../client/initiator.ts";
import type { Link } from "../client/link.ts";
import { hasSectors, troubleOf } from "../client/outcome.ts";
import { DiskError } from "../client/target_error.ts";
import { AtaFrame, SECTOR_SIZE } from "../wire/ata.ts";
import { ataRequest, type Route } from "../wire/requests.ts";
import { Histogram } from "../histogram.ts";
import { Places, type PlacesOptions } from "./places.ts";

/** By which interface to which target. */
export interface Way {
  /** The interface. */
  readonly link: Pick<Link, "mac" | "start">;
  /** The requests to the target. */
  readonly flow: Flow;
  /** The target as it answered there. */
  readonly device: Pick<Device, "mac" | "shelf" | "slot">;
}

/** What to do. */
export interface LoadOptions extends PlacesOptions {
  /** The ways to one disk, used in turn; at least one. */
  readonly ways: readonly Way[];
  /** Requests under way at a time. */
  readonly window: number;
  /** For how long. */
  readonly durationMs: number;
}

/** Most points of the rate over time. */
const POINTS_MAX = 600;
/** Least time of one, in milliseconds. */
const POINT_MIN_MS = 100;

/** One run. */
export class Load {
  /** How long each request that was answered took, the waits for lost ones included. */
  readonly latencies: Histogram = new Histogram();
  /** Requests that were answered well. */
  readonly done: { reads: number; writes: number } = { reads: 0, writes: 0 };
  /** Requests that the disk failed, or that were answered by too little. */
  errorCount = 0;
  /** What ended the run early; undefined: nothing. */
  trouble: Error | undefined;
  /** How long it took, in milliseconds. */
  elapsedMs = 0;
  /** Milliseconds of one point of {@linkcode points}. */
  readonly pointMs: number;
  /** Requests that were answered in each point of time. */
  readonly points: Float64Array<ArrayBuffer>;
  readonly #options: LoadOptions;
  readonly #places: Places;
  readonly #times = new Float64Array(2);
  readonly #finished = Promise.withResolvers<void>();
  #running = 0;
  #isStopped = false;

  /** Prepares it; nothing is sent before {@linkcode run}. */
  constructor(options: LoadOptions) {
    this.#options = options;
    this.#places = new Places(options);
    this.pointMs = Math.max(POINT_MIN_MS, options.durationMs / POINTS_MAX);
    this.points = new Float64Array(Math.ceil(options.durationMs / this.pointMs) + 1);
  }

  /** Runs it to its end; trouble is left in {@linkcode trouble}. */
  async run(): Promise<void> {
    const { ways, window, durationMs } = this.#options;
    const lanes = Array.from({ length: window }, (_, index) => {
      const way = ways[index % ways.length];
      assert(way !== undefined, "a load has no way to its disk");
      return new Lane(this, way, this.#options);
    });
    const startMs = performance.now();
    this.#times[0] = startMs;
    this.#times[1] = startMs + durationMs;
    this.#running = lanes.length;
    for (const lane of lanes) lane.goOn(startMs);
    await this.#finished.promise;
    this.elapsedMs = performance.now() - startMs;
  }

  /** Sends nothing new: the run ends when what is under way is answered. */
  stop(trouble?: Error): void {
    this.#isStopped = true;
    this.trouble ??= trouble;
  }

  /** Goes to the next request; undefined where none is to be sent any more. */
  next(nowMs: number): Places | undefined {
    if (this.#isStopped || nowMs >= (this.#times[1] ?? 0)) return undefined;
    this.#places.next();
    return this.#places;
  }

  /** Counts a request that was answered well. */
  count(isWrite: boolean, sentMs: number, nowMs: number): void {
    this.latencies.add((nowMs - sentMs) * 1000);
    if (isWrite) this.done.writes++;
    else this.done.reads++;
    const at = Math.floor((nowMs - (this.#times[0] ?? 0)) / this.pointMs);
    if (at < this.points.length) this.points[at] = (this.points[at] ?? 0) + 1;
  }

  /** A lane has nothing more to do. */
  laneEnded(): void {
    if (--this.#running === 0) this.#finished.resolve();
  }
}

/** One request at a time, again and again. */
class Lane implements Exchange {
  request: AtaFrame;
  readonly #load: Load;
  readonly #link: Way["link"];
  readonly #flow: Flow;
  readonly #sectors: number;
  readonly #read: AtaFrame;
  readonly #write: AtaFrame;
  /** When the request was started: in an array, because a double in a field is made anew. */
  readonly #sentMs = new Float64Array(1);
  #isWrite = false;

  constructor(load: Load, way: Way, { sectors, writePercent, seed }: LoadOptions) {
    const { link, flow, device: { mac, shelf, slot } } = way;
    const route: Route = { source: link.mac, destination: mac, shelf, slot };
    this.#load = load;
    this.#link = link;
    this.#flow = flow;
    this.#sectors = sectors;
    this.#read = frameOf(ataRequest(route, { opcode: Opcode.READ_EXT, count: sectors }));
    // Where nothing may be written there is no request that could.
    const data = noise(sectors * SECTOR_SIZE, seed);
    this.#write = writePercent === 0
      ? this.#read
      : frameOf(ataRequest(route, { opcode: Opcode.WRITE_EXT, count: sectors, data }));
    this.request = this.#read;
  }

  goOn(nowMs: number): void {
    const place = this.#load.next(nowMs);
    if (place === undefined) return this.#load.laneEnded();
    this.#isWrite = place.isWrite;
    this.request = place.isWrite ? this.#write : this.#read;
    this.request.lba = place.lba;
    this.#sentMs[0] = nowMs;
    this.#link.start(this, this.#flow);
  }

  replied(reply: AtaFrame, size: number): void {
    const nowMs = performance.now();
    const trouble = troubleOf(reply, size);
    if (trouble !== undefined) {
      this.#load.errorCount++;
      if (!isOfOneSector(trouble)) this.#load.stop(trouble.at(this.request.lba));
    } else if (!this.#isWrite && !hasSectors(size, this.#sectors)) this.#load.errorCount++;
    else this.#load.count(this.#isWrite, this.#sentMs[0] ?? 0, nowMs);
    this.goOn(nowMs);
  }

  failed(error: Error): void {
    this.#load.errorCount++;
    this.#load.stop(error);
    this.#load.laneEnded();
  }
}

/** Whether other sectors may be fine: what is refused once is refused again. */
function isOfOneSector(trouble: Error): boolean {
  return trouble instanceof DiskError && trouble.error === AtaError.UNCORRECTABLE;
}

function frameOf(bytes: Uint8Array): AtaFrame {
  return new AtaFrame(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** Bytes that do not compress. */
function noise(size: number, seed: number): Uint8Array {
  const words = new Uint32Array(size / 4);
  const places = { offset: 0, length: 2 ** 32, sectors: 1, writePercent: 0, seed };
  const stream = new Places({ ...places, pattern: "random" });
  for (let index = 0; index < words.length; index++) {
    stream.next();
    words[index] = stream.lba;
  }
  return new Uint8Array(words.buffer);
}
