/**
 * The folder of the control socket: it is made where it is missing, because /run is empty after
 * each start of a machine, and is the user's that the service is to run as.
 *
 * @module
 */
import { findUser } from "../../ffi/user.ts";
import { SystemError } from "../error.ts";

/**
 * Makes the folder of `socket`, if only that is missing. To be called while there are still the
 * rights to do so.
 *
 * @param userName whom the service is to run as; undefined: as who starts it
 */
export function makeSocketFolder(socket: string, userName: string | undefined): void {
  const folder = socket.slice(0, socket.lastIndexOf("/"));
  if (folder === "") return;
  const user = userName === undefined ? undefined : findUser(userName);
  try {
    Deno.mkdirSync(folder, { mode: 0o755 });
    if (user !== undefined && user.uid !== 0) Deno.chownSync(folder, user.uid, user.gid);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    const why = error instanceof Error ? error.message : `${error}`;
    throw new SystemError(
      `Cannot make the folder "${folder}" of the control socket: ${why}; make it, for the user ` +
        "that the service runs as (with systemd: RuntimeDirectory=), or name another " +
        "control-socket",
      "mkdir",
      0,
    );
  }
}
