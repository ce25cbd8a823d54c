/**
 * What the kernel says about a network interface (netdevice(7)).
 *
 * @module
 */
import {
  AF_UNIX,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  ETHTOOL_GLINK,
  IFF_RUNNING,
  IFF_UP,
  IFREQ,
  SIOCETHTOOL,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "./abi.ts";
import { ENODEV, systemError } from "./errno.ts";
import { interfaceNames } from "./interface_names.ts";
import { check, errno, libc } from "./libc.ts";

/** So often a question is put that fails for no known reason. */
const ATTEMPTS = 2;

/** An interface as it stands now. */
export interface InterfaceState {
  /** The kernel's number for it; another one once it was removed and made again. */
  readonly index: number;
  /** Ethernet, loopback, or something that carries no Ethernet frames. */
  readonly kind: "ethernet" | "loopback" | "other";
  /** Whether frames can pass: set up, and with a carrier. */
  readonly up: boolean;
  /** Largest payload of an Ethernet frame in bytes. */
  readonly mtu: number;
  /** Hardware address as a 48-bit number. */
  readonly mac: number;
}

/** Asks about interfaces by name, with one socket and one buffer for all questions. */
export class InterfaceQuery implements Disposable {
  #fd: number;
  readonly #bytes = new Uint8Array(IFREQ.SIZE);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #encoder = new TextEncoder();
  /** struct ethtool_value { __u32 cmd, data; }; the kernel writes to it during the call only. */
  readonly #link = new Uint32Array(2);
  readonly #linkAddress = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#link)));

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Opens the socket; needs no privilege. */
  static open(): InterfaceQuery {
    const fd = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return new InterfaceQuery(check(fd, "socket", "Cannot open a socket to ask about interfaces"));
  }

  /** The interface's state; undefined where there is none of that name. */
  ask(name: string): InterfaceState | undefined {
    const encoded = this.#encoder.encode(name);
    if (encoded.length === 0 || encoded.length >= IFREQ.NAME_SIZE) return undefined;
    this.#bytes.fill(0);
    this.#bytes.set(encoded);
    if (!this.#ioctl(SIOCGIFINDEX, name)) return undefined;
    const index = this.#view.getInt32(IFREQ.VALUE, true);
    if (!this.#ioctl(SIOCGIFFLAGS, name)) return undefined;
    const flags = this.#view.getUint16(IFREQ.VALUE, true);
    if (!this.#ioctl(SIOCGIFMTU, name)) return undefined;
    const mtu = this.#view.getInt32(IFREQ.VALUE, true);
    if (!this.#ioctl(SIOCGIFHWADDR, name)) return undefined;
    const arphrd = this.#view.getUint16(IFREQ.VALUE, true);
    const mac = this.#view.getUint16(IFREQ.HWADDR) * 2 ** 32 +
      this.#view.getUint32(IFREQ.HWADDR + 2);
    const running = (flags & IFF_RUNNING) !== 0;
    const up = (flags & IFF_UP) !== 0 && (running || this.#hasCarrier());
    return { index, kind: kindOf(arphrd), up, mtu, mac };
  }

  /**
   * All interfaces by name, as each stood when it was asked about. The names are those of the
   * network namespace that the thread is in, which is the socket's unless somebody changed it.
   */
  askAll(): ReadonlyMap<string, InterfaceState> {
    const states = new Map<string, InterfaceState>();
    for (const name of interfaceNames()) {
      const state = this.ask(name);
      if (state !== undefined) states.set(name, state); // else it was removed meanwhile
    }
    return states;
  }

  /** Asks the driver: the flag IFF_RUNNING comes up to a second late. */
  #hasCarrier(): boolean {
    this.#link[0] = ETHTOOL_GLINK;
    this.#view.setBigUint64(IFREQ.VALUE, this.#linkAddress, true);
    return libc().ioctl(this.#fd, SIOCETHTOOL, this.#bytes) >= 0 && this.#link[1] === 1;
  }

  /** False where the interface does not exist, or no longer. */
  #ioctl(request: number, name: string): boolean {
    let error = 0;
    // Once more, should the runtime have changed errno before it was read: a missing interface is
    // no failure, and must not be taken for one.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (libc().ioctl(this.#fd, request, this.#bytes) >= 0) return true;
      error = errno();
      if (error === ENODEV) return false;
    }
    throw systemError(`Cannot ask about the interface "${name}"`, "ioctl", error);
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}

function kindOf(arphrd: number): InterfaceState["kind"] {
  if (arphrd === ARPHRD_ETHER) return "ethernet";
  return arphrd === ARPHRD_LOOPBACK ? "loopback" : "other";
}
