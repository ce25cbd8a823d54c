/**
 * A service that root started goes on as a user who may do nothing but open raw sockets.
 *
 * @module
 */
import { environmentVariable } from "../../ffi/environment.ts";
import { EACCES, EPERM, systemError } from "../../ffi/errno.ts";
import { isForbidden } from "../../ffi/file_info.ts";
import {
  becomeUser,
  capabilityBit,
  nameProcess,
  presentPrivileges,
  type Privileges,
} from "../../ffi/privileges.ts";
import { ownProgramPath } from "../../ffi/own_program.ts";
import { CAP_NET_RAW } from "../../ffi/process_abi.ts";
import { findUser, type User } from "../../ffi/user.ts";
import { SystemError } from "../error.ts";

/**
 * Set for the new start of the program, to this process's number, which stays the same; so that a
 * system where it is of no use does not start it for ever.
 */
const MARK = "DBLADE_RUN_AS";
const NET_RAW = capabilityBit(CAP_NET_RAW);

/**
 * Returns where this process is that user's and may open raw sockets. As root it first becomes so,
 * which starts the program again, with the same arguments, process number and standard streams: so
 * this comes before all else. Throws {@linkcode SystemError} where it cannot be done; the process
 * must end then.
 *
 * @param userName name or number of the user
 */
export function runAs(userName: string): void {
  const action = `Cannot run as the user "${userName}"`;
  const user = findUser(userName);
  if (user === undefined) throw new SystemError(`${action}: there is none`, "getpwnam", 0);
  const present = presentPrivileges();
  if (environmentVariable(MARK) === `${Deno.pid}`) {
    checkStart(user, present, action);
  } else if (present.uid === user.uid) {
    if ((present.effective & NET_RAW) !== 0n) return;
    const remedy = "grant CAP_NET_RAW (with systemd: AmbientCapabilities=CAP_NET_RAW), " +
      "or start it as root";
    throw systemError(action, "capget", EPERM, remedy);
  } else if (present.uid !== 0) {
    throw systemError(action, "setresuid", EPERM, "start it as root, or as that user");
  } else if ((present.permitted & NET_RAW) === 0n) {
    throw systemError(action, "capget", EPERM, "root has no CAP_NET_RAW here to pass on");
  } else {
    becomeUser(user, CAP_NET_RAW, {
      variable: `${MARK}=${Deno.pid}`,
      check: () => checkProgram(action),
    });
  }
}

/** What the new start must find; nothing else may go on. */
function checkStart(user: User, present: Privileges, action: string): void {
  const { uid, effective, permitted, noNewPrivileges } = present;
  const isRight = uid === user.uid && effective === NET_RAW && permitted === NET_RAW;
  if (!isRight || !noNewPrivileges) {
    const found = `it has user ${uid} and capabilities ${permitted.toString(16)}`;
    throw new SystemError(`${action}: after the new start ${found}`, "execveat", 0);
  }
  nameProcess("dblade"); // it may be called by the number of a descriptor
}

/** The new start of the program must be able to read what it is made of. */
function checkProgram(action: string): void {
  const remedy = Deno.build.standalone
    ? "put the executable where everybody can read it, such as in /usr/local/bin"
    : "use the executable (deno task compile), or put program and DENO_DIR where everybody can " +
      "read them";
  for (const path of Deno.build.standalone ? [ownProgramPath()] : sourcePaths()) {
    if (!isForbidden(path)) continue;
    const forbidden = `${action}: it cannot read "${path}"`;
    throw systemError(forbidden, "access", EACCES, remedy);
  }
}

/** Where Deno runs the sources: one of them, and what it has downloaded. */
function sourcePaths(): readonly string[] {
  const home = environmentVariable("HOME") ?? "";
  const caches = environmentVariable("XDG_CACHE_HOME") ?? `${home}/.cache`;
  const downloads = `${environmentVariable("DENO_DIR") ?? `${caches}/deno`}/npm/.`;
  const here = new URL(import.meta.url);
  return here.protocol === "file:" ? [decodeURIComponent(here.pathname), downloads] : [downloads];
}
