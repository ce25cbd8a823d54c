/**
 * What a link sends, seen from the other end of its wire: nothing of what was cancelled, nothing
 * when it is closed.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { Mapping } from "../../ffi/mapping.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { Opcode } from "../../lib/ata/command.ts";
import { type Exchange, frameOf } from "../../lib/client/exchange.ts";
import { Flow } from "../../lib/client/flow.ts";
import { Initiator } from "../../lib/client/initiator.ts";
import { TimeoutError } from "../../lib/error.ts";
import { requestFilter } from "../../lib/wire/filter.ts";
import { ETHER_TYPE } from "../../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../../lib/wire/mac.ts";
import { ataRequest } from "../../lib/wire/requests.ts";
import { inNamespace, Wire } from "./namespace.ts";
import { e2e } from "./requires.ts";

const ROUTE = { source: 1, destination: BROADCAST_MAC, shelf: 0, slot: 0 };
const FRAME_SIZE_MAX = 2048;
/** Nothing is sent twice, and patience is over soon. */
const HASTY = { waitMs: 5000, waitMaxMs: 5000, patienceMs: 100 };

/** Counts the frames that come to the other end of the wire. */
class Listener implements Disposable {
  readonly #memory = Mapping.open(FRAME_SIZE_MAX);
  readonly #socket: PacketSocket;

  constructor() {
    using query = InterfaceQuery.open();
    const { index = 0 } = query.ask("eth0") ?? {};
    const place = { name: "eth0", index, etherType: ETHER_TYPE };
    const filter = requestFilter([ROUTE], index);
    this.#socket = PacketSocket.open({ ...place, filter, receiveBufferSize: 2 ** 20 });
  }

  /** How many are there. */
  heard(): number {
    let count = 0;
    while (this.#socket.receive(this.#memory.pointerAt(0), FRAME_SIZE_MAX) > 0) count++;
    return count;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** A write, and what becomes of it. */
function newExchange(failed: () => void = () => {}): Exchange {
  const bytes = ataRequest(ROUTE, {
    opcode: Opcode.WRITE_EXT,
    count: 1,
    data: new Uint8Array(512),
  });
  return { request: frameOf(bytes), replied: () => {}, failed };
}

e2e("a link sends nothing of what is cancelled, though it waited for room", [], async () => {
  await using wire = await Wire.open();
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", HASTY));
  const { link } = initiator;
  const flow = new Flow(1);
  const exchanges = [newExchange(), newExchange(), newExchange()];
  using listener = inNamespace(wire.target, () => new Listener());
  for (const exchange of exchanges) link.start(exchange, flow);
  link.cancel(new Set(exchanges), flow);
  assertEquals([flow.inFlight, flow.waiting.length], [0, 0]);
  assertEquals(listener.heard(), 1);
});

e2e("a link sends nothing of what is cancelled because of a failure", [], async () => {
  await using wire = await Wire.open();
  using initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", HASTY));
  const { link } = initiator;
  const flow = new Flow(1);
  const { promise, resolve } = Promise.withResolvers<void>();
  const second = newExchange();
  const first = newExchange(() => {
    link.cancel(new Set([second]), flow);
    resolve();
  });
  using listener = inNamespace(wire.target, () => new Listener());
  for (const exchange of [first, second]) link.start(exchange, flow);
  await promise;
  assertEquals([flow.inFlight, flow.waiting.length], [0, 0]);
  assertEquals(listener.heard(), 1);
});

e2e("a link that is closed refuses what it is asked", [], async () => {
  await using wire = await Wire.open();
  const initiator = inNamespace(wire.initiator, () => Initiator.open("eth0", HASTY));
  initiator[Symbol.dispose]();
  const ask = () => initiator.link.request(newExchange().request.bytes);
  await assertRejects(ask, TimeoutError, "was closed");
  assertEquals(await initiator.discover(10), []);
});
