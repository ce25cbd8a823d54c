/**
 * What is lent of a file in memory, and when nothing is.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals } from "@std/assert";
import { BlockFile } from "../ffi/block_file.ts";
import { Lender } from "../lib/server/lender.ts";
import { TemporaryFolder } from "./temporary.ts";

const MIB = 2 ** 20;

/** A file of tmpfs with a lender for it. */
class Bench implements Disposable {
  readonly path: string;
  readonly lender: Lender;
  readonly #stack = new DisposableStack();

  constructor(content: Uint8Array<ArrayBuffer>) {
    const folder = this.#stack.use(new TemporaryFolder("/dev/shm"));
    this.path = folder.file("disk", 0);
    Deno.writeFileSync(this.path, content);
    const options = { readOnly: false, direct: false, shared: false, offset: 0, length: 0 };
    const file = this.#stack.use(BlockFile.open({ path: this.path, ...options }));
    this.lender = this.#stack.use(new Lender(file.descriptor));
  }

  /** Distance of what is lent from what is lent at the start; undefined: nothing is. */
  lent(offset: number, length = 512): number | undefined {
    const address = this.lender.lend(offset, length);
    return address === 0 ? undefined : address - this.lender.lend(0, 512);
  }

  /** Mappings of the file in this process. */
  get mappingCount(): number {
    return Deno.readTextFileSync("/proc/self/maps").split(this.path).length - 1;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

Deno.test("a whole file is lent up to its end", () => {
  using bench = new Bench(new Uint8Array(MIB).fill(1));
  assertEquals(bench.mappingCount, 0);
  assertEquals([bench.lent(0), bench.lent(512), bench.lent(MIB - 512)], [0, 512, MIB - 512]);
  assertEquals(bench.mappingCount, 1);
  assertEquals([bench.lent(MIB), bench.lent(MIB - 512, 1024)], [undefined, undefined]);
});

Deno.test("a file with holes is not lent, nor one without a byte", () => {
  using empty = new Bench(new Uint8Array(0));
  assertEquals(empty.lent(0), undefined);
  using bench = new Bench(new Uint8Array(4096));
  Deno.truncateSync(bench.path, MIB);
  assertEquals([bench.lent(0), bench.mappingCount], [undefined, 0]);
});

Deno.test("a file that grew is lent anew, and what was lent before stays where it is", () => {
  using bench = new Bench(new Uint8Array(MIB).fill(1));
  assertEquals(bench.lent(512), 512);
  Deno.writeFileSync(bench.path, new Uint8Array(MIB).fill(2), { append: true });
  assertEquals(bench.lent(MIB), undefined); // nobody has told it
  bench.lender.resized();
  assertEquals([bench.lent(MIB), bench.lent(2 * MIB)], [MIB, undefined]);
  assertEquals(bench.mappingCount, 2);
});

Deno.test("after an end nothing is lent and nothing is mapped", () => {
  using bench = new Bench(new Uint8Array(MIB).fill(1));
  assertEquals(bench.lent(0), 0);
  bench.lender.rest();
  assertEquals(bench.lent(0), 0);
  bench.lender.stop();
  assertEquals([bench.lent(0), bench.mappingCount], [undefined, 0]);
  bench.lender.rest();
  assert(bench.lender.lend(0, 512) === 0);
});
