/**
 * Which frames come up by a packet socket: a program that the kernel runs on each (classic BPF,
 * linux/filter.h).
 *
 * @module
 */
import { SO_ATTACH_FILTER, SOCK_FILTER_SIZE, SOCK_FPROG, SOL_SOCKET } from "./abi.ts";
import { ENOMEM, systemError } from "./errno.ts";
import { libc, negativeErrno } from "./libc.ts";
import { Mapping } from "./mapping.ts";

/** One instruction of a program. */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

/**
 * A program, or what makes one of at most `sizeMax` instructions: the smaller, the more frames it
 * lets up. How many a socket may have, the one to be replaced included, is limited by
 * net.core.optmem_max: some 1250 with the 20 KiB that it was before Linux 6.8.
 */
export type PacketFilter =
  | readonly FilterInstruction[]
  | ((sizeMax: number) => readonly FilterInstruction[]);

/** More instructions than this the kernel does not take (BPF_MAXINSNS). */
const SIZE_MAX = 4096;

/**
 * Lets only the frames come up that the program lets through, from one frame to the next: where the
 * socket had another program, each frame is held against the one or the other.
 */
export function attachFilter(fd: number, filter: PacketFilter, action: string): void {
  if (typeof filter !== "function") {
    check(attach(fd, filter), action);
    return;
  }
  let size = SIZE_MAX;
  let result = attach(fd, filter(size));
  // The old program counts until the new one is there: the smallest in between makes room.
  if (result === -ENOMEM) check(attach(fd, filter(0)), action);
  while (result === -ENOMEM && size > 1) {
    size /= 2;
    result = attach(fd, filter(size));
  }
  if (result !== -ENOMEM) check(result, action);
}

/** Returns 0 or a negative errno. */
function attach(fd: number, filter: readonly FilterInstruction[]): number {
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
  return result >= 0 ? 0 : negativeErrno();
}

function check(result: number, action: string): void {
  if (result < 0) throw systemError(action, "setsockopt", -result);
}
