/**
 * The constants that differ between x86-64 and aarch64 mean to this kernel what their names say.
 * `deno task aarch64` runs this for the architecture that the machine does not have.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { AT_FDCWD, O_CLOEXEC, O_DIRECT, O_DIRECTORY, O_RDONLY } from "../ffi/abi.ts";
import { EACCES, EINVAL, ENOENT, ENOTDIR } from "../ffi/errno.ts";
import { fileInfo } from "../ffi/file_info.ts";
import { errno, libc, toCString } from "../ffi/libc.ts";
import { Mapping } from "../ffi/mapping.ts";
import { SYS_EXECVEAT } from "../ffi/process_abi.ts";
import { TemporaryFolder } from "./temporary.ts";
import "./library.ts";

/** Opens for reading; 0 or the errno. */
function openFor<T>(path: string, flags: number, use: (fd: number) => T): T | number {
  const fd = libc().open(toCString(path), O_RDONLY | O_CLOEXEC | flags, 0);
  if (fd < 0) return errno();
  try {
    return use(fd);
  } finally {
    libc().close(fd);
  }
}

Deno.test("O_DIRECTORY opens folders and nothing else", () => {
  using folder = new TemporaryFolder();
  const file = folder.file("file", 4096);
  assertEquals(openFor(folder.path, O_DIRECTORY, () => 0), 0);
  assertEquals(openFor(file, O_DIRECTORY, () => 0), ENOTDIR);
});

Deno.test("O_DIRECT opens files past the page cache: odd ranges cannot be read", () => {
  // In /var/tmp, because not every file system of /tmp has direct I/O.
  using folder = new TemporaryFolder("/var/tmp");
  const file = `${folder.path}/file`;
  Deno.writeFileSync(file, new Uint8Array(8192).fill(1)); // a hole could be read at will
  using memory = Mapping.open(8192);
  const read = (size: bigint, offset: bigint) => (fd: number): number =>
    libc().pread(fd, memory.pointerAt(0), size, offset) < 0 ? errno() : 0;
  assertEquals(openFor(file, 0, read(100n, 7n)), 0);
  assertEquals(openFor(file, O_DIRECT, read(100n, 7n)), EINVAL);
  assertEquals(openFor(file, O_DIRECT, read(4096n, 4096n)), 0);
});

Deno.test("the system call of statx is statx", () => {
  using folder = new TemporaryFolder();
  const { kind, size } = fileInfo(folder.file("file", 12345), "Cannot look");
  assertEquals([kind, size], ["file", 12345]);
  assertEquals(fileInfo(folder.path, "Cannot look").kind, "directory");
});

// qemu 7.2, in which aarch64.ts runs this, does not know the system call.
if (!Deno.env.has("DBLADE_EMULATED")) {
  Deno.test("the system call of execveat is execveat", () => {
    using folder = new TemporaryFolder();
    const none = new BigUint64Array(1); // no argument, no variable
    const execute = (path: string): number =>
      libc().execveat(SYS_EXECVEAT, AT_FDCWD, toCString(path), none, none, 0) < 0 ? errno() : 0;
    assertEquals(execute(folder.path), EACCES);
    assertEquals(execute(`${folder.path}/none`), ENOENT);
  });
}
