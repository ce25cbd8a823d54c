/**
 * A target whose disk is an array and whose engine is a function call: what lib/engine/plain.ts
 * does, without a kernel. Every slot lies between guard bytes and is full of 0xA5 before a frame
 * comes, so that a byte that a reply forgot to write shows.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type AccessRules, NO_RULES } from "../lib/target/access.ts";
import { FrameViews, type PortAddress, Request, type Verdict } from "../lib/target/request.ts";
import type { TargetState } from "../lib/target/settings.ts";
import { Target, type TargetOptions } from "../lib/target/target.ts";
import { SHELF, SLOT, TARGET_MAC } from "./frames.ts";

/** What is in memory that nobody wrote. */
export const STALE = 0xa5;
const GUARD = 0x5c;
const GUARD_SIZE = 256;
/** More sectors than this are only counted, not held. */
const HELD_SECTORS_MAX = 4096;
/** Made once: a test makes hundreds of disks. */
const NEW_DISK = new Uint8Array((HELD_SECTORS_MAX + 64) * 512);
for (let at = 0; at < NEW_DISK.length; at++) NEW_DISK[at] = diskByte(at);

/** What can be done to the backing. */
export type Kind = "read" | "verify" | "write" | "trim" | "flush" | "save";

/** How to make a {@linkcode FakeExport}. */
export interface FakeOptions {
  sectors?: number;
  mtu?: number;
  mac?: number;
  loopback?: boolean;
  /** Tag of the target's own question on its interface. */
  probeTag?: number;
  readOnly?: boolean;
  durable?: boolean;
  trim?: "none" | "undefined" | "zeros";
  /** First byte of the export on the disk. */
  offset?: number;
  bufferCount?: number;
  config?: string | Uint8Array;
  masks?: readonly number[];
  reservations?: readonly number[];
  /** Whom the configuration lets in. */
  access?: Partial<AccessRules>;
  undecided?: boolean;
  /** Interfaces that advertisements go out by; without it the one that frames come in by. */
  ports?: readonly PortAddress[];
  shelf?: number;
  slot?: number;
  /** Number of slots that frames arrive in, 4 without it; one more is lent to advertisements. */
  slots?: number;
  alignment?: number;
  inFlightMax?: number;
  /** Makes the target, for a planted fault. */
  makeTarget?: (options: TargetOptions) => Target;
}

/** A frame that left without being asked for just now. */
export interface Sent {
  port: PortAddress;
  frame: Uint8Array;
}

interface GuardedSlot {
  memory: Uint8Array<ArrayBuffer>;
  request: Request;
}

/** An interface. */
export function fakePort(options: FakeOptions = {}, name = "eth0"): PortAddress {
  const { mac = TARGET_MAC, mtu = 1500, loopback = false } = options;
  return { name, mac, mtu, loopback };
}

/** One export and all that happened to it. */
export class FakeExport {
  readonly target: Target;
  readonly port: PortAddress;
  /** All of the backing, also what lies before the export. */
  readonly disk: Uint8Array<ArrayBuffer>;
  /** What was done to the backing, such as "write 512+1024" or "flush". */
  operations: string[] = [];
  /** The positive errno that an operation fails with. */
  readonly failures: Map<Kind, number> = new Map();
  /** What was stored last. */
  stored: TargetState | undefined;
  /** What left unasked. */
  unasked: Sent[] = [];

  readonly #slots: GuardedSlot[];
  readonly #slotSize: number;

  constructor(options: FakeOptions = {}) {
    const { sectors = 2048, offset = 0, config = "" } = options;
    this.port = fakePort(options);
    const held = Math.min(sectors, HELD_SECTORS_MAX) * 512 + offset;
    assert(held <= NEW_DISK.length, `no test needs a disk of ${held} bytes`);
    this.disk = NEW_DISK.slice(0, held);
    this.#slotSize = Math.max(this.port.mtu + 14, 9216);
    const { slots = 4, makeTarget = (made: TargetOptions) => new Target(made) } = options;
    this.#slots = Array.from({ length: slots + 1 }, (_, index) => this.#makeSlot(index));
    const text = typeof config === "string" ? new TextEncoder().encode(config) : config;
    const { masks = [], reservations = [] } = options;
    this.target = makeTarget({
      shelf: options.shelf ?? SHELF,
      slot: options.slot ?? SLOT,
      sectors,
      disk: {
        identity: {
          serial: "258.3:host",
          firmware: "1.2",
          model: "dblade",
          physicalSize: 512,
          physicalOffset: 0,
        },
        offset,
        readOnly: options.readOnly ?? false,
        durable: options.durable ?? false,
        ...(options.alignment === undefined ? {} : { alignment: options.alignment }),
      },
      facts: { bufferCount: options.bufferCount ?? 16, firmwareVersion: 0x4012 },
      state: { config: Uint8Array.from(text), masks, reservations },
      access: { ...NO_RULES, ...options.access },
      undecided: options.undecided ?? false,
      ports: options.ports ?? [this.port],
      ...(options.inFlightMax === undefined ? {} : { inFlightMax: options.inFlightMax }),
    });
    this.target.disk.trim = options.trim ?? "zeros";
    this.target.probe(this.port, options.probeTag);
  }

  /** Serves one frame from start to end. Returns the reply. */
  exchange(frame: Uint8Array, port = this.port): Uint8Array<ArrayBuffer> | null {
    return this.exchangeIn(0, frame, port);
  }

