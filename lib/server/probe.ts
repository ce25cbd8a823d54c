/**
 * The question whether another target answers for the same address: two disks under one address
 * would be mixed into one by the clients. It is put for many addresses at once.
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
import { addressKey, ETHER_TYPE } from "../wire/frame.ts";
import { responseFilter } from "../wire/filter.ts";
import { BROADCAST_MAC } from "../wire/mac.ts";
import { configRequest } from "../wire/requests.ts";

/** How long answers are waited for after the last question. */
const PROBE_MS = 100;
/** Each question is put twice, should one frame get lost. */
const REPEAT_MS = 50;
/** How long one turn waits, so that our own queries are answered meanwhile. */
const TURN_MS = 2;
/** Questions between two turns: nobody who is served waits for the rest. */
const QUESTIONS_PER_TURN = 64;

/** Most frames looked at in one turn: a flood of other targets' answers must not hold us up. */
const ANSWERS_PER_TURN = 256;

/** What is asked about one address. */
export interface Question {
  /** Upper half of the address. */
  readonly shelf: number;
  /** Lower half of the address. */
  readonly slot: number;
  /** Tag of the question. */
  readonly tag: number;
}

/** What is looked for, and where. */
export interface ProbeOptions {
  /** The interface. */
  readonly port: PortAddress;
  /** The MACs that we have on other interfaces: on one segment they hear the question too. */
  readonly ownMacs: readonly number[];
  /** One for each address. */
  readonly questions: readonly Question[];
  /** Serves our own queries for at most this long. */
  readonly serve: (timeoutMs: number) => void;
}

/** The MAC of the target that answers, by question; or the questions were not put. */
export type ProbeOutcome = ReadonlyMap<Question, number> | "not asked";

/**
 * Asks on the interface and waits 100 ms. That nobody answered is only said where each question
 * left each time and the link was up to the end.
 */
export function findOtherTargets(options: ProbeOptions): ProbeOutcome {
  using stack = new DisposableStack();
  const { name } = options.port;
  const query = stack.use(InterfaceQuery.open());
  const state = query.ask(name);
  if (state === undefined || !state.up) return "not asked";
  const socket = openSocket(name, state.index);
  if (socket === undefined) return "not asked";
  stack.use(socket);
  const slot = stack.use(Slots.open(1)).at(0);
  const round = new Round(options, socket, slot);
  if (!round.run()) return "not asked";
  const after = query.ask(name);
  const isSame = after?.up === true && after.index === state.index;
  return isSame || round.found.size > 0 ? round.found : "not asked";
}

/** One round of questions on one interface. */
class Round {
  /** Who answered. */
  readonly found = new Map<Question, number>();
  readonly #options: ProbeOptions;
  readonly #socket: PacketSocket;
  readonly #slot: Slot;
  readonly #questions: ReadonlyMap<number, Question>;

  constructor(options: ProbeOptions, socket: PacketSocket, slot: Slot) {
    this.#options = options;
    this.#socket = socket;
    this.#slot = slot;
    this.#questions = new Map(
      options.questions.map((question) => [addressKey(question.shelf, question.slot), question]),
    );
  }

  /** Asks twice and waits. False where a question could not be sent. */
  run(): boolean {
    const { questions } = this.#options;
    let startMs = performance.now();
    for (let askedCount = 0;;) {
      const passedMs = performance.now() - startMs;
      if (passedMs >= PROBE_MS || this.found.size === questions.length) return true;
      if (passedMs >= askedCount * REPEAT_MS) {
        const beginMs = performance.now();
        if (!this.#askAll()) return false;
        // Many questions take their time, and the last one is to have its time for an answer.
        startMs += performance.now() - beginMs;
        askedCount++;
      }
      this.#turn();
    }
  }

  #turn(): void {
    this.#options.serve(TURN_MS);
    this.#readAnswers();
  }

  #askAll(): boolean {
    const { questions } = this.#options;
    for (const [index, question] of questions.entries()) {
      if (index > 0 && index % QUESTIONS_PER_TURN === 0) this.#turn();
      const size = this.#write(question);
      if (this.#socket.send(this.#slot.frame, size) < 0) return false;
    }
    return true;
  }

  /** Returns the size of the question in bytes. */
  #write({ shelf, slot, tag }: Question): number {
    const { port } = this.#options;
    const route = { source: port.mac, destination: BROADCAST_MAC, shelf, slot };
    const { frame } = this.#slot.request;
    const question = configRequest(route, ConfigCommand.READ);
    frame.bytes.set(question);
    frame.tag = tag;
    return question.length;
  }

  #readAnswers(): void {
    const { frame } = this.#slot.request;
    for (let turn = 0; turn < ANSWERS_PER_TURN; turn++) {
      const size = this.#socket.receive(this.#slot.frame, FRAME_SIZE_MAX);
      if (size <= 0) return;
      if (!frame.fits(size) || !frame.isResponse) continue;
      const question = this.#questions.get(frame.addressKey);
      const isOwn = this.#options.ownMacs.includes(frame.source);
      if (question !== undefined && frame.tag === question.tag && !isOwn) {
        this.found.set(question, frame.source);
      }
    }
  }
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
