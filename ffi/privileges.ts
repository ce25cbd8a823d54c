/**
 * What this process may do: whose it is, its capabilities, and how it gives up being root's
 * (credentials(7), capabilities(7)).
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { check, libc, toCString } from "./libc.ts";
import { OwnProgram } from "./own_program.ts";
import {
  CAPABILITIES_MAX,
  CAPABILITY_DATA,
  LINUX_CAPABILITY_VERSION_3,
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_NO_NEW_PRIVS,
  PR_SET_KEEPCAPS,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
} from "./process_abi.ts";
import type { User } from "./user.ts";

const { EFFECTIVE, PERMITTED, INHERITABLE, WORDS } = CAPABILITY_DATA;

/** Whose the calling thread is, and what it may do. */
export interface Privileges {
  /** The user; undefined where real, effective and saved user are not the same. */
  readonly uid: number | undefined;
  /** The capabilities that it has, as their bits. */
  readonly effective: bigint;
  /** Those that it could take. */
  readonly permitted: bigint;
  /** Whether no program that it starts can have more. */
  readonly noNewPrivileges: boolean;
}

/** The bit of a capability. */
export function capabilityBit(capability: number): bigint {
  return 1n << BigInt(capability);
}

/** Asks the kernel. Throws {@linkcode SystemError}. */
export function presentPrivileges(): Privileges {
  const action = "Cannot ask what this process may do";
  const uids = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)] as const;
  check(libc().getresuid(...uids), "getresuid", action);
  const [real, effectiveUid, saved] = uids.map(([uid]) => uid);
  const data = new Uint32Array(WORDS);
  check(libc().capget(capabilityHeader(), data), "capget", action);
  return {
    uid: real === effectiveUid && real === saved ? real : undefined,
    effective: capabilitySet(data, EFFECTIVE),
    permitted: capabilitySet(data, PERMITTED),
    noNewPrivileges: prctl(PR_GET_NO_NEW_PRIVS) === 1,
  };
}

/** Names this process, for those who list processes; up to 15 characters. */
export function nameProcess(name: string): void {
  libc().prctlText(PR_SET_NAME, toCString(name));
}

/**
 * Makes this process the user's, with the one capability and no way to more, and starts its program
 * again, because other threads would keep what they had. Only for root. It returns by no way but an
 * error, {@linkcode SystemError}, after which this process must end: it may have given up a part.
 *
 * @param user whom to become
 * @param capability the number of what to keep
 * @param options what the new start finds in the environment, as `NAME=value`; and what is called
 * as that user before it, which may throw
 */
export function becomeUser(
  user: User,
  capability: number,
  options: { readonly variable: string; readonly check: () => void },
): never {
  using program = OwnProgram.open();
  const remedy = "root's capabilities CAP_SETPCAP, CAP_SETUID and CAP_SETGID are needed for that";
  const must = (result: number, call: string): void => {
    check(result, call, `Cannot become the user "${user.name}"`, remedy);
  };
  for (const other of boundingSet()) {
    if (other !== capability) must(prctl(PR_CAPBSET_DROP, other), "prctl");
  }
  must(prctl(PR_SET_KEEPCAPS, 1), "prctl");
  const { uid, gid, groups } = user;
  must(libc().setgroups(BigInt(groups.length), Uint32Array.from(groups)), "setgroups");
  must(libc().setresgid(gid, gid, gid), "setresgid");
  must(libc().setresuid(uid, uid, uid), "setresuid");
  // From here on it is this thread alone that counts: it becomes the only one.
  const data = new Uint32Array(WORDS);
  for (const set of [EFFECTIVE, PERMITTED, INHERITABLE]) {
    data[wordOf(capability, set)] = 1 << (capability % 32);
  }
  must(libc().capset(capabilityHeader(), data), "capset");
  must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability), "prctl");
  must(prctl(PR_SET_NO_NEW_PRIVS, 1), "prctl");
  if (presentPrivileges().uid !== uid || boundingSet().some((other) => other !== capability)) {
    throw new SystemError(`Cannot become the user "${user.name}": rights are left`, "capset", 0);
  }
  options.check();
  return program.start(options.variable);
}

/** The capabilities that can be had by starting a program. */
function boundingSet(): readonly number[] {
  const numbers = Array.from({ length: CAPABILITIES_MAX }, (_, index) => index);
  return numbers.filter((capability) => prctl(PR_CAPBSET_READ, capability) === 1);
}

function prctl(operation: number, first = 0, second = 0): number {
  return libc().prctl(operation, BigInt(first), BigInt(second), 0n, 0n);
}

/** struct __user_cap_header_struct { __u32 version; int pid; }, 0: the calling thread. */
function capabilityHeader(): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(LINUX_CAPABILITY_VERSION_3, 0);
}

function wordOf(capability: number, set: number): number {
  return capability < 32 ? set : WORDS / 2 + set;
}

function capabilitySet(data: Uint32Array, set: number): bigint {
  return BigInt(data[set] ?? 0) | BigInt(data[WORDS / 2 + set] ?? 0) << 32n;
}
