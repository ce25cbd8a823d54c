/**
 * Every frame that passes an interface, in both directions, with the time at which it did
 * (packet(7)). Only for looking: nothing is sent.
 *
 * @module
 */
import {
  CMSGHDR,
  IOVEC,
  MSG_DONTWAIT,
  MSG_TRUNC,
  MSGHDR,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_TIMESTAMPNS,
  SOCKADDR_LL,
  SOL_SOCKET,
} from "./abi.ts";
import { check, libc, negativeErrno } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import {
  ETH_P_8021Q,
  ETH_P_ALL,
  PACKET_ADD_MEMBERSHIP,
  PACKET_AUXDATA,
  PACKET_MR_PROMISC,
  PACKET_MREQ,
  PACKET_OTHERHOST,
  PACKET_OUTGOING,
  SOL_PACKET,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
  TPACKET_AUXDATA,
} from "./packet_abi.ts";
import {
  bindPacketSocket,
  boundIndex,
  openPacketSocket,
  PacketCounter,
  type PacketOptions,
  type PacketStatistics,
  raiseBuffer,
} from "./packet_common.ts";
import { attachFilter } from "./packet_filter.ts";

/** How to open a {@linkcode CaptureSocket}. */
export interface CaptureOptions extends Omit<PacketOptions, "etherType"> {
  /** Whether to ask the interface for the frames of other hosts, too. */
  readonly promiscuous: boolean;
  /** Bytes of kernel memory that waiting frames may take; never less than the kernel's default. */
  readonly receiveBufferSize: number;
}

/** A frame that passed. */
export interface CapturedFrame {
  /** The frame as it was on the wire, a tag of a VLAN included. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its size on the wire in bytes, more than `bytes` has where it was cut. */
  readonly size: number;
  /** When it passed, in nanoseconds since 1970; undefined where the kernel does not say. */
  readonly timeNs: bigint | undefined;
  /** Sent by this host, for it (or for all), or between others. */
  readonly direction: "out" | "in" | "other";
}

const MACS_SIZE = 12;
const TAG_SIZE = 4;
/** The largest MTU there is, that of lo, with the Ethernet header. */
const FRAME_MAX = 65536 + 14;
/** Where things lie in the socket's memory; in front of the frame is room for a tag. */
const PLACE = { FRAME: 16, MESSAGE: 66048, VECTOR: 66112, ADDRESS: 66128, CONTROL: 66160 } as const;
const CONTROL_ROOM = 128;
const MEMORY_SIZE = PLACE.CONTROL + CONTROL_ROOM;
const NS_PER_S = 1_000_000_000n;

/** A socket that looks at one interface. */
export class CaptureSocket implements Disposable {
  #fd: number;
  readonly #memory: Mapping;
  readonly #view: DataView;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #message: Deno.PointerObject;
  readonly #counter = new PacketCounter();

  private constructor(fd: number, memory: Mapping) {
    this.#fd = fd;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#message = memory.pointerAt(PLACE.MESSAGE);
    this.#setAddress(PLACE.MESSAGE + MSGHDR.NAME, PLACE.ADDRESS);
    this.#setAddress(PLACE.MESSAGE + MSGHDR.VECTOR, PLACE.VECTOR);
    this.#setAddress(PLACE.MESSAGE + MSGHDR.CONTROL, PLACE.CONTROL);
    this.#setAddress(PLACE.VECTOR, PLACE.FRAME);
    this.#view.setBigUint64(PLACE.VECTOR + IOVEC.SIZE / 2, BigInt(FRAME_MAX), true);
    this.#view.setBigUint64(PLACE.MESSAGE + MSGHDR.VECTOR_COUNT, 1n, true);
  }

