/**
 * The question at start whether another target answers for the same address: two disks under one
 * address would be mixed into one by the clients.
 *
 * @module
 */
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { SystemError } from "../error.ts";
import { FRAME_SIZE_MAX } from "../engine/arena.ts";
import { type Slot, Slots } from "../engine/slots.ts";
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

/** Most frames looked at in one turn: a flood of other targets' answers must not hold us up. */
const ANSWERS_PER_TURN = 256;

/** What is looked for, and where. */
export interface ProbeOptions {
  /** The interface. */
  readonly port: PortAddress;
  /** The MACs that we have on other interfaces: on one segment they hear the question too. */
  readonly ownMacs: readonly number[];
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** Tag of the question. */
  readonly tag: number;
  /** Serves our own queries for at most this long. */
  readonly serve: (timeoutMs: number) => void;
}

/** What the question brought: the MAC of a target that answers, nobody, or it was not put. */
export type ProbeOutcome = number | "alone" | "not asked";

/**
 * Asks on the interface and waits 100 ms. "Alone" is only said where the question left each time
 * and the link was up to the end.
 */
export function findOtherTarget(options: ProbeOptions): ProbeOutcome {
  using stack = new DisposableStack();
  const { name } = options.port;
  const query = stack.use(InterfaceQuery.open());
  const state = query.ask(name);
  if (state === undefined || !state.up) return "not asked";
  const socket = openSocket(name, state.index);
  if (socket === undefined) return "not asked";
  stack.use(socket);
  const slot = stack.use(Slots.open(1)).at(0);
  const startMs = performance.now();
  for (let askedCount = 0;;) {
    const passedMs = performance.now() - startMs;
    if (passedMs >= PROBE_MS) break;
    if (passedMs >= askedCount * REPEAT_MS) {
      askedCount++;
      if (socket.send(slot.frame, writeQuestion(slot, options)) < 0) return "not asked";
    }
    options.serve(TURN_MS);
    const found = readAnswers(socket, slot, options);
    if (found !== undefined) return found;
  }
  const after = query.ask(name);
  return after?.up === true && after.index === state.index ? "alone" : "not asked";
}

/** Undefined where the interface has gone meanwhile. */
function openSocket(name: string, index: number): PacketSocket | undefined {
  try {
    return PacketSocket.open({
      name,
      index,
      etherType: ETHER_TYPE,
      filter: responseFilter(index),
      receiveBufferSize: 0,
    });
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
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
  { ownMacs, shelf, slot: number, tag }: ProbeOptions,
): number | undefined {
  const frame = slot.request.frame;
  for (let turn = 0; turn < ANSWERS_PER_TURN; turn++) {
    const size = socket.receive(slot.frame, FRAME_SIZE_MAX);
    if (size <= 0) return undefined;
    const answers = frame.fits(size) && frame.isResponse && frame.tag === tag &&
      frame.shelf === shelf && frame.slot === number && !ownMacs.includes(frame.source);
    if (answers) return frame.source;
  }
  return undefined;
}
