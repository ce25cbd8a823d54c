/**
 * What an engine is and what it works with. An engine moves frames and sectors: it receives, asks
 * the target, carries its verdicts out, sends. It knows no rule of AoE or ATA.
 *
 * @module
 */
import type { Verdict } from "../target/request.ts";
import type { Target } from "../target/target.ts";
import type { ServedPort } from "./port.ts";
import type { Traffic } from "./traffic.ts";

/**
 * The backing of an export. A call that acts returns 0 or a negative errno; `pointer` is memory for
 * `size` bytes that starts at a multiple of 512.
 */
export interface Backing {
  /** The open file, for work that the kernel does beside us. */
  readonly descriptor: number;
  /**
   * Where its bytes are: in memory alone (a file of tmpfs), in the page cache or not yet, or past
   * it (direct I/O).
   */
  readonly way: "memory" | "cache" | "direct";
  /**
   * The same file for writes that the kernel does beside us: it may lead past the page cache where
   * reads do not.
   */
  readonly writeDescriptor: number;
  /**
   * Whether writes must be durable and go past the page cache: then one can be made durable by
   * itself (RWF_DSYNC), and one that fails has lost nothing that is not told.
   */
  readonly syncsWrites: boolean;
  /**
   * Bytes that offsets and sizes must be multiples of: 512, or more where direct I/O is coarser,
   * which not every engine serves ({@linkcode Engine.widens}).
   */
  readonly alignment: number;
  /**
   * Whether a range that the kernel cannot give back beside us (EOPNOTSUPP) may be given back by
   * `trim()`, which waits.
   */
  readonly trimsAtOnce: boolean;
  /**
   * Address of bytes that can be sent from where they are, as a number; 0: they are to be read.
   * They stay there until the file is written to or given back in part, or `stopLending()`.
   */
  lend(offset: number, length: number): number;
  /** What was lent turned out not to be there. Nothing that was lent waits to be sent. */
  stopLending(): void;
  /** Nobody asks just now: what is only there to be quick may go. */
  rest(): void;
  /** Reads `size` bytes at `offset`. */
  read(pointer: Deno.PointerObject, size: number, offset: number): number;
  /** Writes `size` bytes at `offset`. */
  write(pointer: Deno.PointerObject, size: number, offset: number): number;
  /** Gives `length` bytes at `offset` back. */
  trim(offset: number, length: number): number;
  /** Makes all that was written before durable. */
  sync(): number;
  /** Stores the target's pending state durably. */
  save(): number;
  /** Reads what is in memory, whole: -EAGAIN where that would wait for the disk. */
  readNow(address: number, size: number, offset: number): number;
  /** Logs work that failed beside us with a negative errno. */
  tell(verdict: Verdict, size: number, offset: number, result: number): void;
}

/** A target and its backing. */
export interface Export {
  /** The rules. */
  readonly target: Target;
  /** The bytes. */
  readonly backing: Backing;
  /** Counts who asks, and how long answers take; undefined: nobody wants to know. */
  readonly traffic?: Traffic | undefined;
}

/** What is set for one interface. */
export interface PortSettings {
  /** Largest payload of a frame in bytes to use; undefined: what the interface carries. */
  readonly mtuMax?: number | undefined;
  /** Received frames that may wait to be looked at; undefined: the engine's own number. */
  readonly receiveSlots?: number | undefined;
}

/** How an engine is to work. */
export interface EngineOptions {
  /** How many requests each of a few clients may have under way. */
  readonly bufferCount: number;
  /** How long to look for the next frame before waiting for it, in microseconds; 0: not at all. */
  readonly busyPollUs: number;
}

/**
 * The data path of many exports over many interfaces. An export is served on the interfaces that it
 * is attached to. Its address is its own: no other export of the engine has it.
 */
export interface Engine extends Disposable {
  /** Its name, as `--engine` takes it. */
  readonly name: string;
  /** Whether it serves a backing whose alignment is coarser than a sector. */
  readonly widens: boolean;
  /** Whether a signal ended a wait; whoever hears the signal takes it back. */
  interrupted: boolean;
  /** The interfaces that it works on. */
  readonly ports: readonly ServedPort[];
  /**
   * Opens an interface, which nothing is served on yet; throws {@linkcode SystemError} where there
   * is none to be had.
   */
  openPort(name: string, settings?: PortSettings): ServedPort;
  /** Ends the work on an interface; exports are detached from it. */
  closePort(port: ServedPort): void;
  /** Takes an export in, which is served nowhere yet. */
  add(served: Export): void;
  /** Serves the export on `port`, if it does not yet, with frames that come after the next poll. */
  attach(served: Export, port: ServedPort): void;
  /** Serves it no more on `port`: what came in by it is still answered. */
  detach(served: Export, port: ServedPort): void;
  /** Number of its requests that are not done yet. */
  unfinished(served: Export): number;
  /** Lets an export go that is attached to no interface and has no unfinished requests. */
  remove(served: Export): void;
  /** Something was done to an export that no frame asked for: it may have something to say. */
  wake(served: Export): void;
  /** A wait ends, and `note` is called, whenever there is something to read from `fd`. */
  watch(fd: number, note: () => void): void;
  /**
   * Does one batch of work: serves frames until none comes for `timeoutMs`, or long enough.
   *
   * @returns the number of frames served
   */
  poll(timeoutMs: number): number;
}
