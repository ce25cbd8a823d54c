/**
 * Whole small files.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { fileExists, readSmallFile, renameFile, replaceFile } from "../ffi/small_file.ts";
import { SystemError } from "../lib/error.ts";
import { TemporaryFolder } from "./temporary.ts";

const KIB = 1024;
const ENOENT = 2;
const EIO = 5;
const EISDIR = 21;

function namesIn(folder: TemporaryFolder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
}

for (const size of [0, 1, 4096, 64 * KIB]) {
  Deno.test(`readSmallFile() reads ${size} bytes`, () => {
    using folder = new TemporaryFolder();
    const bytes = Uint8Array.from({ length: size }, (_, at) => at * 7);
    Deno.writeFileSync(`${folder.path}/file`, bytes);
    assertEquals<Uint8Array | undefined>(readSmallFile(`${folder.path}/file`), bytes);
  });
}

Deno.test("readSmallFile() stops after 64 KiB", () => {
  using folder = new TemporaryFolder();
  assertEquals(readSmallFile(folder.file("file", 64 * KIB + 1))?.length, 64 * KIB);
});

Deno.test("readSmallFile() gives undefined where there is no file", () => {
  using folder = new TemporaryFolder();
  assertEquals(readSmallFile(`${folder.path}/file`), undefined);
});

Deno.test("readSmallFile() reads what the kernel makes up, whose size it does not tell", () => {
  const text = new TextDecoder().decode(readSmallFile("/proc/self/stat"));
  assertEquals(Number.parseInt(text), Deno.pid);
});

Deno.test("readSmallFile() goes on where the kernel gives a page at a time", () => {
  const size = readSmallFile("/proc/self/maps")?.length ?? 0;
  assert(size > 2 * 4096, `only ${size} bytes`);
});

Deno.test("readSmallFile() throws on a folder and names it", () => {
  const error = assertThrows(() => readSmallFile("/tmp"), SystemError, 'Cannot read "/tmp"');
  assertEquals([error.call, error.errno], ["pread", EISDIR]);
});

for (const size of [0, 1, 5000, 64 * KIB]) {
  Deno.test(`replaceFile() writes ${size} bytes, over more and over none`, () => {
    using folder = new TemporaryFolder();
    const bytes = new Uint8Array(size).fill(0x5a);
    Deno.writeFileSync(`${folder.path}/old`, new Uint8Array(100 * KIB));
    for (const name of ["old", "new"]) {
      replaceFile(folder.path, name, bytes);
      assertEquals(Deno.readFileSync(`${folder.path}/${name}`), bytes);
    }
    assertEquals(namesIn(folder), ["new", "old"]);
  });
}

Deno.test("replaceFile() makes a new file, so that readers of the old one see no half", () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/file`;
  Deno.writeTextFileSync(path, "old");
  using reader = Deno.openSync(path);
  replaceFile(folder.path, "file", new TextEncoder().encode("newer"));
  const bytes = new Uint8Array(8);
  assertEquals(reader.readSync(bytes), 3);
  assertEquals(new TextDecoder().decode(bytes.subarray(0, 3)), "old");
});

Deno.test("replaceFile() lets none but the owner read", () => {
  using folder = new TemporaryFolder();
  replaceFile(folder.path, "file", new Uint8Array(1));
  assertEquals((Deno.statSync(`${folder.path}/file`).mode ?? 0) & 0o777, 0o600);
});

Deno.test("replaceFile() takes what a crash left beside the file for nothing", () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file.new`, "much longer than the new content");
  replaceFile(folder.path, "file", new TextEncoder().encode("new"));
  assertEquals(Deno.readTextFileSync(`${folder.path}/file`), "new");
  assertEquals(namesIn(folder), ["file"]);
});

Deno.test("replaceFile() throws where the folder is missing and names the file", () => {
  const error = assertThrows(
    () => replaceFile("/nonexistent", "file", new Uint8Array(1)),
    SystemError,
    '"/nonexistent/file',
  );
  assertEquals([error.call, error.errno], ["open", ENOENT]);
});

Deno.test("replaceFile() throws where the new file cannot take the old one's place", () => {
  using folder = new TemporaryFolder();
  Deno.mkdirSync(`${folder.path}/file`);
  const error = assertThrows(
    () => replaceFile(folder.path, "file", new Uint8Array(1)),
    SystemError,
    `Cannot replace "${folder.path}/file"`,
  );
  assertEquals([error.call, error.errno], ["rename", EISDIR]);
});

/** Fails the first `failures` times. */
function failingSync(failures: number): (fd: number, folder: string) => void {
  let left = failures;
  return (_fd, folder) => {
    if (left-- > 0) throw new SystemError(`Cannot sync the folder "${folder}"`, "fsync", EIO);
  };
}

for (const size of [undefined, 3, 100 * KIB]) {
  Deno.test(`replaceFile() leaves ${size} bytes as they were where the folder's sync fails`, () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/file`;
    const old = size === undefined ? undefined : new Uint8Array(size).fill(0x5a);
    if (old !== undefined) Deno.writeFileSync(path, old);
    for (const [failures, isUnsure] of [[1, false], [2, true]] as const) {
      const replace = () =>
        replaceFile(folder.path, "file", new Uint8Array(9), failingSync(failures));
      const error = assertThrows(replace, SystemError, "Cannot sync");
      assertEquals([error.call, error.errno], ["fsync", EIO]);
      assertEquals(error.message.includes("may count after a restart"), isUnsure);
      assertEquals(namesIn(folder), old === undefined ? [] : ["file"]);
      if (old !== undefined) assertEquals(Deno.readFileSync(path), old);
    }
  });
}

Deno.test("replaceFile() says where neither the folder's sync nor putting back works", () => {
  using folder = new TemporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "old");
  const sync = (_fd: number, path: string) => {
    Deno.mkdirSync(`${path}/file.new`);
    throw new SystemError("Cannot sync", "fsync", EIO);
  };
  const replace = () => replaceFile(folder.path, "file", new Uint8Array(9), sync);
  assertThrows(replace, SystemError, "may count after a restart");
});

Deno.test("renameFile() gives the old name back where the folder's sync fails", () => {
  using folder = new TemporaryFolder();
  folder.file("from", 3);
  for (const failures of [1, 2]) {
    const rename = () => renameFile(folder.path, "from", "to", failingSync(failures));
    assertThrows(rename, SystemError, "Cannot sync");
    assertEquals(namesIn(folder), ["from"]);
  }
  renameFile(folder.path, "from", "to");
  assertEquals(namesIn(folder), ["to"]);
});

Deno.test("fileExists() finds a link that leads to nothing", () => {
  using folder = new TemporaryFolder();
  Deno.symlinkSync("/nonexistent/file", `${folder.path}/link`);
  assertEquals(fileExists(`${folder.path}/link`), true);
  assertEquals(fileExists(`${folder.path}/other`), false);
});
