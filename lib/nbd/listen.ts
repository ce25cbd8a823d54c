/**
 * Opens the socket that clients come by.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { type Listener, listenUnix, streamOf } from "../socket/listener.ts";
import { addressText, type ListenAddress } from "./address.ts";
import { permissionMessage } from "./permission.ts";

/** Throws {@linkcode SystemError} where Deno would ask for a permission. */
export function checkPermissions(address: ListenAddress): void {
  const message = permissionMessage(address);
  if (message !== undefined) throw new SystemError(message, "listen", 0);
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
