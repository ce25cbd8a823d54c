/**
 * A raw station on the wire: sends any frame, from any MAC, and hears whatever the target sends.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { numberAt } from "../replies.ts";

const ETHER_TYPE = 0x88a2;
const FRAME_SIZE_MAX = 9216;
const RECEIVE_BUFFER_SIZE = 2 ** 20;
const RESPONSE = 0x08;
/** Frames to other MACs too: replies go to every source that the script makes up. */
const ALL_FRAMES = [[0x06, 0, 0, 0x40000]] as const;
/** Longest wait in the kernel before it is looked whether the target still runs. */
const WAIT_MS = 20;
/** Long enough for a busy machine: nothing but a target that hangs gets there. */
const PATIENCE_MS = 30_000;

/** The station; open it inside its namespace. */
export class Station implements Disposable {
  readonly #socket: PacketSocket;
  readonly #memory: Mapping;
  readonly #received: Uint8Array;
  readonly #sent: Uint8Array;
  readonly #receivePointer: Deno.PointerObject;
  readonly #sendPointer: Deno.PointerObject;

  /** Opens one on the interface `name`. */
  constructor(name: string) {
    using stack = new DisposableStack();
    const index = stack.use(InterfaceQuery.open()).ask(name)?.index;
    if (index === undefined) throw new Error(`There is no interface "${name}"`);
    const filter = ALL_FRAMES;
    const options = { name, index, etherType: ETHER_TYPE, filter };
    this.#socket = PacketSocket.open({ ...options, receiveBufferSize: RECEIVE_BUFFER_SIZE });
    this.#memory = Mapping.open(2 * FRAME_SIZE_MAX);
    this.#received = new Uint8Array(this.#memory.buffer, 0, FRAME_SIZE_MAX);
    this.#sent = new Uint8Array(this.#memory.buffer, FRAME_SIZE_MAX, FRAME_SIZE_MAX);
    this.#receivePointer = this.#memory.pointerAt(0);
    this.#sendPointer = this.#memory.pointerAt(FRAME_SIZE_MAX);
  }

  /** Sends a frame. */
  send(frame: Uint8Array): void {
    this.#sent.set(frame);
    const result = this.#socket.send(this.#sendPointer, frame.length);
    if (result < 0) throw new Error(`Cannot send ${frame.length} bytes: errno ${-result}`);
  }

  /**
   * Sends a question that is always answered. A target answers in the order of the wire, so what
   * has not come when the answer is there never comes: silence needs no waiting time.
   *
   * @returns all that came before the answer; undefined where the target ended without one
   */
  async ask(question: Uint8Array, runs: () => boolean): Promise<Uint8Array[] | undefined> {
    const tag = numberAt(question, 20, 4);
    const heard: Uint8Array[] = [];
    const endMs = performance.now() + PATIENCE_MS;
    this.send(question);
    for (;;) {
      const isRunning = runs(); // first, so that its last words are heard
      for (let frame = this.#receive(); frame !== undefined; frame = this.#receive()) {
        if (isResponse(frame) && numberAt(frame, 20, 4) === tag) return heard;
        if (isResponse(frame)) heard.push(frame);
      }
      if (!isRunning) return undefined;
      if (performance.now() > endMs) {
        throw new Error("The target runs but does not answer: does its mask have who asks?");
      }
      await this.#socket.waitAsync(WAIT_MS);
    }
  }

  #receive(): Uint8Array | undefined {
    const size = this.#socket.receive(this.#receivePointer, FRAME_SIZE_MAX);
    return size <= 0 ? undefined : this.#received.slice(0, size);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** Targets ask too: whether they are alone. */
function isResponse(frame: Uint8Array): boolean {
  return frame.length >= 24 && (numberAt(frame, 14, 1) & RESPONSE) !== 0;
}
