/**
 * The ports of the plain engine: the next frame of any of them, and a reply by one of them. With
 * one port the wait is in recvfrom itself, which is faster; with several it is in poll(2).
 *
 * @module
 */
import { EINTR } from "../../ffi/errno.ts";
import { PollSet } from "../../ffi/poll_set.ts";
import type { PortAddress } from "../target/request.ts";
import { type PlainPort, receive, send } from "./plain_port.ts";

/** After so many frames all ports are looked at again, should only some have had any. */
const FRAMES_PER_LOOK = 16;

/** A descriptor that somebody else reads. */
interface Other {
  readonly fd: number;
  readonly note: () => void;
}

/** The ports of one engine. */
export class PlainPorts {
  /** Where the last frame came from. */
  current: PlainPort | undefined;
  /** Whether something that is no port was ready since it was last taken back. */
  isCalled = false;
  /** All of them. */
  readonly all: PlainPort[] = [];
  readonly #others: Other[] = [];
  #only: PlainPort | undefined;
  #set = new PollSet(0);
  /** The port whose turn it is. */
  #turn = 0;
  #taken = 0;

  /** Takes a port in, which stays the caller's. */
  add(port: PlainPort): void {
    this.all.push(port);
    this.#arrange();
  }

  /** Lets a port go. */
  remove(port: PlainPort): void {
    this.all.splice(this.all.indexOf(port), 1);
    if (this.current === port) this.current = undefined;
    this.#arrange();
  }

  /** Ends waits when there is something to read from `fd`; `note` is called and reads it all. */
  watch(fd: number, note: () => void): void {
    this.#others.push({ fd, note });
    this.#arrange();
  }

  #arrange(): void {
    this.#only = this.all.length === 1 && this.#others.length === 0 ? this.all[0] : undefined;
    this.#set = new PollSet(this.all.length + this.#others.length);
    this.#others.forEach(({ fd }, index) => this.#set.watch(this.all.length + index, fd));
    this.#turn = 0;
  }

  /** Takes the next frame of any port into `pointer`; see {@linkcode receive} for the result. */
  receive(pointer: Deno.PointerObject, capacity: number, waitMs: number): number {
    if (this.#only !== undefined) {
      this.current = this.#only;
      return receive(this.#only, pointer, capacity, waitMs);
    }
    const size = this.#taken < FRAMES_PER_LOOK ? this.#receiveReady(pointer, capacity) : 0;
    if (size > 0) return size;
    // Those that were ready are not empty yet where only their share was taken: no wait then.
    const found = this.#look(waitMs);
    return found > 0 ? this.#receiveReady(pointer, capacity) : found;
  }

  /** Looks which ports have frames. Returns how many; -EINTR for a signal. */
  #look(waitMs: number): number {
    this.#taken = 0;
    for (let index = 0; index < this.all.length; index++) {
      this.#set.watch(index, this.all[index]?.channel?.fd ?? -1);
      this.#set.clear(index);
    }
    const found = this.#set.wait(waitMs);
    if (found > 0) this.#callOthers();
    return found >= 0 || found === -EINTR ? found : 0;
  }

  #callOthers(): void {
    for (let index = 0; index < this.#others.length; index++) {
      if (!this.#set.isReady(this.all.length + index)) continue;
      this.isCalled = true;
      this.#others[index]?.note();
    }
  }

  /** One frame of each port that is ready, in turn; 0 where none is any more. */
  #receiveReady(pointer: Deno.PointerObject, capacity: number): number {
    const count = this.all.length;
    for (let tried = 0; tried < count; tried++) {
      const index = this.#turn;
      this.#turn = index + 1 < count ? index + 1 : 0;
      const port = this.all[index];
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

  /** Sends a frame by `port`, if it is still the engine's. */
  send(port: PortAddress, pointer: Deno.PointerObject, size: number): void {
    for (let index = 0; index < this.all.length; index++) {
      const own = this.all[index];
      if (own === port) return send(own, pointer, size, this.all.length === 1);
    }
  }
}
