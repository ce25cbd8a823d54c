/**
 * The plain engine: recvfrom, then pread or pwrite, then sendto, one frame at a time, on any Linux.
 * Requests end in the order in which they came, which is all that the order rules ask for.
 *
 * @module
 */
import { EINTR } from "../../ffi/errno.ts";
import { assert } from "../assert.ts";
import type { Verdict } from "../target/request.ts";
import type { Engine, Export, PortsOptions, PreparedEngine } from "./engine.ts";
import { openPlainPort, type PlainPort } from "./plain_port.ts";
import { PlainPorts } from "./plain_ports.ts";
import { FRAME_SIZE_MAX } from "./arena.ts";
import { type Slot, Slots } from "./slots.ts";

/** Frames are received into these in turn. */
const SLOT_COUNT = 16;
/** Most frames of one batch. */
const BATCH = 64;
/** Longest time of one, so that a signal is heard soon, however slow the disk is. */
const BATCH_MS = 10;

/** Serves one export on all its interfaces. */
export class PlainEngine implements Engine {
  /** As `--engine` takes it. */
  readonly name = "plain";
  /** See {@linkcode Engine}. */
  interrupted = false;
  readonly #export: Export;
  readonly #ports: PlainPorts;
  readonly #slots: Slots;
  /** A slot that no frame is received into, for what the target sends by itself. */
  readonly #spare: Slot;
  #head = 0;

  /** Opens the ports; throws {@linkcode SystemError} where there is none to be had. */
  static prepare(options: PortsOptions): PreparedEngine {
    using stack = new DisposableStack();
    const ports = options.names.map((name) => stack.use(openPlainPort(name, options)));
    const opened = stack.move();
    return {
      ports,
      missing: [],
      widens: false,
      start: (served) => new PlainEngine(served, ports),
      [Symbol.dispose]: () => opened.dispose(),
    };
  }

  /** Makes the slots; the ports and the export stay the caller's. */
  constructor(served: Export, ports: readonly PlainPort[]) {
    this.#export = served;
    this.#ports = new PlainPorts(ports);
    this.#slots = Slots.open(SLOT_COUNT + 1);
    this.#spare = this.#slots.at(SLOT_COUNT);
  }

  /** Does one batch of work; see {@linkcode Engine}. */
  poll(timeoutMs: number): number {
    this.#serveUnasked();
    const endMs = performance.now() + BATCH_MS;
    let count = 0;
    while (count < BATCH && this.#serveNext(timeoutMs)) {
      count++;
      if (performance.now() >= endMs) break;
    }
    return count;
  }

  /** Serves the next frame; false where none comes in time. */
  #serveNext(waitMs: number): boolean {
    const slot = this.#slots.at(this.#head);
    const request = slot.request;
    const size = this.#ports.receive(slot.frame, FRAME_SIZE_MAX, waitMs);
    if (size === -EINTR) this.interrupted = true;
    if (size <= 0) return false;
    this.#head = (this.#head + 1) % SLOT_COUNT;
    request.port = this.#ports.current;
    request.size = size;
    this.#export.target.handle(request);
    this.#carryOut(slot);
    this.#serveUnasked();
    return true;
  }

  #serveUnasked(): void {
    for (;;) {
      const request = this.#export.target.next(this.#spare.request);
      if (request === null) return;
      this.#carryOut(this.#slots.at(request.slot));
    }
  }

  /** Does all that the target wants done with a request, and sends its reply. */
  #carryOut(slot: Slot): void {
    const target = this.#export.target;
    const request = slot.request;
    let verdict = request.verdict;
    while (verdict !== "reply" && verdict !== "drop") {
      verdict = target.complete(request, this.#act(slot, verdict));
    }
    while (verdict === "reply") {
      this.#ports.send(request.port, slot.frame, request.replySize);
      verdict = target.sent(request);
    }
  }

  /** Carries a verdict out. Returns 0 or a negative errno. */
  #act(slot: Slot, verdict: Verdict): number {
    const backing = this.#export.backing;
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

  /** Gives the slots back. */
  [Symbol.dispose](): void {
    this.#slots[Symbol.dispose]();
  }
}
