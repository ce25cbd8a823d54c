/**
 * The ports of the plain engine: the next frame of any of them, and a reply by one of them. With
 * one port the wait is in recvfrom itself, which is faster; with several it is in poll(2).
 *
 * @module
 */
import { EINTR } from "../../ffi/errno.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import { assert } from "../assert.ts";
import type { PortAddress } from "../target/request.ts";
import { type PlainPort, receive, send } from "./plain_port.ts";

/** After so many frames all ports are looked at again, should only some have had any. */
const FRAMES_PER_LOOK = 16;

/** The ports of one engine. */
export class PlainPorts {
  /** Where the last frame came from. */
  current: PlainPort;
  readonly #all: readonly PlainPort[];
  readonly #isOnly: boolean;
  readonly #set: PollSet;
  /** The port whose turn it is. */
  #turn = 0;
  #taken = 0;

  /** Works on `ports`, which stay the caller's. */
  constructor(ports: readonly PlainPort[]) {
    const [first] = ports;
    assert(first !== undefined, "an engine has a port");
    this.current = first;
    this.#all = ports;
    this.#isOnly = ports.length === 1;
    this.#set = new PollSet(ports.length);
  }

  /** Takes the next frame of any port into `pointer`; see {@linkcode receive} for the result. */
  receive(pointer: Deno.PointerObject, capacity: number, waitMs: number): number {
    if (this.#isOnly) return receive(this.current, pointer, capacity, waitMs);
    const size = this.#taken < FRAMES_PER_LOOK ? this.#receiveReady(pointer, capacity) : 0;
    if (size > 0) return size;
    // Those that were ready are not empty yet where only their share was taken: no wait then.
    const found = this.#look(waitMs);
    return found > 0 ? this.#receiveReady(pointer, capacity) : found;
  }

  /** Looks which ports have frames. Returns how many; -EINTR for a signal. */
  #look(waitMs: number): number {
    this.#taken = 0;
    for (let index = 0; index < this.#all.length; index++) {
      this.#set.watch(index, this.#all[index]?.channel?.fd ?? -1);
      this.#set.clear(index);
    }
    const found = this.#set.wait(waitMs);
    return found >= 0 || found === -EINTR ? found : 0;
  }

  /** One frame of each port that is ready, in turn; 0 where none is any more. */
  #receiveReady(pointer: Deno.PointerObject, capacity: number): number {
    const count = this.#all.length;
    for (let tried = 0; tried < count; tried++) {
      const index = this.#turn;
      this.#turn = index + 1 < count ? index + 1 : 0;
      const port = this.#all[index];
      if (port === undefined || !this.#set.isReady(index)) continue;
      const size = receive(port, pointer, capacity, 0);
      if (size > 0) {
        this.#taken++;
        this.current = port;
        return size;
      }
      this.#set.clear(index);
    }
    return 0;
  }

  /** Sends a frame by `port`, one of the engine's. */
  send(port: PortAddress, pointer: Deno.PointerObject, size: number): void {
    if (this.#isOnly) return send(this.current, pointer, size, true);
    for (let index = 0; index < this.#all.length; index++) {
      const own = this.#all[index];
      if (own === port) return send(own, pointer, size, false);
    }
    assert(false, `a reply wants to leave by "${port.name}", which is none of ours`);
  }
}
