/**
 * One export in the ring engine: its requests on their way, and its part of the engine's memory.
 *
 * @module
 */
import type { Request, Verdict } from "../target/request.ts";
import type { Export } from "./engine.ts";
import type { KernelDisk } from "./kernel_disk.ts";
import type { ReplyTimes } from "./reply_times.ts";
import { Resident } from "./residents.ts";
import type { Clock, Traffic } from "./traffic.ts";
import { type AsyncDisk, type Frames, Work } from "./work.ts";

/** The memory of all frames of an engine. */
export interface FrameHost extends Clock {
  /** Replies on their way out. */
  readonly replies: ReplyTimes;
  /** See {@linkcode Frames}. */
  keep(request: Request, verdict: Verdict): void;
  /** See {@linkcode Frames}. */
  send(request: Request): void;
  /** See {@linkcode Frames}. */
  flush(): void;
  /** See {@linkcode Frames}. */
  free(request: Request): void;
  /** See {@linkcode Frames}; the request is the unit's from now on. */
  borrow(unit: Unit): Request | null;
}

/** See above. */
export class Unit extends Resident implements Frames {
  /** Marks it among the completions of the kernel. */
  readonly index: number;
  /** What works on its file, where the kernel does that beside us. */
  readonly disk: KernelDisk | undefined;
  /** Whether it is in the engine's list of those that may have something to do. */
  isActive = false;
  /** Whether there was no memory for what it has to say. */
  isStarved = false;
  /** Requests that are its own just now. */
  count = 0;
  readonly #host: FrameHost;
  readonly #traffic: Traffic | undefined;
  readonly #work: Work;

  /**
   * Nothing is under way yet.
   *
   * @param disk what its work is done by
   * @param kernelDisk the same, where that is the kernel
   */
  constructor(
    served: Export,
    index: number,
    host: FrameHost,
    disk: AsyncDisk,
    kernelDisk: KernelDisk | undefined,
  ) {
    super(served);
    this.index = index;
    this.disk = kernelDisk;
    this.#host = host;
    this.#traffic = served.traffic;
    this.#work = new Work(served.target, disk, this);
  }

  /** A frame came in: `request`, which is the unit's now, looks at it. */
  arrive(request: Request): void {
    this.count++;
    this.#work.arrive(request);
  }

  /** See {@linkcode Work}. */
  advance(endedMax?: number): number {
    return this.#work.advance(endedMax);
  }

  /** See {@linkcode Frames}. */
  accept(request: Request): void {
    this.#traffic?.arrived(request, this.#host);
  }

  /** See {@linkcode Frames}. */
  keep(request: Request, verdict: Verdict): void {
    this.#host.keep(request, verdict);
  }

  /** See {@linkcode Frames}. */
  send(request: Request): void {
    // Before its frame may be another's.
    this.#traffic?.answered(request, this.#host.replies);
    this.#host.send(request);
  }

  /** See {@linkcode Frames}. */
  flush(): void {
    this.#host.flush();
  }

  /** See {@linkcode Frames}. */
  free(request: Request): void {
    this.count--;
    this.#host.free(request);
  }

  /** See {@linkcode Frames}. */
  borrow(): Request | null {
    const request = this.#host.borrow(this);
    this.isStarved = request === null;
    if (request !== null) this.count++;
    return request;
  }
}
