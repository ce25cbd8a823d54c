/**
 * Ethernet frames in and out of one interface (packet(7)).
 *
 * Opening throws. Afterwards every errno is handed up as a negative number, because network trouble
 * ends no target.
 *
 * @module
 */
import {
  AF_PACKET,
  MSG_DONTWAIT,
  MSG_TRUNC,
  PACKET_STATISTICS,
  POLLFD,
  POLLIN,
  SO_ATTACH_FILTER,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RCVTIMEO,
  SO_SNDTIMEO,
  SOCK_CLOEXEC,
  SOCK_FILTER_SIZE,
  SOCK_FPROG,
  SOCK_RAW,
  SOCKADDR_LL,
  SOL_PACKET,
  SOL_SOCKET,
  TPACKET_STATS,
} from "./abi.ts";
import { EPERM, systemError } from "./errno.ts";
import { check, errno, libc, negativeErrno } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import { sizeArgument } from "./size_argument.ts";

/** One instruction of a classic BPF program (linux/filter.h). */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

/** How to open a {@linkcode PacketSocket}. */
export interface PacketSocketOptions {
  /** Name of the interface, for messages. */
  readonly name: string;
  /** Its index. */
  readonly index: number;
  /** EtherType of the frames to receive. */
  readonly etherType: number;
  /** Which of them; attached before the first can arrive. */
  readonly filter: readonly FilterInstruction[];
  /** Bytes of kernel memory that waiting frames may take; never less than the kernel's default. */
  readonly receiveBufferSize: number;
}

/** What passed the filter of a socket since it was opened. */
export interface PacketStatistics {
  /** Frames, with those that were dropped. */
  readonly received: number;
  /** Frames that found no room to wait in. */
  readonly dropped: number;
}

/** Longest wait for room to send; a link that is stuck for longer loses the frame. */
const SEND_TIMEOUT_MS = 200;

/** More kernel memory than this is never asked for. */
const RECEIVE_BUFFER_MAX = 64 * 2 ** 20;

/** A packet socket bound to one interface. */
export class PacketSocket implements Disposable {
  #fd: number;

  readonly #pollFd = new Uint8Array(POLLFD.SIZE);

  #waitMs = 0;

  readonly #statistics = { received: 0, dropped: 0 };

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
    // Protocol 0 receives nothing: bind names the protocol and the interface at once.
    const fd = libc().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      const error = errno();
      const remedy = error === EPERM ? "run as root or grant CAP_NET_RAW" : undefined;
      throw systemError(action, "socket", error, remedy);
    }
    try {
      attachFilter(fd, options.filter, action);
      setTimeoutMs(fd, SO_SNDTIMEO, SEND_TIMEOUT_MS, action);
      raiseReceiveBuffer(fd, options.receiveBufferSize);
      bind(fd, options.index, options.etherType, action);
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
    raiseReceiveBuffer(this.#fd, size);
  }

  /** Index of the interface that it is bound to; -1 for one that was removed. */
  boundIndex(): number {
    const address = new Uint8Array(SOCKADDR_LL.SIZE);
    const size = new Uint32Array([address.length]);
    if (libc().getsockname(this.#fd, address, size) < 0) return -1;
    return new DataView(address.buffer).getInt32(SOCKADDR_LL.IFINDEX, true);
  }

  /** What passed, one object for all calls; kept up where the kernel does not tell. */
  statistics(): PacketStatistics {
    const value = new Uint8Array(TPACKET_STATS.SIZE);
    const size = new Uint32Array([value.length]);
    // The kernel forgets what it told.
    if (libc().getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, value, size) >= 0) {
      const view = new DataView(value.buffer);
      this.#statistics.received += view.getUint32(TPACKET_STATS.PACKETS, true);
      this.#statistics.dropped += view.getUint32(TPACKET_STATS.DROPS, true);
    }
    return this.#statistics;
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

function attachFilter(
  fd: number,
  filter: readonly FilterInstruction[],
  action: string,
): void {
  using program = Mapping.open(filter.length * SOCK_FILTER_SIZE); // the kernel copies it
  const view = new DataView(program.buffer);
  filter.forEach(([code, jt, jf, k], index) => {
    const offset = index * SOCK_FILTER_SIZE;
    view.setUint16(offset, code, true);
    view.setUint8(offset + 2, jt);
    view.setUint8(offset + 3, jf);
    view.setUint32(offset + 4, k, true);
  });
  const header = new Uint8Array(SOCK_FPROG.SIZE);
  const address = Deno.UnsafePointer.value(program.pointerAt(0));
  new DataView(header.buffer).setUint16(SOCK_FPROG.LENGTH, filter.length, true);
  new DataView(header.buffer).setBigUint64(SOCK_FPROG.FILTER, BigInt(address), true);
  const result = libc().setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length);
  check(result, "setsockopt", action);
}

function setTimeoutMs(fd: number, name: number, timeoutMs: number, action: string): void {
  const seconds = Math.floor(timeoutMs / 1000);
  const timeval = new BigInt64Array([BigInt(seconds), BigInt((timeoutMs % 1000) * 1000)]);
  const size = timeval.byteLength; // {seconds, microseconds}
  check(libc().setsockopt(fd, SOL_SOCKET, name, timeval, size), "setsockopt", action);
}

/** Best effort: a smaller buffer loses frames under load, but serves. */
function raiseReceiveBuffer(fd: number, size: number): void {
  const value = new Int32Array(1);
  const valueSize = new Uint32Array([4]);
  libc().getsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, valueSize);
  if (size <= (value[0] ?? 0)) return;
  value[0] = Math.ceil(Math.min(size, RECEIVE_BUFFER_MAX) / 2); // the kernel doubles it
  if (libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, value, 4) >= 0) return;
  libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, value, 4);
}

function bind(fd: number, index: number, etherType: number, action: string): void {
  const address = new Uint8Array(SOCKADDR_LL.SIZE);
  const view = new DataView(address.buffer);
  view.setUint16(SOCKADDR_LL.FAMILY, AF_PACKET, true);
  view.setUint16(SOCKADDR_LL.PROTOCOL, etherType); // network byte order
  view.setInt32(SOCKADDR_LL.IFINDEX, index, true);
  check(libc().bind(fd, address, address.length), "bind", action);
}
