/**
 * Opens the socket that clients come by. One in the file system is its owner's alone, takes the
 * place of one that a dead server left, and is removed in the end.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { addressText, type ListenAddress } from "./address.ts";
import { missingPermissions, permissionMessage } from "./permission.ts";
import type { Listener } from "./server.ts";
import type { ByteStream } from "./stream.ts";

const OWNER_ONLY = 0o600;

/** Throws {@linkcode SystemError} where Deno would ask for a permission. */
export function checkPermissions(address: ListenAddress): void {
  const missing = missingPermissions(address);
  if (missing.length > 0) {
    throw new SystemError(permissionMessage(address, missing), "listen", 0);
  }
}

/** Listens; throws {@linkcode SystemError} where that cannot be. */
export async function listen(address: ListenAddress): Promise<Listener> {
  try {
    return address.kind === "tcp" ? listenTcp(address) : await listenUnix(address.path);
  } catch (error) {
    if (error instanceof SystemError) throw error;
    const why = error instanceof Error ? error.message : `${error}`;
    throw new SystemError(`Cannot listen on ${addressText(address)}: ${why}`, "listen", 0);
  }
}

function listenTcp({ host, port }: { host: string; port: number }): Listener {
  const listener = Deno.listen({ hostname: host, port });
  return {
    accept: async () => {
      const connection = await listener.accept();
      try {
        // Replies are small, and a client waits for each; one that is cut off says no goodbye.
        connection.setNoDelay();
        connection.setKeepAlive();
      } catch {
        // it has left already, as its first read will tell
      }
      return streamOf(connection);
    },
    close: () => listener.close(),
  };
}

async function listenUnix(path: string): Promise<Listener> {
  await makeRoom(path);
  const listener = Deno.listen({ transport: "unix", path });
  Deno.chmodSync(path, OWNER_ONLY);
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
    Deno.removeSync(path);
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
function streamOf(connection: Deno.Conn): ByteStream {
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
