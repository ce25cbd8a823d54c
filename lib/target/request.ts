/**
 * A request on its way through the target: the frame in its slot of memory, what the target decided
 * about it, and what an engine has to do. One exists per slot, made at start-up and used again and
 * again.
 *
 * @module
 */
import { AtaFrame } from "../wire/ata.ts";
import { ConfigFrame } from "../wire/config.ts";
import { ETHER_HEADER_SIZE, Frame } from "../wire/frame.ts";
import { MaskFrame } from "../wire/mask.ts";
import { ReserveFrame } from "../wire/reserve.ts";

/**
 * What is to be done with a request:
 *
 * - `drop`: nothing; the slot is free.
 * - `reply`: send `replySize` bytes of the frame.
 * - `wait`: keep it; `Target.next()` returns it when it may go on.
 * - `read`: read `length` bytes at `offset` of the disk into the frame behind the ATA header.
 * - `verify`: read as much to nowhere.
 * - `write`: write `length` bytes from behind the ATA header to `offset`.
 * - `trim`: give the range back.
 * - `flush`: make durable all that was written before.
 * - `save`: store the target's pending state durably.
 *
 * All but the first three end with `Target.complete()`.
 */
export type Verdict =
  | "drop"
  | "reply"
  | "wait"
  | "read"
  | "verify"
  | "write"
  | "trim"
  | "flush"
  | "save";

/** The interface that a frame came by, as far as the target's rules need it. */
export interface PortAddress {
  /** Name for messages, such as `eth0`. */
  readonly name: string;
  /** Its own MAC. */
  readonly mac: number;
  /** Largest payload of a frame in bytes. */
  readonly mtu: number;
  /** Whether every station has the MAC 0, as on the loopback interface. */
  readonly loopback: boolean;
  /**
   * The tag of our own question while a target of the same address is looked for on it: nothing but
   * questions is answered then. Undefined once the target serves there.
   */
  readonly probeTag: number | undefined;
}

/** Before the first frame: no interface at all. */
const NO_PORT: PortAddress = { name: "", mac: 0, mtu: 0, loopback: false, probeTag: undefined };

/** A request and its slot. */
export class Request {
  /** Index of the slot. */
  readonly slot: number;
  /** The frame as any command. */
  readonly frame: Frame;
  /** The frame as command 0. */
  readonly ata: AtaFrame;
  /** The frame as command 1. */
  readonly config: ConfigFrame;
  /** The frame as command 2. */
  readonly mask: MaskFrame;
  /** The frame as command 3. */
  readonly reserve: ReserveFrame;

  /** Where it came in and its reply goes out. */
  port: PortAddress = NO_PORT;
  /** Size of the frame as received, in bytes. */
  size = 0;
  /** Who sent it; the frame itself forgets that when the reply is built. */
  source = 0;
  /** What is to be done now. */
  verdict: Verdict = "drop";
  /** Byte offset on the disk. */
  offset = 0;
  /** Size on the disk in bytes. */
  length = 0;
  /** The next range of a TRIM. */
  rangeIndex = 0;
  /** Size of the reply in bytes. */
  replySize = 0;

  /** Takes slot `slot`, whose memory is `view`. */
  constructor(slot: number, view: DataView) {
    this.slot = slot;
    this.frame = new Frame(view);
    this.ata = new AtaFrame(view);
    this.config = new ConfigFrame(view);
    this.mask = new MaskFrame(view);
    this.reserve = new ReserveFrame(view);
  }

  /** Whether a reply of `size` bytes can leave by the request's interface. */
  canSend(size: number): boolean {
    return size <= this.port.mtu + ETHER_HEADER_SIZE;
  }
}
