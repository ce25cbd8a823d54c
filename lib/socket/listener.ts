/**
 * Sockets in the file system that clients come by. One is its owner's alone, takes the place of one
 * that a dead server left, and is removed in the end.
 *
 * @module
 */
import { withUmask } from "../../ffi/umask.ts";
import { SystemError } from "../error.ts";
import type { ByteStream } from "./stream.ts";

/** Where clients come from. */
export interface Listener {
  /** The next client; throws where there is none, for good once it is closed. */
  accept(): Promise<ByteStream>;
  /** Lets no more clients in. */
  close(): void;
}

/** All that a socket's owner does not need. */
const OTHERS = 0o177;

/**
 * Listens at `path`; throws {@linkcode SystemError}, or what Deno throws, where that cannot be.
 * From the first moment nobody but its owner and root can connect.
 */
export async function listenUnix(path: string): Promise<Listener> {
  await makeRoom(path);
  const listener = withUmask(OTHERS, () => Deno.listen({ transport: "unix", path }));
  const { ino } = Deno.lstatSync(path);
  const { promise: left, reject: leave } = Promise.withResolvers<never>();
  left.catch(() => {});
  return {
    accept: async () => streamOf(await Promise.race([listener.accept(), left])),
    close: () => {
      leave(new Error("the server has ended"));
      const present = inodeOf(path);
      // Deno removes whatever has the name when it closes the socket: it may be another
      // server's, and then the process's end has to close it.
      if (present !== null && present !== ino) return;
      listener.close();
      if (inodeOf(path) === ino) Deno.removeSync(path);
    },
  };
}

/** Removes what a server left that no longer lives. */
async function makeRoom(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const refuse = (why: string): SystemError =>
    new SystemError(`Cannot listen on unix:${path}: ${why}`, "bind", 0);
  if (info.isSocket !== true) throw refuse("there is something that is no socket");
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    // Another server may have come meanwhile.
    if (inodeOf(path) === info.ino) Deno.removeSync(path);
    return;
  }
  throw refuse("another server is there, and answers");
}

function inodeOf(path: string): number | null {
  try {
    return Deno.lstatSync(path).ino;
  } catch {
    return null;
  }
}

/** A connection that may be closed twice. */
export function streamOf(connection: Deno.Conn): ByteStream {
  let isOpen = true;
  return {
    read: (into) => connection.read(into),
    write: (bytes) => connection.write(bytes),
    close: () => {
      if (isOpen) connection.close();
      isOpen = false;
    },
  };
}
