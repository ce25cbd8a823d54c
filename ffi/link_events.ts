/**
 * Tells that something happened to a network interface: made, removed, renamed, set up or down,
 * its MTU, MAC or carrier changed (rtnetlink(7)). What it is now, InterfaceQuery says: a message
 * tells of a moment that may be over, and messages get lost where too many come.
 *
 * @module
 */
import { SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from "./abi.ts";
import { EAGAIN, EINTR, ENOBUFS } from "./errno.ts";
import { check, errno, libc } from "./libc.ts";
import { Mapping } from "./mapping.ts";
import {
  AF_NETLINK,
  NETLINK_ROUTE,
  NLMSGHDR,
  RTM_DELLINK,
  RTM_NEWLINK,
  RTMGRP_LINK,
  SOCKADDR_NL,
} from "./netlink_abi.ts";

/** A longer message is cut, which takes nothing from what is looked at: its first bytes. */
const BUFFER_SIZE = 8192;

/** A socket that hears of all interfaces of the network namespace that it was opened in. */
export class LinkEvents implements Disposable {
  #fd: number;
  readonly #memory = Mapping.open(BUFFER_SIZE);
  readonly #pointer = this.#memory.pointerAt(0);
  readonly #size = BigInt(BUFFER_SIZE);
  readonly #view = new DataView(this.#memory.buffer);

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens the socket; needs no privilege. Throws {@linkcode SystemError}. */
  static open(): LinkEvents {
    const action = "Cannot open a socket that hears of changed interfaces";
    const type = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const fd = check(libc().socket(AF_NETLINK, type, NETLINK_ROUTE), "socket", action);
    const address = new Uint8Array(SOCKADDR_NL.SIZE);
    const view = new DataView(address.buffer);
    view.setUint16(SOCKADDR_NL.FAMILY, AF_NETLINK, true);
    view.setUint32(SOCKADDR_NL.GROUPS, RTMGRP_LINK, true);
    try {
      check(libc().bind(fd, address, address.length), "bind", action);
      return new LinkEvents(fd);
    } catch (error) {
      libc().close(fd);
      throw error;
    }
  }

  /** To wait for: readable when something happened. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Takes all messages that wait, so that the descriptor is no longer readable.
   *
   * @returns whether interfaces must be looked at: one of the messages was about an interface, or
   * messages were lost, or could not be read
   */
  drain(): boolean {
    let happened = false;
    while (true) {
      const size = libc().recvfrom(this.#fd, this.#pointer, this.#size, 0, null, null);
      if (size >= 0) {
        happened = this.#tellsOfLink(size) || happened;
        continue;
      }
      const error = errno();
      if (error === EAGAIN) return happened;
      if (error === EINTR) continue;
      if (error !== ENOBUFS) return true; // costs no more than a look at the interfaces
      happened = true; // lost, and others still wait
    }
  }

  /** Whether a datagram of `size` bytes, perhaps cut off, has a message about an interface. */
  #tellsOfLink(size: number): boolean {
    for (let at = 0; at + NLMSGHDR.SIZE <= size;) {
      const type = this.#view.getUint16(at + NLMSGHDR.TYPE, true);
      if (type === RTM_NEWLINK || type === RTM_DELLINK) return true;
      const length = Math.max(this.#view.getUint32(at + NLMSGHDR.LENGTH, true), NLMSGHDR.SIZE);
      at += Math.ceil(length / NLMSGHDR.ALIGNMENT) * NLMSGHDR.ALIGNMENT;
    }
    return false;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    if (this.#fd < 0) return;
    libc().close(this.#fd);
    this.#fd = -1;
    this.#memory[Symbol.dispose]();
  }
}
