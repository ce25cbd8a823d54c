/**
 * Ethernet frames in and out of one interface (packet(7)).
 *
 * Opening throws. Afterwards every errno is handed up as a negative number, because network trouble
 * ends no target.
 *
 * @module
 */
import {
  MSG_DONTWAIT,
  MSG_TRUNC,
  POLLFD,
  POLLIN,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
} from "./abi.ts";
import { libc, negativeErrno } from "./libc.ts";
import {
  bindPacketSocket,
  boundIndex,
  openPacketSocket,
  PacketCounter,
  type PacketOptions,
  type PacketStatistics,
  raiseBuffer,
  setTimeoutMs,
} from "./packet_common.ts";
import { attachFilter, type FilterInstruction, type PacketFilter } from "./packet_filter.ts";
import { sizeArgument } from "./size_argument.ts";

export type { FilterInstruction, PacketFilter, PacketStatistics };

/** How to open a {@linkcode PacketSocket}. */
export interface PacketSocketOptions extends PacketOptions {
  /** Bytes of kernel memory that waiting frames may take; never less than the kernel's default. */
  readonly receiveBufferSize: number;
}

/** Longest wait for room to send; a link that is stuck for longer loses the frame. */
const SEND_TIMEOUT_MS = 200;

/** A packet socket bound to one interface. */
export class PacketSocket implements Disposable {
  #fd: number;

  readonly #pollFd = new Uint8Array(POLLFD.SIZE);

  #waitMs = 0;

  readonly #counter = new PacketCounter();

  private constructor(fd: number) {
    this.#fd = fd;
    const view = new DataView(this.#pollFd.buffer);
    view.setInt32(POLLFD.FD, fd, true);
    view.setInt16(POLLFD.EVENTS, POLLIN, true);
  }

  /** Its descriptor, to wait for frames of several sockets at once; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Opens, filters, sizes and binds; throws {@linkcode SystemError} with the remedy. */
  static open(options: PacketSocketOptions): PacketSocket {
    const action = `Cannot open a packet socket on "${options.name}"`;
    const fd = openPacketSocket(action);
    try {
      attachFilter(fd, options.filter, action);
      setTimeoutMs(fd, SO_SNDTIMEO, SEND_TIMEOUT_MS, action);
      raiseBuffer(fd, SO_RCVBUF, SO_RCVBUFFORCE, options.receiveBufferSize);
      bindPacketSocket(fd, options.index, options.etherType, action);
      return new PacketSocket(fd);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /**
   * Takes the next frame; waits for it up to `waitMs`, which a signal ends (EINTR). The wait is the
   * socket's own (SO_RCVTIMEO): to wait in a second call would cost throughput.
   *
   * @returns its full size in bytes, which may be more than fit; or a negative errno
   */
  receive(pointer: Deno.PointerObject, size: number, waitMs = 0): number {
    if (waitMs > 0 && waitMs !== this.#waitMs) this.#setWait(waitMs);
    const flags = waitMs > 0 ? MSG_TRUNC : MSG_TRUNC | MSG_DONTWAIT;
    const count = libc().recvfrom(this.#fd, pointer, sizeArgument(size), flags, null, null);
    return count >= 0 ? count : negativeErrno();
  }

  #setWait(waitMs: number): void {
    setTimeoutMs(this.#fd, SO_RCVTIMEO, waitMs, "Cannot set how long a packet socket waits");
    this.#waitMs = waitMs;
  }

  /**
   * Sends a frame with its Ethernet header. Returns 0 or a negative errno; -EAGAIN: there was no
   * room in time, or none now where it may not wait.
   */
  send(pointer: Deno.PointerObject, size: number, mayWait = true): number {
    const flags = mayWait ? 0 : MSG_DONTWAIT;
    const count = libc().sendto(this.#fd, pointer, sizeArgument(size), flags, null, 0);
    return count >= 0 ? 0 : negativeErrno();
  }

  /** Waits up to `timeoutMs` for a frame on another thread, so that the event loop goes on. */
  async waitAsync(timeoutMs: number): Promise<void> {
    await libc().pollAsync(this.#pollFd, 1n, timeoutMs);
  }

  /** Lets waiting frames take `size` bytes of kernel memory, where that is more than now. */
  raiseReceiveBuffer(size: number): void {
    raiseBuffer(this.#fd, SO_RCVBUF, SO_RCVBUFFORCE, size);
  }

  /**
   * Lets other frames up from now on; throws {@linkcode SystemError}. A frame that both the old and
   * the new program let up is not lost, and what came before stays.
   */
  setFilter(filter: PacketFilter): void {
    attachFilter(this.#fd, filter, "Cannot set the filter of a packet socket");
  }

  /** Index of the interface that it is bound to; -1 for one that was removed. */
  boundIndex(): number {
    return boundIndex(this.#fd);
  }

  /** What was counted since it was opened, one object for all calls. */
  statistics(): PacketStatistics {
    return this.#counter.ask(this.#fd);
  }

  /** Closes it. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}

/** Sleeps without a timer of the runtime, for a data path in trouble. */
export function sleep(durationMs: number): void {
  libc().poll(null, 0n, durationMs);
}
