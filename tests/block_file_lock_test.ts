/**
 * The lock on a file: who may open it beside whom.
 *
 * @module
 */
import "./library.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BlockFile, type BlockFileOptions } from "../ffi/block_file.ts";
import { SystemError } from "../lib/error.ts";
import { TemporaryFolder } from "./temporary.ts";

const MIB = 2 ** 20;

function open(path: string, change: Partial<BlockFileOptions> = {}): BlockFile {
  const { readOnly = false, shared = false, offset = 0, length = 0 } = change;
  return BlockFile.open({ path, direct: false, readOnly, shared, offset, length });
}

const READ_ONLY = { readOnly: true };
const SHARED = { shared: true };
type Options = Partial<BlockFileOptions>;

const REFUSED: readonly [what: string, first: Options, second: Options][] = [
  ["a second one that writes", {}, {}],
  ["one that reads beside one that writes", {}, READ_ONLY],
  ["one that writes beside one that reads", READ_ONLY, {}],
  ["one that writes beside a shared one", SHARED, {}],
  ["a range that overlaps", { offset: 0, length: 1024 }, { offset: 512, length: 1024 }],
  ["a range up to the end", { offset: 1024, length: 0 }, { offset: MIB, length: 512 }],
  ["a range within the other", { offset: 0, length: 4096 }, { offset: 1024, length: 512 }],
];
for (const [what, first, second] of REFUSED) {
  Deno.test(`BlockFile.open() refuses ${what}, and --shared is the remedy`, () => {
    using folder = new TemporaryFolder();
    const path = folder.file("disk", MIB);
    using _held = open(path, first);
    const error = assertThrows(() => open(path, second), SystemError);
    assertStringIncludes(error.message, `Cannot lock "${path}": another target exports it`);
    assertStringIncludes(error.message, "--shared");
  });
}

const ALLOWED: readonly [what: string, first: Options, second: Options, noted: boolean][] = [
  ["two that read", READ_ONLY, READ_ONLY, false],
  ["ranges side by side", { offset: 0, length: 1024 }, { offset: 1024, length: 1024 }, false],
  ["ranges the other way round", { offset: 1024 }, { offset: 0, length: 1024 }, false],
  ["two shared ones", SHARED, SHARED, false],
  ["one that reads beside a shared one", SHARED, READ_ONLY, false],
  ["a shared one beside one that writes, and notes it", {}, SHARED, true],
  ["a shared one that reads beside one that writes, and notes it", {}, {
    ...SHARED,
    ...READ_ONLY,
  }, true],
];
for (const [what, first, second, noted] of ALLOWED) {
  Deno.test(`BlockFile.open() allows ${what}`, () => {
    using folder = new TemporaryFolder();
    const path = folder.file("disk", MIB);
    using held = open(path, first);
    using file = open(path, second);
    assertEquals([held.isLocked, file.isLocked], [true, !noted]);
  });
}

Deno.test("BlockFile[Symbol.dispose]() releases the lock", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", MIB);
  open(path)[Symbol.dispose]();
  using file = open(path);
  assertEquals(file.isLocked, true);
});

Deno.test("BlockFile keeps its lock while others open and close the file", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("disk", MIB);
  using _held = open(path);
  // A lock of the process, unlike one of the open file, would end with any close of the file.
  Deno.readFileSync(path);
  open(path, SHARED)[Symbol.dispose]();
  assertThrows(() => open(path), SystemError, "another target");
});
