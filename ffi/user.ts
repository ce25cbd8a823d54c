/**
 * Users of the system and their groups (getpwnam(3), getgrouplist(3)), wherever they are kept.
 *
 * @module
 */
import { PASSWD } from "./abi.ts";
import { libc, toCString } from "./libc.ts";

/** A user that a process may run as. */
export interface User {
  /** Name, or the number where it has none. */
  readonly name: string;
  /** Number. */
  readonly uid: number;
  /** Number of the user's own group. */
  readonly gid: number;
  /** Numbers of all groups, the user's own among them. */
  readonly groups: readonly number[];
}

/** The largest number of a user or group: the one above means "none" in system calls. */
const ID_MAX = 0xfffffffe;
/** The kernel lets no process be in more groups (NGROUPS_MAX). */
const GROUPS_MAX = 65536;

/**
 * The user of that name, or of that number in decimal; a number without a user has a group of the
 * same number. Undefined: the system knows no user of that name.
 */
export function findUser(name: string): User | undefined {
  if (name.includes("\0")) return undefined; // libc would read no further
  const named = libc().getpwnam(toCString(name));
  if (named !== null) return readUser(named);
  const uid = /^\d{1,10}$/.test(name) ? Number(name) : Infinity;
  if (uid > ID_MAX) return undefined;
  const numbered = libc().getpwuid(uid);
  return numbered === null ? { name, uid, gid: uid, groups: [uid] } : readUser(numbered);
}

function readUser(entry: Deno.PointerObject): User {
  const view = new Deno.UnsafePointerView(entry);
  const pointer = view.getPointer(PASSWD.NAME);
  const name = pointer === null ? "" : new Deno.UnsafePointerView(pointer).getCString();
  const gid = view.getUint32(PASSWD.GID);
  return { name, uid: view.getUint32(PASSWD.UID), gid, groups: groupsOf(name, gid) };
}

function groupsOf(name: string, gid: number): readonly number[] {
  const groups = new Uint32Array(GROUPS_MAX);
  const count = new Int32Array([GROUPS_MAX]);
  libc().getgrouplist(toCString(name), gid, groups, count);
  return [...groups.subarray(0, Math.min(count[0] ?? 0, GROUPS_MAX))];
}
