/**
 * A claim on a name that one process of a network namespace can hold at a time: an abstract Unix
 * socket (unix(7)), which the kernel releases however the process ends.
 *
 * @module
 */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCKADDR_UN } from "./abi.ts";
import { assert } from "../lib/assert.ts";
import { EADDRINUSE, systemError } from "./errno.ts";
import { check, errno, libc } from "./libc.ts";

/** A held claim. */
export class NameClaim implements Disposable {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Claims `name`; undefined where another process holds it. */
  static open(name: string): NameClaim | undefined {
    const action = `Cannot claim the name "${name}"`;
    const encoded = new TextEncoder().encode("\0" + name);
    assert(encoded.length <= SOCKADDR_UN.PATH_SIZE, `the name "${name}" is too long`);
    const address = new Uint8Array(SOCKADDR_UN.PATH + encoded.length);
    new DataView(address.buffer).setUint16(0, AF_UNIX, true);
    address.set(encoded, SOCKADDR_UN.PATH);
    const fd = check(libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", action);
    if (libc().bind(fd, address, address.length) >= 0) return new NameClaim(fd);
    const error = errno();
    libc().close(fd);
    if (error === EADDRINUSE) return undefined;
    throw systemError(action, "bind", error);
  }

  /** Gives the name up. */
  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc().close(this.#fd);
    this.#fd = -1;
  }
}
