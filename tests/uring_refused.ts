/**
 * A process in which the kernel refuses io_uring_setup with the error number that is its argument;
 * it prints what `Uring.open()` throws then. A filter of seccomp cannot be taken off again, so this
 * runs on its own.
 *
 * @module
 */
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { SystemError } from "../lib/error.ts";

const PR_SET_SECCOMP = 22;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_MODE_FILTER = 2n;
const SECCOMP_RET_ERRNO = 0x50000;
const SECCOMP_RET_ALLOW = 0x7fff0000;
const SYS_IO_URING_SETUP = 425;

const { symbols: { prctl } } = Deno.dlopen("libc.so.6", {
  // int prctl(int option, unsigned long, unsigned long, unsigned long, unsigned long);
  prctl: { parameters: ["i32", "u64", "pointer", "u64", "u64"], result: "i32" },
});

/** struct sock_filter[4] {code, jt, jf, k}: the number of the call decides. */
const program: readonly (readonly [number, number, number, number])[] = [
  [0x20, 0, 0, 0],
  [0x15, 0, 1, SYS_IO_URING_SETUP],
  [0x06, 0, 0, SECCOMP_RET_ERRNO | Number(Deno.args[0])],
  [0x06, 0, 0, SECCOMP_RET_ALLOW],
];

using memory = Mapping.open(4096);
const view = new DataView(memory.buffer);
view.setUint16(0, program.length, true); // struct sock_fprog {length, pointer}
view.setBigUint64(8, BigInt(memory.address + 16), true);
program.forEach(([code, jt, jf, k], index) => {
  const at = 16 + index * 8;
  view.setUint16(at, code, true);
  view.setUint8(at + 2, jt);
  view.setUint8(at + 3, jf);
  view.setUint32(at + 4, k, true);
});
if (
  prctl(PR_SET_NO_NEW_PRIVS, 1n, null, 0n, 0n) !== 0 ||
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, memory.pointerAt(0), 0n, 0n) !== 0
) throw new Error("seccomp refused the filter");

function outcome(): string {
  try {
    Uring.open(8)[Symbol.dispose]();
    return "opened";
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return `${error.call} ${error.errno} ${error.message}`;
  }
}
Deno.stdout.writeSync(new TextEncoder().encode(outcome()));
