/**
 * Constants and structs of what a process may do and of starting programs, each under the header
 * that it comes from; the same on x86-64 and aarch64 but for the number of a system call.
 *
 * @module
 */

// <linux/prctl.h>
/** The thread keeps what capabilities it is permitted when it ceases to be root. */
export const PR_SET_KEEPCAPS = 8;
/** Name of the thread, up to 15 bytes; that of the first thread is the process's. */
export const PR_SET_NAME = 15;
/** Whether a capability can be had by starting a program: 1 or 0; -1: there is none such. */
export const PR_CAPBSET_READ = 23;
/** A capability can no longer be had by starting a program. */
export const PR_CAPBSET_DROP = 24;
/** No program that is started can bring rights along. */
export const PR_SET_NO_NEW_PRIVS = 38;
/** Whether that is so. */
export const PR_GET_NO_NEW_PRIVS = 39;
/** Capabilities that a program without any of its own keeps when it is started. */
export const PR_CAP_AMBIENT = 47;
/** One more of them. */
export const PR_CAP_AMBIENT_RAISE = 2;

// <linux/capability.h>
/** Form of the structs: 64 capabilities, each set in two halves. */
export const LINUX_CAPABILITY_VERSION_3 = 0x20080522;
/** struct __user_cap_data_struct { __u32 effective, permitted, inheritable; }[2], in words */
export const CAPABILITY_DATA = { EFFECTIVE: 0, PERMITTED: 1, INHERITABLE: 2, WORDS: 6 } as const;
/** How many numbers of capabilities there are room for. */
export const CAPABILITIES_MAX = 64;
/** Raw and packet sockets. */
export const CAP_NET_RAW = 13;

// <asm/unistd.h>
/** System call number of execveat. */
export const SYS_EXECVEAT: bigint = Deno.build.arch === "aarch64" ? 281n : 322n;
