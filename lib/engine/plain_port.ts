/**
 * How the plain engine moves frames: one system call each on the packet socket of a port.
 *
 * @module
 */
import { EAGAIN, EINTR, ENOBUFS } from "../../ffi/errno.ts";
import type { PacketFilter } from "../../ffi/packet_filter.ts";
import { PacketSocket, sleep } from "../../ffi/packet_socket.ts";
import { ETHER_HEADER_SIZE, ETHER_TYPE } from "../wire/frame.ts";
import type { PortSettings } from "./engine.ts";
import { Port, servedMtu } from "./port.ts";

/** A port with a plain packet socket. */
export type PlainPort = Port<PacketSocket>;

/** The kernel's bookkeeping for a waiting frame, beside the frame itself. */
const FRAME_OVERHEAD = 1024;
/** So many clients may have their whole window waiting. */
const CLIENTS = 4;
/** A full send queue is tried again so often, after a millisecond each. */
const SEND_ATTEMPTS = 5;

/** What a plain port needs besides its interface. */
export interface PlainPortOptions extends PortSettings {
  /** Which frames to receive from the interface of that index. */
  readonly filter: (index: number) => PacketFilter;
  /** How many requests each of a few clients may have under way. */
  readonly bufferCount: number;
}

/** Opens the port of the interface `name`. */
export function openPlainPort(name: string, options: PlainPortOptions): PlainPort {
  const { filter, bufferCount, mtuMax, receiveSlots } = options;
  const receiveBufferSize = (mtu: number): number => {
    const frame = 2 * (mtu + ETHER_HEADER_SIZE) + FRAME_OVERHEAD;
    return Math.max(receiveSlots ?? 0, CLIENTS * bufferCount) * frame;
  };
  return Port.open({
    name,
    mtuMax,
    open: ({ index, mtu }) =>
      PacketSocket.open({
        name,
        index,
        etherType: ETHER_TYPE,
        filter: filter(index),
        receiveBufferSize: receiveBufferSize(servedMtu(mtu, mtuMax)),
      }),
    adapt: (socket, mtu) => socket.raiseReceiveBuffer(receiveBufferSize(mtu)),
  });
}

/**
 * Takes the next frame of `port`, waiting for it up to `waitMs`.
 *
 * @returns its size in bytes; 0: nothing came, or an error, which was counted; -EINTR: a signal
 *   ended the wait
 */
export function receive(
  port: PlainPort,
  pointer: Deno.PointerObject,
  capacity: number,
  waitMs: number,
): number {
  const socket = port.channel;
  if (socket === undefined) {
    if (waitMs > 0) sleep(waitMs);
    return 0;
  }
  for (;;) {
    const size = socket.receive(pointer, capacity, waitMs);
    if (size >= 0 && size <= capacity) {
      port.counts.received++;
      port.counts.receivedBytes += size;
      return size;
    }
    if (size < 0) return size === -EINTR ? size : noteFailedReceive(port, -size);
    port.counts.cut++;
  }
}

function noteFailedReceive(port: PlainPort, errno: number): number {
  if (errno !== EAGAIN) {
    port.counts.receiveErrors++;
    port.trouble(errno);
  }
  return 0;
}

/**
 * Sends a frame; what cannot be sent is counted, and the client will ask again.
 *
 * @param isAlone whether nobody but this port has to wait while its link has no room
 */
export function send(
  port: PlainPort,
  pointer: Deno.PointerObject,
  size: number,
  isAlone: boolean,
): void {
  const { channel: socket, counts } = port;
  if (socket === undefined) {
    counts.sendErrors++;
    return;
  }
  // A link that had no room just now is not waited for again: other ports have work.
  const attempts = isAlone || !port.clogged ? SEND_ATTEMPTS : 1;
  let result = 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    result = socket.send(pointer, size, isAlone);
    if (result === 0) {
      counts.sent++;
      counts.sentBytes += size;
      port.clogged = false;
      return;
    }
    if (result === -ENOBUFS || (result === -EAGAIN && !isAlone)) {
      if (attempt + 1 < attempts) sleep(1);
    } else if (result !== -EINTR) break;
  }
  port.clogged = result === -EAGAIN || result === -ENOBUFS;
  if (port.clogged) {
    counts.noRoom++;
  } else {
    counts.sendErrors++;
    port.trouble(-result);
  }
}
