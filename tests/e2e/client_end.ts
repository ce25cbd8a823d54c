/**
 * A client's end of a wire that sends whatever frame a test makes, once, and hears what comes.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { FRAME_SIZE_MAX } from "../../lib/engine/arena.ts";
import { type Slot, Slots } from "../../lib/engine/slots.ts";
import { responseFilter } from "../../lib/wire/filter.ts";
import { ETHER_TYPE, type Frame } from "../../lib/wire/frame.ts";

/** One interface. */
export class ClientEnd implements Disposable {
  /** Its MAC. */
  readonly mac: number;
  readonly #socket: PacketSocket;
  readonly #slots = Slots.open(1);

  /** Opens the interface `name` in the present namespace. */
  constructor(name: string) {
    using query = InterfaceQuery.open();
    const { index = 0, mac = 0 } = query.ask(name) ?? {};
    this.mac = mac;
    this.#socket = PacketSocket.open({
      name,
      index,
      etherType: ETHER_TYPE,
      filter: responseFilter(index),
      receiveBufferSize: 2 ** 20,
    });
  }

  get #slot(): Slot {
    return this.#slots.at(0);
  }

  /** Sends a frame, with the tag where one is given. */
  send(bytes: Uint8Array, tag?: number): void {
    const { frame } = this.#slot.request;
    frame.bytes.set(bytes);
    if (tag !== undefined) frame.tag = tag;
    assertEquals(this.#socket.send(this.#slot.frame, bytes.length), 0);
  }

  /** What `look` sees in each of the replies that are there. */
  heard<T>(look: (frame: Frame) => T): T[] {
    const seen: T[] = [];
    while (this.#socket.receive(this.#slot.frame, FRAME_SIZE_MAX) > 0) {
      seen.push(look(this.#slot.request.frame));
    }
    return seen;
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#slots[Symbol.dispose]();
  }
}
