/**
 * Memory outside of the JavaScript heap.
 *
 * @module
 */
import "./library.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { O_RDWR } from "../ffi/abi.ts";
import { libc, toCString } from "../ffi/libc.ts";
import { Mapping } from "../ffi/mapping.ts";
import { BugError } from "../lib/assert.ts";
import { SystemError } from "../lib/error.ts";
import { TemporaryFolder } from "./temporary.ts";

const PAGE_SIZE = 4096n;
const ENOMEM = 12;

function addressOf(pointer: Deno.PointerObject): bigint {
  return BigInt(Deno.UnsafePointer.value(pointer));
}

Deno.test("Mapping.open() gives zeros of the size asked for", () => {
  using memory = Mapping.open(5000);
  assertEquals(memory.size, 5000);
  assertEquals(memory.buffer.byteLength, 5000);
  assert(new Uint8Array(memory.buffer).every((byte) => byte === 0));
});

Deno.test("Mapping.open() begins at a page", () => {
  using memory = Mapping.open(1);
  assertEquals(addressOf(memory.pointerAt(0)) % PAGE_SIZE, 0n);
});

Deno.test("Mapping.open() throws where there is not so much memory", () => {
  const error = assertThrows(() => Mapping.open(2 ** 52), SystemError, "4503599627370496 bytes");
  assertEquals([error.call, error.errno], ["mmap", ENOMEM]);
});

Deno.test("Mapping.pointerAt() points at the byte that the buffer shows", () => {
  using memory = Mapping.open(8192);
  new Uint8Array(memory.buffer)[8191] = 0x5a;
  const pointer = memory.pointerAt(8191);
  assertEquals(Deno.UnsafePointerView.getArrayBuffer(pointer, 1), Uint8Array.of(0x5a).buffer);
  assertEquals(addressOf(pointer) - addressOf(memory.pointerAt(0)), 8191n);
});

Deno.test("Mapping.ofDescriptor() shares what a descriptor stands for", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("shared", 8192);
  const fd = libc().open(toCString(path), O_RDWR, 0);
  const memory = Mapping.share(fd, 8192, 0n);
  libc().close(fd); // the mapping stays
  new Uint8Array(memory.buffer)[5000] = 0x5a;
  assertEquals(Deno.readFileSync(path)[5000], 0x5a);
  memory[Symbol.dispose]();
  assertThrows(() => Mapping.share(-1, 4096, 0n), SystemError, "4096 bytes");
});

for (const offset of [-1, 8192, 10_000, NaN]) {
  Deno.test(`Mapping.pointerAt() takes the offset ${offset} for a bug`, () => {
    using memory = Mapping.open(8192);
    assertThrows(() => memory.pointerAt(offset), BugError);
  });
}

Deno.test("Mapping.address is where it begins", () => {
  using memory = Mapping.open(4096);
  assertEquals(BigInt(memory.address), addressOf(memory.pointerAt(0)));
});

Deno.test("Mapping objects do not share memory", () => {
  using one = Mapping.open(4096);
  using other = Mapping.open(4096);
  new Uint8Array(one.buffer).fill(1);
  assert(new Uint8Array(other.buffer).every((byte) => byte === 0));
});

Deno.test("Mapping[Symbol.dispose]() may be called twice", () => {
  const memory = Mapping.open(4096);
  memory[Symbol.dispose]();
  // The address may be another mapping's by now, which the second call must leave alone.
  using next = Mapping.open(4096);
  memory[Symbol.dispose]();
  new Uint8Array(next.buffer)[0] = 1;
  assertEquals(new Uint8Array(next.buffer)[0], 1);
});
