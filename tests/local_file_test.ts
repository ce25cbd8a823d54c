/**
 * Files that are copied from and to.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { libc, toCString } from "../ffi/libc.ts";
import { LocalFile, streamSize, tryFileInfo } from "../ffi/local_file.ts";
import { SystemError } from "../lib/error.ts";
import { pattern } from "./e2e/image.ts";
import { LoopDevice, TemporaryFolder, testLoop } from "./temporary.ts";

const DATA = pattern(3 * 1024 * 1024 + 5, 1);

Deno.test("LocalFile writes and reads anywhere, and reads as far as there is", async () => {
  using folder = new TemporaryFolder();
  using file = LocalFile.openToWrite(`${folder.path}/new`);
  await file.write(DATA, 7);
  assertEquals(file.size(), DATA.length + 7);
  const bytes = new Uint8Array(DATA.length + 100);
  assertEquals(await file.read(bytes, 7), DATA.length);
  assertEquals(bytes.subarray(0, DATA.length), DATA);
  assertEquals(await file.read(bytes, 2 ** 40), 0);
  assertEquals(await file.read(new Uint8Array(0), 0), 0);
  await file.sync();
  file.resize(2 ** 33);
  assertEquals([file.size(), await file.read(bytes, 2 ** 33 - 1)], [2 ** 33, 1]);
});

Deno.test("LocalFile.openToWrite() makes a file as the umask says, and changes none", () => {
  using folder = new TemporaryFolder();
  const old = `${folder.path}/old`;
  Deno.writeTextFileSync(old, "content");
  LocalFile.openToWrite(old)[Symbol.dispose]();
  assertEquals(Deno.readTextFileSync(old), "content");
  const mask = Deno.umask(0o027);
  try {
    LocalFile.openToWrite(`${folder.path}/new`)[Symbol.dispose]();
  } finally {
    Deno.umask(mask);
  }
  assertEquals((Deno.statSync(`${folder.path}/new`).mode ?? 0) & 0o777, 0o640);
});

for (
  const [what, path, says] of [
    ["a missing file", "/nonexistent/file", "ENOENT"],
    ["a folder", "/tmp", "EISDIR"],
    ["what has no positions", "/dev/null", 'give "-"'],
  ] as const
) {
  Deno.test(`LocalFile refuses ${what} and names it`, () => {
    for (const open of [LocalFile.openToRead, LocalFile.openToWrite]) {
      const error = assertThrows(() => open(path), SystemError, `Cannot open "${path}"`);
      assert(error.message.includes(says), error.message);
    }
  });
}

Deno.test("LocalFile says which byte of which file could not be written, and why", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("file", 512);
  using file = LocalFile.openToRead(path);
  const error = await assertRejects(() => file.write(DATA, 4096), SystemError, "at byte 4096");
  assertEquals([error.call, error.errno], ["pwrite", 9]);
  using full = LocalFile.openToWrite(path);
  await assertRejects(() => full.write(DATA, Number.MAX_SAFE_INTEGER), SystemError, path);
});

Deno.test("tryFileInfo() tells files apart, and when they change", () => {
  using folder = new TemporaryFolder();
  const [one, other] = [folder.file("one", 5), folder.file("other", 5)];
  const info = tryFileInfo(one);
  assertEquals([info?.kind, info?.size], ["file", 5]);
  assert(info?.inode !== tryFileInfo(other)?.inode);
  Deno.linkSync(one, `${folder.path}/same`);
  assertEquals(tryFileInfo(`${folder.path}/same`)?.inode, info?.inode);
  Deno.utimeSync(one, new Date(0), new Date(1500));
  assertEquals(tryFileInfo(one)?.modifiedNs, 1_500_000_000n);
  assertEquals(tryFileInfo(`${folder.path}/none`), undefined);
});

Deno.test("streamSize() tells what is left of a file, and nothing where only the end tells", () => {
  using folder = new TemporaryFolder();
  const sizeOf = (path: string, position: bigint) => {
    const fd = libc().open(toCString(path), 0, 0);
    libc().lseek(fd, position, 0);
    const size = streamSize(fd);
    libc().close(fd);
    return size;
  };
  const path = folder.file("file", 5);
  assertEquals([0n, 2n, 9n].map((position) => sizeOf(path, position)), [5, 3, 0]);
  assertEquals(sizeOf("/dev/null", 0n), undefined);
  assertEquals(sizeOf("/proc/version", 0n), undefined);
});

testLoop("LocalFile claims a block device that it writes to, not one that it reads", () => {
  using folder = new TemporaryFolder();
  using device = new LoopDevice(folder.file("disk", 65536));
  using file = LocalFile.openToWrite(device.path);
  assertEquals([file.info.kind, file.size()], ["block device", 65536]);
  LocalFile.openToRead(device.path)[Symbol.dispose]();
  assertThrows(() => LocalFile.openToWrite(device.path), SystemError, "unmount it");
});
