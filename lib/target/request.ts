/**
 * A request on its way through the target: where its frame lies, what the target decided about it,
 * and what an engine has to do. An engine makes as many as it serves at once, at start-up, and uses
 * them again and again.
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
 * - `drop`: nothing; the request is free.
 * - `reply`: send `replySize` bytes of the frame by `port`, then ask `Target.sent()`.
 * - `wait`: keep it and its frame; `Target.next()` returns it when it may go on.
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

/** What a request is counted as; `own`: nobody asked, an advertisement lies in the frame. */
export type RequestKind = "read" | "write" | "flush" | "trim" | "other" | "own";

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
}

/** Before the first frame: no interface at all. */
const NO_PORT: PortAddress = { name: "", mac: 0, mtu: 0, loopback: false };

/** The memory of one frame, with a view for each frame format: made once, used for many frames. */
export class FrameViews {
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

  /** Looks at the memory of `view`, of at least `FRAME_SIZE_MIN` bytes. */
  constructor(view: DataView) {
    this.frame = new Frame(view);
    this.ata = new AtaFrame(view);
    this.config = new ConfigFrame(view);
    this.mask = new MaskFrame(view);
    this.reserve = new ReserveFrame(view);
  }
}

/** A request. It stays the same while its frame moves from memory to memory. */
export class Request {
  /** Index of the request in its engine's table; no place in memory. */
  readonly slot: number;
  /** The frame as any command. */
  frame: Frame;
  /** The frame as command 0. */
  ata: AtaFrame;
  /** The frame as command 1. */
  config: ConfigFrame;
  /** The frame as command 2. */
  mask: MaskFrame;
  /** The frame as command 3. */
  reserve: ReserveFrame;

  /** Where it came in and its reply goes out. */
  port: PortAddress = NO_PORT;
  /** Size of the frame as received, in bytes. */
  size = 0;
  /** Who sent it; the frame itself forgets that when the reply is built. */
  source = 0;
  /** What it is counted as. */
  kind: RequestKind = "other";
  /** When its engine says that it came, in ms of any clock. */
  arrivedMs = 0;
  /** What is to be done now. */
  verdict: Verdict = "drop";
  /** Byte offset on the disk. */
  offset = 0;
  /** Size on the disk in bytes. */
  length = 0;
  /** The next range of a TRIM. */
  rangeIndex = 0;
  /** First byte on the disk that the order rules take it to touch. */
  begin = 0;
  /** First byte behind those. */
  end = 0;
  /** Its entry in the table of the order rules; -1: none. */
  entry: number = -1;
  /** Size of the reply in bytes. */
  replySize = 0;

  /** Request `slot` of its engine; its frame lies in `views`. */
  constructor(slot: number, views: FrameViews) {
    this.slot = slot;
    this.frame = views.frame;
    this.ata = views.ata;
    this.config = views.config;
    this.mask = views.mask;
    this.reserve = views.reserve;
  }

  /** Its frame lies in `views` from now on: it was copied there, or will be received there. */
  lieIn(views: FrameViews): void {
    this.frame = views.frame;
    this.ata = views.ata;
    this.config = views.config;
    this.mask = views.mask;
    this.reserve = views.reserve;
  }

  /** Whether others asked for its reply too: `Target.sent()` turns the frame into one for them. */
  get isShared(): boolean {
    return this.entry >= 0;
  }

  /** Whether a reply of `size` bytes can leave by the request's interface. */
  canSend(size: number): boolean {
    return size <= this.port.mtu + ETHER_HEADER_SIZE;
  }
}
