/**
 * IDENTIFY DEVICE word by word (docs/protocol.md, "Command 0, ATA").
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type Identity,
  readNames,
  readSectors,
  readText,
  writeIdentify,
} from "../lib/ata/identify.ts";
import { assertWritten, STALE, staleView } from "./stale_memory.ts";

const IDENTITY: Identity = {
  serial: "1.2:host",
  firmware: "0.1.0",
  model: "dblade",
  sectors: 2048,
  writeCache: true,
  trim: "none",
  physicalSize: 512,
  physicalOffset: 0,
};
const OFFSET = 36;

function written(change: Partial<Identity> = {}): DataView<ArrayBuffer> {
  const view = staleView(OFFSET + 512 + 8);
  writeIdentify(view, OFFSET, { ...IDENTITY, ...change });
  return view;
}

function wordOf(view: DataView, index: number): number {
  return view.getUint16(OFFSET + 2 * index, true);
}

/** The words `from` to `to` of IDENTIFY under some change of the identity. */
function words(change: Partial<Identity>, from: number, to = from): number[] {
  const view = written(change);
  return Array.from({ length: to - from + 1 }, (_, at) => wordOf(view, from + at));
}

/** `text` as words: the first character in the upper half. */
function textWords(text: string, size: number): number[] {
  const padded = text.padEnd(size);
  return Array.from(
    { length: size / 2 },
    (_, at) => padded.charCodeAt(2 * at) * 256 + padded.charCodeAt(2 * at + 1),
  );
}

/** All words that are not zero, but the last. */
const EXPECTED: ReadonlyMap<number, number> = new Map([
  ...textWords("1.2:host", 20).map((word, at): [number, number] => [10 + at, word]),
  ...textWords("0.1.0", 8).map((word, at): [number, number] => [23 + at, word]),
  ...textWords("dblade", 40).map((word, at): [number, number] => [27 + at, word]),
  [47, 0x8000],
  [49, 0x0200],
  [50, 0x4000],
  [53, 1],
  [54, 2], // 2048 sectors are two whole cylinders and a rest
  [55, 16],
  [56, 63],
  [57, 2016],
  [60, 2048],
  [80, 0x01f0],
  [82, 0x0021],
  [83, 0x7400],
  [84, 0x4000],
  [85, 0x0021],
  [86, 0x7400],
  [87, 0x4000],
  [93, 0x400b],
  [100, 2048],
  [106, 0x4000],
  [209, 0x4000],
  [217, 1],
]);

Deno.test("writeIdentify() writes each listed word, and zero to all others", () => {
  const view = written();
  for (let index = 0; index < 255; index++) {
    assertEquals(wordOf(view, index), EXPECTED.get(index) ?? 0, `word ${index}`);
  }
});

Deno.test("writeIdentify() touches its 512 bytes alone", () => {
  const view = written();
  new Uint8Array(view.buffer, view.byteOffset + OFFSET, 512).fill(STALE);
  assertWritten(view);
});

Deno.test("writeIdentify() ends with the signature and a checksum of zero", () => {
  for (const change of [{}, { serial: "x" }, { sectors: 2 ** 44 }, { writeCache: false }]) {
    const view = written(change);
    assertEquals(wordOf(view, 255) & 0xff, 0xa5);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + OFFSET, 512);
    assertEquals(bytes.reduce((sum, byte) => sum + byte, 0) % 256, 0);
  }
});

for (
  const [sectors, lba28, lba48] of [
    [1, [1, 0], [1, 0, 0, 0]],
    [0x12345, [0x2345, 1], [0x2345, 1, 0, 0]],
    [2 ** 28 - 2, [0xfffe, 0x0fff], [0xfffe, 0x0fff, 0, 0]],
    [2 ** 28 - 1, [0xffff, 0x0fff], [0xffff, 0x0fff, 0, 0]],
    [2 ** 28, [0xffff, 0x0fff], [0, 0x1000, 0, 0]],
    [2 ** 32 - 1, [0xffff, 0x0fff], [0xffff, 0xffff, 0, 0]],
    [2 ** 32, [0xffff, 0x0fff], [0, 0, 1, 0]],
    [0x0fed_cba9_8765, [0xffff, 0x0fff], [0x8765, 0xcba9, 0x0fed, 0]],
    [2 ** 44, [0xffff, 0x0fff], [0, 0, 0x1000, 0]],
  ] as const
) {
  Deno.test(`writeIdentify() states ${sectors} sectors in 28 and 48 bits`, () => {
    assertEquals(words({ sectors }, 60, 61), [...lba28]);
    assertEquals(words({ sectors }, 100, 103), [...lba48]);
  });
}

