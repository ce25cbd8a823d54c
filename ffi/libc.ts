/**
 * The one table of libc's functions. It is opened on first use, so that `--help` needs no
 * permission, and there is only one, so that every call site stays monomorphic and fast.
 *
 * A 64-bit argument is given as a BigInt wherever a call is frequent: a Number costs twenty times
 * as much. Results that fit are declared `i32`: the upper half of the register is not looked at.
 *
 * @module
 */
import { SystemError } from "../lib/error.ts";
import { EIO, systemError } from "./errno.ts";

/** The functions, each with its C prototype. */
export const LIBC = {
  // int *__errno_location(void);
  __errno_location: { parameters: [], result: "pointer" },
  // int socket(int domain, int type, int protocol);
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int bind(int fd, const struct sockaddr *addr, socklen_t size);
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int getsockname(int fd, struct sockaddr *addr, socklen_t *size);
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int setsockopt(int fd, int level, int name, const void *value, socklen_t size);
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  // int getsockopt(int fd, int level, int name, void *value, socklen_t *size);
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // ssize_t recvfrom(int fd, void *buffer, size_t size, int flags,
  //                  struct sockaddr *from, socklen_t *fromSize);
  recvfrom: {
    parameters: ["i32", "pointer", "usize", "i32", "pointer", "pointer"],
    result: "i32",
  },
  // ssize_t recvmsg(int fd, struct msghdr *message, int flags);
  recvmsg: { parameters: ["i32", "pointer", "i32"], result: "i32" },
  // ssize_t sendto(int fd, const void *buffer, size_t size, int flags,
  //                const struct sockaddr *to, socklen_t toSize);
  sendto: { parameters: ["i32", "pointer", "usize", "i32", "pointer", "u32"], result: "i32" },
  // int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);
  sendmmsg: { parameters: ["i32", "pointer", "u32", "i32"], result: "i32" },
  // int poll(struct pollfd *fds, nfds_t count, int timeoutMs);
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  // the same on a thread of the runtime's pool, for callers that wait with `await`
  pollAsync: {
    name: "poll",
    parameters: ["buffer", "usize", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // int eventfd(unsigned initial, int flags);
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  // int eventfd_write(int fd, eventfd_t value);
  eventfd_write: { parameters: ["i32", "u64"], result: "i32" },
  // int eventfd_read(int fd, eventfd_t *value);
  eventfd_read: { parameters: ["i32", "buffer"], result: "i32" },
  // int open(const char *path, int flags, mode_t mode);
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" },
  // int close(int fd);
  close: { parameters: ["i32"], result: "i32" },
  // ssize_t pread(int fd, void *buffer, size_t size, off_t offset);
  pread: { parameters: ["i32", "pointer", "usize", "i64"], result: "i32" },
  // ssize_t pwrite(int fd, const void *buffer, size_t size, off_t offset);
  pwrite: { parameters: ["i32", "pointer", "usize", "i64"], result: "i32" },
  // the same on a thread of the runtime's pool: no frame waits for a slow file
  preadAsync: {
    name: "pread",
    parameters: ["i32", "buffer", "usize", "i64"],
    result: "i32",
    nonblocking: true,
  },
  pwriteAsync: {
    name: "pwrite",
    parameters: ["i32", "buffer", "usize", "i64"],
    result: "i32",
    nonblocking: true,
  },
  // ssize_t write(int fd, const void *buffer, size_t size);
  write: { parameters: ["i32", "pointer", "usize"], result: "i32" },
  // ssize_t preadv2(int fd, const struct iovec *vector, int count, off_t offset, int flags);
  preadv2: { parameters: ["i32", "pointer", "i32", "i64", "i32"], result: "i32" },
  // void *memcpy(void *to, const void *from, size_t size);
  memcpy: { parameters: ["pointer", "pointer", "usize"], result: "void" },
  // int fstatfs(int fd, struct statfs *result);
  fstatfs: { parameters: ["i32", "buffer"], result: "i32" },
  // off_t lseek(int fd, off_t offset, int whence);
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  // int fdatasync(int fd);
  fdatasync: { parameters: ["i32"], result: "i32" },
  fdatasyncAsync: { name: "fdatasync", parameters: ["i32"], result: "i32", nonblocking: true },
  // int ftruncate(int fd, off_t size);
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  // int fsync(int fd);
  fsync: { parameters: ["i32"], result: "i32" },
  // int fallocate(int fd, int mode, off_t offset, off_t size);
  fallocate: { parameters: ["i32", "i32", "i64", "i64"], result: "i32" },
  // int ioctl(int fd, unsigned long request, void *argument); the kernel looks at 32 bits of it
  ioctl: { parameters: ["i32", "u32", "buffer"], result: "i32" },
  // int fcntl(int fd, int command, struct flock *lock);
  fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" },
  // int access(const char *path, int mode);
  access: { parameters: ["buffer", "i32"], result: "i32" },
  // mode_t umask(mode_t mask);
  umask: { parameters: ["u32"], result: "u32" },
  // int rename(const char *from, const char *to);
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  // ssize_t readlink(const char *path, char *target, size_t size);
  readlink: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
  // int unlink(const char *path);
  unlink: { parameters: ["buffer"], result: "i32" },
  // long syscall(SYS_statx, int dirfd, const char *path, int flags, unsigned mask,
  //              struct statx *result);
  // by number because glibc has the function itself only since 2.28
  statx: {
    name: "syscall",
    parameters: ["isize", "i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
  },
  // long syscall(SYS_io_uring_setup, unsigned entries, struct io_uring_params *params);
  // glibc has no function for it
  ioUringSetup: { name: "syscall", parameters: ["isize", "u32", "buffer"], result: "i32" },
  // long syscall(SYS_io_uring_enter, unsigned fd, unsigned submit, unsigned wait, unsigned flags,
  //              const void *argument, size_t size);
  ioUringEnter: {
    name: "syscall",
    parameters: ["isize", "i32", "i32", "i32", "i32", "pointer", "usize"],
    result: "i32",
  },
  // void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int munmap(void *address, size_t size);
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  // int madvise(void *address, size_t size, int advice);
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  // struct if_nameindex *if_nameindex(void);
  if_nameindex: { parameters: [], result: "pointer" },
  // void if_freenameindex(struct if_nameindex *list);
  if_freenameindex: { parameters: ["pointer"], result: "void" },
  // int getrlimit(int resource, struct rlimit *limits);
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // int setrlimit(int resource, const struct rlimit *limits);
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  // struct passwd *getpwnam(const char *name);
  getpwnam: { parameters: ["buffer"], result: "pointer" },
  // struct passwd *getpwuid(uid_t uid);
  getpwuid: { parameters: ["u32"], result: "pointer" },
  // int getgrouplist(const char *name, gid_t group, gid_t *groups, int *count);
  getgrouplist: { parameters: ["buffer", "u32", "buffer", "buffer"], result: "i32" },
  // char *getenv(const char *name);
  getenv: { parameters: ["buffer"], result: "pointer" },
  // int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
  getresuid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  // int setgroups(size_t count, const gid_t *groups); as the next two, for all threads
  setgroups: { parameters: ["usize", "buffer"], result: "i32" },
  // int setresgid(gid_t real, gid_t effective, gid_t saved);
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  // int setresuid(uid_t real, uid_t effective, uid_t saved);
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  // int capget(struct __user_cap_header_struct *header, struct __user_cap_data_struct *data);
  capget: { parameters: ["buffer", "buffer"], result: "i32" },
  // int capset(struct __user_cap_header_struct *header,
  //            const struct __user_cap_data_struct *data); for the calling thread
  capset: { parameters: ["buffer", "buffer"], result: "i32" },
  // int prctl(int operation, unsigned long first, unsigned long second, unsigned long third,
  //           unsigned long fourth); for the calling thread
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  // the same where the first is a text
  prctlText: { name: "prctl", parameters: ["i32", "buffer"], result: "i32" },
  // long syscall(SYS_execveat, int dirfd, const char *path, char *const arguments[],
  //              char *const environment[], int flags);
  // by number because glibc has the function itself only since 2.34
  execveat: {
    name: "syscall",
    parameters: ["isize", "i32", "buffer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  // int gethostname(char *name, size_t size);
  gethostname: { parameters: ["buffer", "usize"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of {@linkcode libc}, typed from their declarations. */
export type Libc = Deno.StaticForeignLibraryInterface<typeof LIBC>;

let symbols: Libc | undefined;
let errnoCell: Int32Array | undefined;
/** Until a function has been called so often, its first calls may still take memory. */
const WARM_UP_TURNS = 16;

/** The open table. Throws {@linkcode SystemError} where this is not Linux or FFI is not allowed. */
export function libc(): Libc {
  return symbols ??= load();
}

function load(): Libc {
  if (Deno.build.os !== "linux") {
    throw new SystemError(
      `dblade needs the packet sockets of Linux and cannot run on "${Deno.build.os}"`,
      "dlopen",
      0,
    );
  }
  // Asked first, because dlopen without the permission would stop at a prompt on a terminal.
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") {
    throw new SystemError(
      "Cannot call libc without permission; start it with: deno run --allow-ffi main.ts ...",
      "dlopen",
      0,
    );
  }
  const table = Deno.dlopen("libc.so.6", LIBC).symbols;
  // Now, not after a call that failed: to make the view may change what it is to tell.
  errnoCell = openErrnoCell(table);
  warmUp(table);
  return table;
}

/**
 * Fails on purpose a few times and reads why: the runtime compiles a function, and makes room for
 * it, when it is first called, and what it asks of the kernel for that may change errno between a
 * failed call and the reading of it.
 */
function warmUp(table: Libc): void {
  for (let turn = 0; turn < WARM_UP_TURNS; turn++) {
    if (table.close(-1) < 0) errno();
  }
}

/**
 * The calling thread's errno. It is only right as the very next thing after a failed call, because
 * the runtime makes system calls of its own.
 */
export function errno(): number {
  return errnoCell?.[0] ?? 0;
}

/** The errno of the call that failed just now as a result: negative, and never 0. */
export function negativeErrno(): number {
  return -(errno() || EIO);
}

function openErrnoCell(table: Libc): Int32Array {
  const location = table.__errno_location();
  if (location === null) throw new SystemError("libc has no errno", "__errno_location", 0);
  return new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
}

/**
 * Passes a result on, or throws for -1.
 *
 * @param result what the call returned
 * @param call the call's name
 * @param action what could not be done to what, for the message
 * @param remedy what the reader can do about it
 */
export function check(result: number, call: string, action: string, remedy?: string): number {
  if (result >= 0) return result;
  throw systemError(action, call, errno(), remedy);
}

const encoder = new TextEncoder();

/** A string as C takes it: UTF-8 with a zero byte behind. */
export function toCString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}
