/**
 * One interface as an initiator sees it: requests go out and responses come in, through two buffers
 * that hold the largest frame there is.
 *
 * @module
 */
import { Mapping } from "../../ffi/mapping.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { AtaFrame } from "../wire/ata.ts";
import { responseFilter } from "../wire/filter.ts";
import { ETHER_HEADER_SIZE, ETHER_TYPE, HEADER_SIZE } from "../wire/frame.ts";
import { askInterface } from "./interfaces.ts";

/** Sizes of the two buffers, for the largest MTU there is. */
const BUFFER_SIZE = 65536 + ETHER_HEADER_SIZE;

/** An open interface. */
export class ResponseSocket implements Disposable {
  /** Its name. */
  readonly name: string;
  /** Own MAC. */
  readonly mac: number;
  /** Largest payload of a frame in bytes. */
  readonly mtu: number;
  /** The frame that was received last, seen as that of an ATA command, whatever it is. */
  readonly received: AtaFrame;

  readonly #socket: PacketSocket;
  readonly #memory: Mapping;
  readonly #sendBytes: Uint8Array;
  readonly #receivePointer: Deno.PointerObject;
  readonly #sendPointer: Deno.PointerObject;

  private constructor(
    socket: PacketSocket,
    memory: Mapping,
    address: { name: string; mac: number; mtu: number },
  ) {
    this.#socket = socket;
    this.#memory = memory;
    this.name = address.name;
    this.mac = address.mac;
    this.mtu = address.mtu;
    this.received = new AtaFrame(new DataView(memory.buffer, 0, BUFFER_SIZE));
    this.#sendBytes = new Uint8Array(memory.buffer, BUFFER_SIZE, BUFFER_SIZE);
    this.#receivePointer = memory.pointerAt(0);
    this.#sendPointer = memory.pointerAt(BUFFER_SIZE);
  }

  /**
   * Opens the interface `name`; replies that wait may take `receiveBufferSize` bytes of kernel
   * memory. Throws SystemError; needs CAP_NET_RAW.
   */
  static open(name: string, receiveBufferSize: number): ResponseSocket {
    const { index, mac, mtu } = askInterface(name);
    using stack = new DisposableStack();
    const memory = stack.use(Mapping.open(2 * BUFFER_SIZE));
    const socket = stack.use(PacketSocket.open({
      name,
      index,
      etherType: ETHER_TYPE,
      filter: responseFilter(index),
      receiveBufferSize,
    }));
    stack.move();
    return new ResponseSocket(socket, memory, { name, mac, mtu });
  }

  /**
   * Takes the next frame into {@linkcode received}, waiting up to `waitMs` in the kernel.
   *
   * @returns its size in bytes, 0 for one that is no frame of AoE, or a negative errno
   */
  receive(waitMs: number = 0): number {
    const size = this.#socket.receive(this.#receivePointer, BUFFER_SIZE, waitMs);
    if (size < 0) return size;
    return size >= HEADER_SIZE && size <= BUFFER_SIZE ? size : 0;
  }

  /** Sends a frame; returns 0 or a negative errno. */
  send(frame: Uint8Array): number {
    this.#sendBytes.set(frame);
    return this.#socket.send(this.#sendPointer, frame.length);
  }

  /** Waits up to `timeoutMs` for a frame on another thread, so that the event loop goes on. */
  waitAsync(timeoutMs: number): Promise<void> {
    return this.#socket.waitAsync(timeoutMs);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}