for (
  const [sectors, cylinders, reached] of [
    [0, 0, 0],
    [1007, 0, 0],
    [1008, 1, 1008],
    [16383 * 1008 - 1, 16382, 16382 * 1008],
    [16383 * 1008, 16383, 16383 * 1008],
    [2 ** 44, 16383, 16383 * 1008],
  ] as const
) {
  Deno.test(`writeIdentify() gives ${sectors} sectors ${cylinders} cylinders`, () => {
    const low = reached % 0x10000;
    const geometry = [cylinders, 16, 63, low, (reached - low) / 0x10000];
    assertEquals(words({ sectors }, 54, 58), geometry);
  });
}

Deno.test("writeIdentify() clears the cache bit of word 85, not 82, under sync", () => {
  assertEquals(words({ writeCache: false }, 82, 87), [
    0x0021,
    0x7400,
    0x4000,
    0x0001,
    0x7400,
    0x4000,
  ]);
});

for (
  const [trim, additional, blocks, support] of [
    ["none", 0, 0, 0],
    ["undefined", 0, 1, 1],
    ["zeros", 0x4020, 1, 1],
  ] as const
) {
  Deno.test(`writeIdentify() announces TRIM as ${trim}`, () => {
    assertEquals(words({ trim }, 69), [additional]);
    assertEquals(words({ trim }, 105), [blocks]);
    assertEquals(words({ trim }, 169), [support]);
  });
}

for (
  const [physicalSize, physicalOffset, sizes, alignment] of [
    [512, 0, 0x4000, 0x4000],
    [1024, 1, 0x6001, 0x4001],
    [4096, 0, 0x6003, 0x4000],
    [4096, 1, 0x6003, 0x4001],
    [4096, 7, 0x6003, 0x4007],
    [65536, 63, 0x6007, 0x403f],
  ] as const
) {
  Deno.test(`writeIdentify() states sectors of ${physicalSize} at ${physicalOffset}`, () => {
    assertEquals(words({ physicalSize, physicalOffset }, 106), [sizes]);
    assertEquals(words({ physicalSize, physicalOffset }, 209), [alignment]);
  });
}

Deno.test("writeIdentify() cuts texts that are too long and replaces what is not printable", () => {
  const change = { serial: "x".repeat(21), firmware: "a\0b\x7fcü€\n", model: "y".repeat(99) };
  assertEquals(words(change, 10, 19), textWords("x".repeat(20), 20));
  assertEquals(words(change, 23, 26), textWords("a?b?c???", 8));
  assertEquals(words(change, 27, 46), textWords("y".repeat(40), 40));
});

Deno.test("readNames() reads what writeIdentify() wrote", () => {
  assertEquals(readNames(written({ serial: " a b " }), OFFSET), {
    serial: "a b",
    firmware: "0.1.0",
    model: "dblade",
  });
});

Deno.test("readText() swaps bytes, and takes zeros for padding", () => {
  assertEquals(readText(staleView(16, "62 61 00 63 00 00"), 0, 6), "abc");
});

for (const sectors of [0, 1, 2 ** 28, 2 ** 32 - 1, 2 ** 32, 2 ** 44]) {
  Deno.test(`readSectors() reads ${sectors} as writeIdentify() wrote it`, () => {
    assertEquals(readSectors(written({ sectors }), OFFSET), sectors);
  });
}

Deno.test("readSectors() takes the 28-bit words where a disk has no 48-bit addresses", () => {
  const view = written({ sectors: 0x12345 });
  view.setUint16(OFFSET + 2 * 83, 0x7000, true);
  view.setUint16(OFFSET + 2 * 100, 77, true);
  assertEquals(readSectors(view, OFFSET), 0x12345);
});