  /** The same in slot `index`, while other slots hold requests that still run. */
  exchangeIn(
    index: number,
    frame: Uint8Array,
    port = this.port,
  ): Uint8Array<ArrayBuffer> | null {
    const request = this.arrive(frame, index, port);
    const verdict = this.finish(request);
    assert(
      verdict === "reply" || verdict === "drop",
      `nothing else runs, but it has to ${verdict}`,
    );
    const reply = verdict === "reply" ? this.replyIn(request) : null;
    if (verdict === "reply") this.unasked.push(...this.send(request).slice(1));
    this.sendUnasked();
    this.checkGuards();
    return reply;
  }

  /** A frame comes in: puts it into slot `index` and asks the target. */
  arrive(frame: Uint8Array, index: number, port = this.port): Request {
    const { memory, request } = this.#slotAt(index);
    assert(frame.length <= this.#slotSize, `no slot holds a frame of ${frame.length} bytes`);
    memory.fill(STALE, GUARD_SIZE, GUARD_SIZE + this.#slotSize);
    memory.set(frame, GUARD_SIZE);
    request.port = port;
    request.size = frame.length;
    request.verdict = this.handle(request);
    return request;
  }

  /** Carries out what the target wants until there is nothing left to do now. */
  finish(request: Request): Verdict {
    let verdict = request.verdict;
    while (verdict !== "reply" && verdict !== "drop" && verdict !== "wait") {
      verdict = this.step(request);
    }
    return verdict;
  }

  /** Carries one verdict out. Returns the next one. */
  step(request: Request): Verdict {
    return this.complete(request, this.act(request, request.verdict));
  }

  /** Takes the request's frame to other memory; what was its place is stale. */
  move(request: Request): void {
    const slot = this.#slotAt(request.slot);
    const { memory } = slot;
    slot.memory = memory.slice();
    request.lieIn(this.#viewsOf(slot.memory));
    memory.fill(STALE);
  }

  /** Takes what the target has to say by itself. */
  sendUnasked(): void {
    for (;;) {
      const request = this.next();
      if (request === null) return;
      if (this.finish(request) === "reply") this.unasked.push(...this.send(request));
    }
  }

  /** What the target wants done though no frame came. */
  next(): Request | null {
    const { memory, request } = this.#slotAt(this.#slots.length - 1);
    memory.fill(STALE, GUARD_SIZE, GUARD_SIZE + this.#slotSize);
    return this.target.next(request);
  }

  /** Sends the reply in the request's slot to all who asked for it; what left. */
  send(request: Request): Sent[] {
    const left: Sent[] = [];
    do left.push({ port: request.port, frame: this.replyIn(request) }); while (
      this.target.sent(request) === "reply"
    );
    return left;
  }

  /** The request of slot `index`. */
  requestIn(index: number): Request {
    return this.#slotAt(index).request;
  }

  /** A copy of the reply in the request's slot. */
  replyIn(request: Request): Uint8Array<ArrayBuffer> {
    const { memory } = this.#slotAt(request.slot);
    assert(request.replySize <= this.#slotSize, `the slot holds no ${request.replySize} bytes`);
    return memory.slice(GUARD_SIZE, GUARD_SIZE + request.replySize);
  }

  /** Fails where a byte beside a slot was written. */
  checkGuards(): void {
    for (const { memory, request } of this.#slots) {
      const end = memory.length - GUARD_SIZE;
      for (let at = 0; at < GUARD_SIZE; at++) {
        if (memory[at] === GUARD && memory[end + at] === GUARD) continue;
        assert(false, `a byte beside slot ${request.slot} was written, ${at} bytes into a guard`);
      }
    }
  }

  /** Where a test plants a fault before or behind the target. */
  protected handle(request: Request): Verdict {
    return this.target.handle(request);
  }

  /** Where a test plants a fault before or behind the target. */
  protected complete(request: Request, result: number): Verdict {
    return this.target.complete(request, result);
  }

  /** What an engine does. Returns 0 or a negative errno. */
  protected act(request: Request, verdict: Verdict): number {
    const { offset, length } = request;
    // The loop in finish() ends before the other three, so the assertion of the type holds.
    const kind = verdict as Kind;
    const hasRange = kind !== "flush" && kind !== "save";
    this.operations.push(hasRange ? `${kind} ${offset}+${length}` : kind);
    const errno = this.failures.get(kind);
    if (errno !== undefined) return -errno;
    if (kind === "save") this.stored = this.target.settings.pending;
    if (hasRange && offset + length <= this.disk.length) this.#move(request, kind);
    return 0;
  }

  #move(request: Request, kind: Kind): void {
    const { offset, length } = request;
    const { memory } = this.#slotAt(request.slot);
    const data = GUARD_SIZE + 36;
    if (kind === "read") memory.set(this.disk.subarray(offset, offset + length), data);
    if (kind === "write") this.disk.set(memory.subarray(data, data + length), offset);
    if (kind === "trim") this.disk.fill(0, offset, offset + length);
  }

  #makeSlot(index: number): GuardedSlot {
    const memory = new Uint8Array(this.#slotSize + 2 * GUARD_SIZE).fill(GUARD);
    return { memory, request: new Request(index, this.#viewsOf(memory)) };
  }

  #viewsOf(memory: Uint8Array<ArrayBuffer>): FrameViews {
    return new FrameViews(new DataView(memory.buffer, GUARD_SIZE, this.#slotSize));
  }

  #slotAt(index: number): GuardedSlot {
    const slot = this.#slots[index];
    assert(slot !== undefined, `there is no slot ${index}`);
    return slot;
  }
}

/** Byte `at` of a new disk: each sector differs from the ones beside it, and none is STALE. */
export function diskByte(at: number): number {
  return (Math.floor(at / 512) * 7 + at) % 0x83;
}
