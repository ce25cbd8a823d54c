/**
 * What an engine is and what it works with. An engine moves frames and sectors: it receives, asks
 * the target, carries its verdicts out, sends. It knows no rule of AoE or ATA.
 *
 * @module
 */
import type { PacketFilter } from "../../ffi/packet_socket.ts";
import type { Verdict } from "../target/request.ts";
import type { Target } from "../target/target.ts";
import type { ServedPort } from "./port.ts";

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
   * which not every engine serves ({@linkcode PreparedEngine.widens}).
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
}

/** The data path of one export. */
export interface Engine extends Disposable {
  /** Its name, as `--engine` takes it. */
  readonly name: string;
  /** Whether a signal ended a wait; whoever hears the signal takes it back. */
  interrupted: boolean;
  /**
   * Does one batch of work: serves frames until none comes for `timeoutMs`, or long enough.
   *
   * @returns the number of frames served
   */
  poll(timeoutMs: number): number;
}

/** Which interfaces an engine is to work on, and with which frames. */
export interface PortsOptions {
  /** Names of the interfaces, each once. */
  readonly names: readonly string[];
  /** Which frames to receive from the interface of that index. */
  readonly filter: (index: number) => PacketFilter;
  /** How many requests each of a few clients may have under way. */
  readonly bufferCount: number;
  /** How long to look for the next frame before waiting for it, in microseconds; 0: not at all. */
  readonly busyPollUs: number;
}

/** The open ports of an engine that does not run yet: there is no target without them. */
export interface PreparedEngine extends Disposable {
  /** One for each interface, in the order of the names. */
  readonly ports: readonly ServedPort[];
  /** Whether it serves a backing whose alignment is coarser than a sector. */
  readonly widens: boolean;
  /** What the machine lacks for a faster one, and what that costs, for people. */
  readonly missing: readonly string[];
  /** Makes the engine; it is to be disposed of before the ports. */
  start(served: Export): Engine;
}
