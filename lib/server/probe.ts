/**
 * The question at start whether another target answers for the same address: two disks under one
 * address would be mixed into one by the clients.
 *
 * @module
 */
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { FRAME_SIZE_MAX, type Slot, Slots } from "../engine/slots.ts";
import type { PortAddress } from "../target/request.ts";
import { ConfigCommand } from "../wire/config.ts";
import { ETHER_TYPE } from "../wire/frame.ts";
import { responseFilter } from "../wire/filter.ts";
import { BROADCAST_MAC } from "../wire/mac.ts";
import { configRequest } from "../wire/requests.ts";

/** How long answers are waited for. */
const PROBE_MS = 100;
/** The question is put twice, should one frame get lost. */
const REPEAT_MS = 50;
/** How long one turn waits, so that our own queries are answered meanwhile. */
const TURN_MS = 2;

/** What is looked for, and where. */
export interface ProbeOptions {
  /** The interface. */
  readonly port: PortAddress;
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** Tag of the question. */
  readonly tag: number;
  /** Serves our own queries for at most this long. */
  readonly serve: (timeoutMs: number) => void;
}

/** Asks on the interface; returns the MAC of a target that answers, if one does within 100 ms. */
export function findOtherTarget(options: ProbeOptions): number | undefined {
  using stack = new DisposableStack();
  const query = stack.use(InterfaceQuery.open());
  const state = query.ask(options.port.name);
  if (state === undefined) return undefined;
  const socket = stack.use(PacketSocket.open({
    name: options.port.name,
    index: state.index,
    etherType: ETHER_TYPE,
    filter: responseFilter(),
    receiveBufferSize: 0,
  }));
  const slot = stack.use(Slots.open(1)).at(0);
  const startMs = performance.now();
  let askedCount = 0;
  for (;;) {
    const passedMs = performance.now() - startMs;
    if (passedMs >= PROBE_MS) return undefined;
    if (passedMs >= askedCount * REPEAT_MS) {
      askedCount++;
      socket.send(slot.frame, writeQuestion(slot, options));
    }
    options.serve(TURN_MS);
    const found = readAnswers(socket, slot, options);
    if (found !== undefined) return found;
  }
}

/** Returns the size of the question in bytes. */
function writeQuestion(slot: Slot, { port, shelf, slot: number, tag }: ProbeOptions): number {
  const route = { source: port.mac, destination: BROADCAST_MAC, shelf, slot: number };
  const question = configRequest(route, ConfigCommand.READ);
  slot.request.frame.bytes.set(question);
  slot.request.frame.tag = tag;
  return question.length;
}

function readAnswers(
  socket: PacketSocket,
  slot: Slot,
  { shelf, slot: number, tag }: ProbeOptions,
): number | undefined {
  const frame = slot.request.frame;
  for (;;) {
    const size = socket.receive(slot.frame, FRAME_SIZE_MAX);
    if (size <= 0) return undefined;
    const answers = frame.fits(size) && frame.isResponse && frame.tag === tag &&
      frame.shelf === shelf && frame.slot === number;
    if (answers) return frame.source;
  }
}
