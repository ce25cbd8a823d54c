/**
 * Files and block devices as ranges of bytes.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BlockFile, type BlockFileOptions } from "../ffi/block_file.ts";
import { Mapping } from "../ffi/mapping.ts";
import { SystemError } from "../lib/error.ts";
import { TemporaryFolder } from "./temporary.ts";

const MIB = 2 ** 20;
const EIO = 5;
const EBADF = 9;
const EINVAL = 22;

function open(path: string, change: Partial<BlockFileOptions> = {}): BlockFile {
  const { readOnly = false, direct = false, shared = false, offset = 0, length = 0 } = change;
  return BlockFile.open({ path, readOnly, direct, shared, offset, length });
}

/** Why `path` is refused. */
function refusal(path: string, change: Partial<BlockFileOptions> = {}): string {
  return assertThrows(() => open(path, change)[Symbol.dispose](), SystemError).message;
}

/** Reads through `file`; the result and the bytes. */
function read(file: BlockFile, offset: number, size: number): [number, Uint8Array] {
  using memory = Mapping.open(size);
  const result = file.read(memory.pointerAt(0), size, offset);
  return [result, new Uint8Array(memory.buffer).slice()];
}

/** Writes `size` bytes of `value` through `file`. */
function write(file: BlockFile, offset: number, size: number, value: number): number {
  using memory = Mapping.open(size);
  new Uint8Array(memory.buffer).fill(value);
  return file.write(memory.pointerAt(0), size, offset);
}

function filled(size: number, value: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}

Deno.test("BlockFile.open() tells size and sectors of a file and leaves its size as it is", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 5000);
  using file = open(path);
  assertEquals(file.size(), 5000);
  assertEquals(file.sectors, { logical: 512, physical: 512, alignment: 0 });
  assertEquals(file.isLocked, true);
  assertEquals(Deno.statSync(path).size, 5000);
});

Deno.test("BlockFile.size() follows the file", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 512);
  using file = open(path);
  Deno.truncateSync(path, 4096);
  assertEquals(file.size(), 4096);
});

Deno.test("BlockFile.write() writes its range alone and read() reads it", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 4096);
  using file = open(path);
  assertEquals(write(file, 1024, 1536, 0x5a), 0);
  assertEquals(read(file, 1024, 1536), [0, filled(1536, 0x5a)]);
  const whole = filled(4096, 0);
  whole.fill(0x5a, 1024, 2560);
  assertEquals<Uint8Array>(Deno.readFileSync(path), whole);
});

for (const offset of [2 ** 31, 2 ** 32 - 512, 2 ** 32, 2 ** 32 + 512, 2 ** 40 + 2 ** 31]) {
  Deno.test(`BlockFile reaches the offset ${offset}, and no other`, () => {
    using folder = new TemporaryFolder();
    const path = folder.file("disk", 2 ** 41);
    using file = open(path);
    assertEquals(write(file, offset, 512, 0x5a), 0);
    assertEquals(read(file, offset, 512), [0, filled(512, 0x5a)]);
    using plain = Deno.openSync(path);
    plain.seekSync(offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(512);
    plain.readSync(bytes);
    assertEquals<Uint8Array>(bytes, filled(512, 0x5a));
    // Where an offset of 32 bits would have landed.
    if (offset >= 2 ** 32) assertEquals(read(file, offset % 2 ** 32, 512)[1], filled(512, 0));
  });
}

for (
  const [what, offset, size] of [
    ["across the end", 512, 1024],
    ["behind the end", 1024, 512],
    ["far behind the end", 2 ** 40, 512],
  ] as const
) {
  Deno.test(`BlockFile.read() ${what} is EIO, not a short success`, () => {
    using folder = new TemporaryFolder();
    using file = open(folder.file("disk", 1000));
    assertEquals(read(file, offset, size)[0], -EIO);
  });
}

Deno.test("BlockFile.write() to a file open for reading fails and changes nothing", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", 1024);
  using file = open(path, { readOnly: true });
  assertEquals(write(file, 0, 512, 0x5a), -EBADF);
  assertEquals<Uint8Array>(Deno.readFileSync(path), filled(1024, 0));
});

Deno.test("BlockFile.sync() succeeds on a file", () => {
  using folder = new TemporaryFolder();
  using file = open(folder.file("disk", 1024));
  write(file, 0, 512, 1);
  assertEquals(file.sync(), 0);
});

for (const parent of ["/tmp", "/var/tmp", "/dev/shm"]) {
  Deno.test(`BlockFile.trim() punches a hole on ${parent}, or says that it cannot`, () => {
    using folder = new TemporaryFolder(parent);
    const path = folder.file("disk", MIB);
    using file = open(path);
    write(file, 0, MIB, 0x5a);
    file.sync();
    const kind = file.probeTrim();
    if (kind === "none") {
      assertEquals(file.trim(65536, 131072), -EINVAL);
      return;
    }
    assertEquals(kind, "hole");
    const before = Deno.statSync(path).blocks ?? 0;
    assertEquals(file.trim(65536, 131072), 0);
    const expected = filled(MIB, 0x5a).fill(0, 65536, 65536 + 131072);
    assertEquals(read(file, 0, MIB), [0, expected]);
    assert((Deno.statSync(path).blocks ?? 0) < before, "no room was given back");
    assertEquals(file.size(), MIB);
  });
}

