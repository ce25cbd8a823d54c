/**
 * What all packet sockets have in common, however frames go through them (packet(7)): the opening,
 * the sizes of buffers, the interface.
 *
 * @module
 */
import { AF_PACKET, SOCK_CLOEXEC, SOCK_RAW, SOCKADDR_LL, SOL_SOCKET } from "./abi.ts";
import { EPERM, systemError } from "./errno.ts";
import { check, errno, libc } from "./libc.ts";
import { PACKET_STATISTICS, SOL_PACKET, TPACKET_STATS_WORDS } from "./packet_abi.ts";
import type { PacketFilter } from "./packet_filter.ts";

/** Where a packet socket is bound, and what it receives there. */
export interface PacketOptions {
  /** Name of the interface, for messages. */
  readonly name: string;
  /** Its index. */
  readonly index: number;
  /** EtherType of the frames to receive. */
  readonly etherType: number;
  /** Which of them; attached before the first can arrive. */
  readonly filter: PacketFilter;
}

/** What a socket's filter let through since it was opened, in frames. */
export interface PacketStatistics {
  /** Put where they wait to be received. */
  readonly received: number;
  /** Not among those, because there was no room. */
  readonly dropped: number;
}

/** More kernel memory than this is never asked for. */
const BUFFER_MAX = 64 * 2 ** 20;

/**
 * Opens a packet socket that receives nothing yet: it has no protocol, because a protocol without
 * an interface would bring the frames of all of them. {@linkcode bindPacketSocket} names both.
 */
export function openPacketSocket(action: string): number {
  const fd = libc().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const error = errno();
  const remedy = error === EPERM ? "run as root or grant CAP_NET_RAW" : undefined;
  throw systemError(action, "socket", error, remedy);
}

/**
 * Raises the size of a buffer in bytes, where that is more than now. Best effort: a smaller one
 * loses frames under load, but serves.
 *
 * @param name SO_RCVBUF or SO_SNDBUF
 * @param forceName the same without the kernel's cap, which takes CAP_NET_ADMIN
 */
export function raiseBuffer(fd: number, name: number, forceName: number, size: number): void {
  const value = new Int32Array(1);
  const valueSize = new Uint32Array([4]);
  libc().getsockopt(fd, SOL_SOCKET, name, value, valueSize);
  if (size <= (value[0] ?? 0)) return;
  value[0] = Math.ceil(Math.min(size, BUFFER_MAX) / 2); // the kernel doubles it
  if (libc().setsockopt(fd, SOL_SOCKET, forceName, value, 4) >= 0) return;
  libc().setsockopt(fd, SOL_SOCKET, name, value, 4);
}

/** Binds a socket to the interface of that index; frames of the EtherType come from then on. */
export function bindPacketSocket(
  fd: number,
  index: number,
  etherType: number,
  action: string,
): void {
  const address = new Uint8Array(SOCKADDR_LL.SIZE);
  const view = new DataView(address.buffer);
  view.setUint16(SOCKADDR_LL.FAMILY, AF_PACKET, true);
  view.setUint16(SOCKADDR_LL.PROTOCOL, etherType); // network byte order
  view.setInt32(SOCKADDR_LL.IFINDEX, index, true);
  check(libc().bind(fd, address, address.length), "bind", action);
}

/** The value of an option as 32-bit words; zeros where it cannot be had. */
export function getOption(fd: number, level: number, name: number, wordCount: number): Uint32Array {
  const value = new Uint32Array(wordCount);
  const size = new Uint32Array([value.byteLength]);
  libc().getsockopt(fd, level, name, value, size);
  return value;
}

/** Adds up what the kernel counts, because it forgets with each question. */
export class PacketCounter {
  readonly #total = { received: 0, dropped: 0 };

  /** What was counted up to now, one object for all calls; where `fd` is closed, up to then. */
  ask(fd: number): PacketStatistics {
    const [packets = 0, drops = 0] = getOption(
      fd,
      SOL_PACKET,
      PACKET_STATISTICS,
      TPACKET_STATS_WORDS,
    );
    this.#total.received += packets - drops;
    this.#total.dropped += drops;
    return this.#total;
  }
}

/** Index of the interface that a socket is bound to; -1 for one that was removed. */
export function boundIndex(fd: number): number {
  const address = new Uint8Array(SOCKADDR_LL.SIZE);
  const size = new Uint32Array([address.length]);
  if (libc().getsockname(fd, address, size) < 0) return -1;
  return new DataView(address.buffer).getInt32(SOCKADDR_LL.IFINDEX, true);
}

/** Sets the longest wait of a receive or send: `name` is SO_RCVTIMEO or SO_SNDTIMEO. */
export function setTimeoutMs(fd: number, name: number, timeoutMs: number, action: string): void {
  const seconds = Math.floor(timeoutMs / 1000);
  const timeval = new BigInt64Array([BigInt(seconds), BigInt((timeoutMs % 1000) * 1000)]);
  const size = timeval.byteLength; // {seconds, microseconds}
  check(libc().setsockopt(fd, SOL_SOCKET, name, timeval, size), "setsockopt", action);
}
