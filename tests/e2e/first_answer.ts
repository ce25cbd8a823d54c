/**
 * How long the compiled program takes from the start of its process to its first answers.
 *
 * @module
 */
import { assert } from "@std/assert";
import { Mapping } from "../../ffi/mapping.ts";
import { InterfaceQuery } from "../../ffi/net_interface.ts";
import { PacketSocket } from "../../ffi/packet_socket.ts";
import { Opcode } from "../../lib/ata/command.ts";
import { ConfigCommand } from "../../lib/wire/config.ts";
import { responseFilter } from "../../lib/wire/filter.ts";
import { ETHER_TYPE, FLAG_ERROR, Frame } from "../../lib/wire/frame.ts";
import { BROADCAST_MAC } from "../../lib/wire/mac.ts";
import { ataRequest, configRequest } from "../../lib/wire/requests.ts";
import { inNamespace, type Wire } from "./namespace.ts";

const PATIENCE_MS = 10_000;
const FRAME_SIZE_MAX = 16384;
const CHRT = ["chrt", "--fifo", "1"];

/** Runs a command before all other programs of the machine (sched(7)), where that may be. */
function urgently(words: readonly string[], options: Deno.CommandOptions = {}): Deno.Command {
  const prefix = mayHurry() ? CHRT : [];
  const [program = "", ...args] = [...prefix, ...words];
  return new Deno.Command(program, { ...options, args });
}

function mayHurry(): boolean {
  const [chrt = "", ...args] = CHRT;
  return new Deno.Command(chrt, { args: [...args, "true"], stderr: "null" }).outputSync().success;
}

/** From before the process exists until it has ended, in milliseconds. */
export async function timeOfVersion(program: string): Promise<number> {
  const hurried = urgently([program, "--version"]);
  const startMs = performance.now();
  const { success } = await hurried.output();
  assert(success);
  return performance.now() - startMs;
}

/** Asks on the initiator's interface, a frame at a time. */
class Asker implements Disposable {
  readonly mac: number;
  readonly #memory = Mapping.open(2 * FRAME_SIZE_MAX);
  readonly #socket: PacketSocket;
  readonly #reply = new Frame(new DataView(this.#memory.buffer, 0, FRAME_SIZE_MAX));
  readonly #question = new Frame(
    new DataView(this.#memory.buffer, FRAME_SIZE_MAX, FRAME_SIZE_MAX),
  );
  readonly #replyPointer = this.#memory.pointerAt(0);
  readonly #questionPointer = this.#memory.pointerAt(FRAME_SIZE_MAX);
  #tag = 1;

  constructor() {
    using query = InterfaceQuery.open();
    const { index, mac } = query.ask("eth0") ?? { index: 0, mac: 0 };
    this.mac = mac;
    const filter = responseFilter(index);
    const receiveBufferSize = 2 ** 20;
    this.#socket = PacketSocket.open({
      ...{ name: "eth0", index, etherType: ETHER_TYPE, filter, receiveBufferSize },
    });
  }

  /** Puts the question again and again until it is answered; returns the answer's frame. */
  ask(question: Uint8Array): Frame {
    this.#question.bytes.set(question);
    const endMs = performance.now() + PATIENCE_MS;
    while (performance.now() < endMs) {
      this.#question.tag = this.#tag++;
      this.#socket.send(this.#questionPointer, question.length);
      const size = this.#socket.receive(this.#replyPointer, FRAME_SIZE_MAX, 1);
      const answers = size > 0 && this.#reply.fits(size) && this.#reply.isResponse &&
        this.#reply.command === this.#question.command && (this.#reply.flags & FLAG_ERROR) === 0;
      if (answers) return this.#reply;
    }
    throw new Error("No answer came");
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}

/** From before the process exists until the first answers, in milliseconds. */
export async function timesToServe(program: string, wire: Wire, path: string) {
  using asker = inNamespace(wire.initiator, () => new Asker());
  const hurried = urgently([program, "0", "0", "eth0", path], {
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const startMs = performance.now();
  const process = inNamespace(wire.target, () => hurried.spawn());
  try {
    const route = { source: asker.mac, destination: BROADCAST_MAC, shelf: 0, slot: 0 };
    const destination = asker.ask(configRequest(route, ConfigCommand.READ)).source;
    const configMs = performance.now() - startMs;
    asker.ask(ataRequest({ ...route, destination }, { opcode: Opcode.READ_EXT, count: 2 }));
    return { configMs, readMs: performance.now() - startMs };
  } finally {
    process.kill("SIGTERM");
    await process.status;
  }
}