Deno.test("BlockFile.probeTrim() touches no data, however much the file has grown", () => {
  using folder = new TemporaryFolder("/dev/shm");
  const path = folder.file("disk", 8192);
  using file = open(path);
  Deno.writeFileSync(path, filled(64 * 1024, 0x5a));
  assertEquals(file.probeTrim(), "hole");
  assertEquals(Deno.readFileSync(path), filled(64 * 1024, 0x5a));
  assertEquals(file.size(), 64 * 1024);
});

Deno.test("BlockFile.read() leaves the time of the last access as it is", () => {
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 8192);
  Deno.utimeSync(path, 1000, 2000); // older than the last change: any other read would set it
  using file = open(path);
  assertEquals(read(file, 0, 512)[0], 0);
  assertEquals(Deno.statSync(path).atime?.getTime(), 1_000_000);
});

Deno.test("BlockFile.open() leaves the file's times as they are", () => {
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 8192);
  Deno.utimeSync(path, 1000, 1000);
  open(path)[Symbol.dispose]();
  assertEquals(Deno.statSync(path).mtime?.getTime(), 1_000_000);
});

Deno.test("BlockFile.trim() zeroes parts of a page too", () => {
  using folder = new TemporaryFolder("/dev/shm");
  using file = open(folder.file("disk", 8192));
  write(file, 0, 8192, 0x5a);
  assertEquals(file.probeTrim(), "hole");
  assertEquals(file.trim(512, 1024), 0);
  assertEquals(read(file, 0, 8192)[1], filled(8192, 0x5a).fill(0, 512, 1536));
});

Deno.test("BlockFile.trim() is refused where the file is open for reading", () => {
  using folder = new TemporaryFolder();
  using file = open(folder.file("disk", 8192), { readOnly: true });
  assertEquals([file.probeTrim(), file.trim(0, 4096)], ["none", -EINVAL]);
});

for (
  const [path, reason] of [
    ["/nonexistent/disk", "no such file or directory (ENOENT)"],
    ["/tmp", "it is a directory; name a regular file"],
    ["/dev/null", "it is neither a file nor a block device; name a regular file"],
    ["/etc/passwd/disk", "not a directory (ENOTDIR)"],
  ] as const
) {
  Deno.test(`BlockFile.open() refuses ${path} and says why`, () => {
    const message = refusal(path);
    assertStringIncludes(message, `"${path}"`);
    assertStringIncludes(message, reason);
  });
}

Deno.test("BlockFile.open() refuses a named pipe and does not wait for its other end", () => {
  using folder = new TemporaryFolder();
  assertStringIncludes(refusal(folder.fifo("pipe")), "neither a file nor a block device");
});

Deno.test("BlockFile.open() with direct reads and writes past the page cache", () => {
  // Not the folder for temporary files, which may be one without direct I/O.
  using folder = new TemporaryFolder("/var/tmp");
  const path = folder.file("disk", 65536);
  using file = open(path, { direct: true });
  assertEquals(write(file, 512, 1024, 0x5a), 0);
  assertEquals(read(file, 0, 2048), [0, filled(2048, 0).fill(0x5a, 512, 1536)]);
  assertEquals<Uint8Array>(Deno.readFileSync(path).subarray(512, 1536), filled(1024, 0x5a));
});

Deno.test("BlockFile.open() with direct really bypasses the cache: odd ranges fail", () => {
  using folder = new TemporaryFolder("/var/tmp");
  using file = open(folder.file("disk", 65536), { direct: true });
  // A hole would be read as zeros whatever the alignment.
  assertEquals(write(file, 0, 4096, 1), 0);
  assertEquals(read(file, 100, 100)[0], -EINVAL);
});

Deno.test("BlockFile.open() with direct is refused with the remedy where there is no such", () => {
  const message = refusal("/proc/version", { direct: true, readOnly: true });
  assertStringIncludes(message, 'direct I/O on "/proc/version"');
  assertStringIncludes(message, "leave out --direct");
});

Deno.test("BlockFile fails with EBADF once it is disposed of, and twice does no harm", () => {
  using folder = new TemporaryFolder();
  const file = open(folder.file("disk", 1024));
  file[Symbol.dispose]();
  file[Symbol.dispose]();
  assertEquals([file.sync(), read(file, 0, 512)[0], write(file, 0, 512, 1)], [
    -EBADF,
    -EBADF,
    -EBADF,
  ]);
  assertThrows(() => file.size(), SystemError, "EBADF");
});