  #setAddress(at: number, place: number): void {
    this.#view.setBigUint64(at, BigInt(this.#memory.address + place), true);
  }

  /** Opens, filters and binds; throws {@linkcode SystemError} with the remedy. */
  static open(options: CaptureOptions): CaptureSocket {
    const action = `Cannot look at the frames of "${options.name}"`;
    const memory = Mapping.open(MEMORY_SIZE);
    let fd = -1;
    try {
      fd = openPacketSocket(action);
      attachFilter(fd, options.filter, action);
      raiseBuffer(fd, SO_RCVBUF, SO_RCVBUFFORCE, options.receiveBufferSize);
      switchOn(fd, SOL_SOCKET, SO_TIMESTAMPNS, action);
      switchOn(fd, SOL_PACKET, PACKET_AUXDATA, action);
      if (options.promiscuous) askForAll(fd, options.index, action);
      bindPacketSocket(fd, options.index, ETH_P_ALL, action);
      return new CaptureSocket(fd, memory);
    } catch (error) {
      if (fd >= 0) libc().close(fd);
      memory[Symbol.dispose]();
      throw error;
    }
  }

  /** Its descriptor, to wait for frames of several sockets at once; -1 once it is closed. */
  get fd(): number {
    return this.#fd;
  }

  /** Takes the next frame, without waiting; a negative errno where there is none (EAGAIN). */
  receive(): CapturedFrame | number {
    this.#view.setUint32(PLACE.MESSAGE + MSGHDR.NAME_SIZE, SOCKADDR_LL.SIZE, true);
    this.#view.setBigUint64(PLACE.MESSAGE + MSGHDR.CONTROL_SIZE, BigInt(CONTROL_ROOM), true);
    const received = libc().recvmsg(this.#fd, this.#message, MSG_TRUNC | MSG_DONTWAIT);
    if (received < 0) return negativeErrno();
    const { timeNs, tag } = this.#readControl();
    let start: number = PLACE.FRAME;
    const end = start + Math.min(received, FRAME_MAX);
    if (tag !== undefined && received >= MACS_SIZE) {
      start -= TAG_SIZE;
      this.#bytes.copyWithin(start, PLACE.FRAME, PLACE.FRAME + MACS_SIZE);
      this.#view.setUint32(start + MACS_SIZE, tag);
    }
    return {
      bytes: this.#bytes.slice(start, end),
      size: received + PLACE.FRAME - start,
      timeNs,
      direction: directionOf(this.#view.getUint8(PLACE.ADDRESS + SOCKADDR_LL.PACKET_TYPE)),
    };
  }

  /** What the kernel says beside the frame: its time, and the tag that it took out. */
  #readControl(): { timeNs: bigint | undefined; tag: number | undefined } {
    const size = Number(this.#view.getBigUint64(PLACE.MESSAGE + MSGHDR.CONTROL_SIZE, true));
    const end = PLACE.CONTROL + Math.min(size, CONTROL_ROOM);
    let timeNs: bigint | undefined;
    let tag: number | undefined;
    for (let at: number = PLACE.CONTROL; at + CMSGHDR.DATA <= end;) {
      const length = Number(this.#view.getBigUint64(at + CMSGHDR.LENGTH, true));
      const level = this.#view.getInt32(at + CMSGHDR.LEVEL, true);
      const type = this.#view.getInt32(at + CMSGHDR.TYPE, true);
      const data = at + CMSGHDR.DATA;
      if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) timeNs = this.#readTime(data);
      if (level === SOL_PACKET && type === PACKET_AUXDATA) tag = this.#readTag(data);
      at += Math.max(CMSGHDR.DATA, Math.ceil(length / CMSGHDR.ALIGNMENT) * CMSGHDR.ALIGNMENT);
    }
    return { timeNs, tag };
  }

  /** struct timespec { time_t seconds; long nanoseconds; } */
  #readTime(at: number): bigint {
    return this.#view.getBigInt64(at, true) * NS_PER_S + this.#view.getBigInt64(at + 8, true);
  }

  /** The four bytes of a tag. */
  #readTag(at: number): number | undefined {
    const status = this.#view.getUint32(at + TPACKET_AUXDATA.STATUS, true);
    if ((status & TP_STATUS_VLAN_VALID) === 0) return undefined;
    const hasType = (status & TP_STATUS_VLAN_TPID_VALID) !== 0;
    const type = this.#view.getUint16(at + TPACKET_AUXDATA.VLAN_TPID, true);
    const control = this.#view.getUint16(at + TPACKET_AUXDATA.VLAN_TCI, true);
    return (hasType ? type : ETH_P_8021Q) * 2 ** 16 + control;
  }

  /** Index of the interface that it is bound to; -1 for one that was removed. */
  boundIndex(): number {
    return boundIndex(this.#fd);
  }

  /** What was counted since it was opened, one object for all calls. */
  statistics(): PacketStatistics {
    return this.#counter.ask(this.#fd);
  }

  /** Closes it; the interface leaves promiscuous mode with its last socket that asked for it. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    libc().close(this.#fd);
    this.#fd = -1;
    this.#memory[Symbol.dispose]();
  }
}

function switchOn(fd: number, level: number, name: number, action: string): void {
  check(libc().setsockopt(fd, level, name, new Int32Array([1]), 4), "setsockopt", action);
}

function askForAll(fd: number, index: number, action: string): void {
  const request = new Uint8Array(PACKET_MREQ.SIZE);
  const view = new DataView(request.buffer);
  view.setInt32(PACKET_MREQ.IFINDEX, index, true);
  view.setUint16(PACKET_MREQ.TYPE, PACKET_MR_PROMISC, true);
  const size = request.length;
  const result = libc().setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, request, size);
  check(result, "setsockopt", action, "--no-promiscuous goes without");
}

function directionOf(packetType: number): CapturedFrame["direction"] {
  if (packetType === PACKET_OUTGOING) return "out";
  return packetType === PACKET_OTHERHOST ? "other" : "in";
}
