/**
 * Comparing.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { SystemError } from "../lib/error.ts";
import { compare, comparePieces } from "../lib/transfer/verifier.ts";
import { PIECE_SIZE } from "../lib/transfer/read_ahead.ts";
import { pattern } from "./e2e/image.ts";
import { Random } from "./random.ts";
import { MemoryPlace, NEVER, shuffle } from "./transfer_fakes.ts";

const SECTOR = 512;

/** The same, byte by byte. */
function slowly(one: Uint8Array, other: Uint8Array) {
  const bad = [...one.keys()].filter((at) => one[at] !== other[at]);
  const sectors = new Set(bad.map((at) => Math.floor(at / SECTOR)));
  return { first: bad[0], sectors: sectors.size };
}

for (const size of [0, 1, 3, 4, 511, 512, 513, 515, 1024, 1027, 5000]) {
  Deno.test(`comparePieces() finds what differs in ${size} bytes`, () => {
    const one = pattern(size, 1);
    assertEquals(comparePieces(one, one.slice()), { first: undefined, sectors: 0 });
    for (let at = 0; at < size; at++) {
      const other = one.slice();
      other[at] = (other[at] ?? 0) ^ 1;
      assertEquals(comparePieces(one, other), { first: at, sectors: 1 });
    }
    const random = new Random(size + 1);
    for (let round = 0; round < 100; round++) {
      const other = one.slice();
      for (let count = 0; count < 1 + round % 9; count++) {
        if (size > 0) other[random.below(size)] = random.below(256);
      }
      assertEquals(comparePieces(one, other), slowly(one, other));
    }
  });
}

Deno.test("compare() counts over pieces, and shows the disk's bytes in order", async () => {
  const size = 3 * PIECE_SIZE + 700;
  const disk = new MemoryPlace("e0.0", pattern(size + 1024, 1));
  const file = new MemoryPlace("file", disk.bytes.slice(1024));
  disk.access = file.access = shuffle;
  for (const at of [PIECE_SIZE + 5, PIECE_SIZE + 6, 2 * PIECE_SIZE, size - 1]) {
    file.bytes[at] = (file.bytes[at] ?? 0) ^ 0xff;
  }
  let seen = 0;
  const see = (bytes: Uint8Array) => {
    assertEquals(bytes, disk.bytes.subarray(1024 + seen, 1024 + seen + bytes.length));
    seen += bytes.length;
  };
  const job = { disk, offset: 1024, file, length: size, see, progress: () => {}, signal: NEVER };
  const found = await compare(job);
  const expected = { compared: size, first: PIECE_SIZE + 5, sectors: 3, isStopped: false };
  assertEquals(found, expected);
  assertEquals(seen, size);
});

Deno.test("compare() takes no file for equal that became shorter meanwhile", async () => {
  const disk = new MemoryPlace("e0.0", pattern(8192, 1));
  const file = new MemoryPlace("file", disk.bytes.slice());
  file.access = () => {
    file.bytes = file.bytes.subarray(0, 1000);
    return Promise.resolve();
  };
  const common = { offset: 0, see: () => {}, progress: () => {}, signal: NEVER };
  await assertRejects(
    () => compare({ ...common, disk, file, length: 8192 }),
    SystemError,
    "file became shorter: it ended after 1000 bytes",
  );
});

Deno.test("compare() stops though a stream never gives anything", async () => {
  const disk = new MemoryPlace("e0.0", pattern(8192, 1));
  const file = new MemoryPlace("standard input", disk.bytes);
  const controller = new AbortController();
  file.access = () => {
    setTimeout(() => controller.abort(), 10);
    return new Promise(() => {});
  };
  const common = { offset: 0, see: () => {}, progress: () => {}, signal: controller.signal };
  const found = await compare({ ...common, disk, file, length: 8192 });
  assertEquals(found, { compared: 0, first: undefined, sectors: 0, isStopped: true });
});

Deno.test("compare() ends with the shorter one", async () => {
  const disk = new MemoryPlace("e0.0", pattern(8192, 1));
  const file = new MemoryPlace("file", disk.bytes.slice(0, 1000));
  const common = { offset: 0, see: () => {}, progress: () => {}, signal: NEVER };
  const found = await compare({ ...common, disk, file, length: 8192 });
  assertEquals(found, { compared: 1000, first: undefined, sectors: 0, isStopped: false });
});
