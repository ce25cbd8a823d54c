/**
 * Writes past the page cache beside reads through it: where that is done, and that no read ever
 * answers what was there before an ended write.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { BlockFile } from "../ffi/block_file.ts";
import { DirectWriter } from "../ffi/direct_writer.ts";
import { Mapping } from "../ffi/mapping.ts";
import { Uring } from "../ffi/uring.ts";
import { RWF_DSYNC } from "../ffi/uring_abi.ts";
import { FILE_SYSTEM_PROGRAMS, FileSystem } from "./e2e/file_system.ts";
import { e2e } from "./e2e/requires.ts";
import { Random } from "./random.ts";
import { LoopDevice, needLoopDevices, TemporaryFolder } from "./temporary.ts";

const MIB = 2 ** 20;
const PAGE = 4096;
const LANES = 16;

function openFile(path: string): BlockFile {
  return BlockFile.open({
    path,
    readOnly: false,
    direct: false,
    shared: false,
    offset: 0,
    length: 0,
  });
}

function writerOf(path: string): DirectWriter | undefined {
  using file = openFile(path);
  return DirectWriter.open(file.descriptor, file.sectors);
}

Deno.test("a file in memory has no direct writer", () => {
  using folder = new TemporaryFolder("/dev/shm");
  assertEquals(writerOf(folder.file("disk", MIB)), undefined);
});

const onFileSystem = (name: string, run: () => Promise<void>): void =>
  e2e(name, FILE_SYSTEM_PROGRAMS, run, needLoopDevices);

onFileSystem("a block device has no direct writer, wherever its node lies", async () => {
  using folder = new TemporaryFolder("/var/tmp");
  using device = new LoopDevice(folder.file("disk", MIB));
  assertEquals(writerOf(device.path), undefined);
  await using system = await FileSystem.open(16 * MIB);
  const node = `${system.path}/node`;
  const { success } = new Deno.Command("cp", { args: ["-a", device.path, node] }).outputSync();
  assert(success);
  assertEquals(writerOf(node), undefined);
});

/** A file with its writer, and all pages of which some sectors are written and some are read. */
class Bench implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #file: BlockFile;
  readonly #writer: DirectWriter;
  readonly #uring: Uring;
  readonly #memory: Mapping;
  readonly #random = new Random(3);

  constructor(path: string) {
    this.#file = this.#stack.use(openFile(path));
    const writer = DirectWriter.open(this.#file.descriptor, this.#file.sectors);
    assert(writer !== undefined, "there is no direct writer");
    this.#writer = this.#stack.use(writer);
    this.#memory = this.#stack.use(Mapping.open(LANES * PAGE));
    this.#uring = this.#stack.use(Uring.open(4 * LANES)); // ends before its memory
  }

  #finish(count: number): void {
    for (let left = count; left > 0;) {
      this.#uring.enter(1000);
      for (; this.#uring.take(); left--) assertEquals(this.#uring.result, 512);
    }
  }

  /** Writes a sector of some pages while others of them are read. Returns the stale ones. */
  round(value: number): number {
    const { address, buffer } = this.#memory;
    const pages = Array.from({ length: LANES }, (_, lane) => lane * 64 + this.#random.below(64));
    const fd = this.#file.descriptor;
    const each = (act: (page: number, at: number, lane: number) => void): void =>
      pages.forEach((page, lane) => act(page * PAGE, lane * PAGE, lane));
    const bytes = new Uint8Array(buffer);
    const flags = value % 2 === 0 ? 0 : RWF_DSYNC;
    const writer = this.#writer.descriptor;
    each((page, at, lane) => {
      bytes.fill(value, at, at + 512);
      this.#uring.write(writer, address + at, 512, page + 512, lane, flags);
    });
    this.#uring.enter(0);
    each((page, at, lane) => this.#uring.read(fd, address + at + 1024, 512, page + 1024, lane));
    this.#finish(2 * LANES);
    each((page, at, lane) => this.#uring.read(fd, address + at + 2048, 512, page + 512, lane));
    this.#finish(LANES);
    return pages.filter((_, lane) => bytes[lane * PAGE + 2048] !== value).length;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

onFileSystem("what was written past the page cache of ext4 is read through it", async () => {
  await using system = await FileSystem.open(16 * MIB);
  const path = `${system.path}/disk`;
  Deno.writeFileSync(path, new Uint8Array(LANES * 64 * PAGE));
  using bench = new Bench(path);
  let stale = 0;
  for (let round = 0; round < 200; round++) stale += bench.round(1 + round % 255);
  assertEquals(stale, 0);
});
