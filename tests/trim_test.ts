/**
 * The ranges of a TRIM.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  hullEnd,
  hullStart,
  rangeCount,
  RANGES_PER_BLOCK,
  rangesFit,
  rangeStart,
} from "../lib/ata/trim.ts";
import { staleView, zeros } from "./stale_memory.ts";

const OFFSET = 36;

function listOf(...ranges: string[]): DataView {
  return staleView(OFFSET + 512, zeros(OFFSET) + ranges.join(""));
}

Deno.test("RANGES_PER_BLOCK is 64", () => assertEquals(RANGES_PER_BLOCK, 64));

Deno.test("rangeStart() and rangeCount() read 48 and 16 bits, little-endian", () => {
  const list = listOf("060504030201 0807", "ffffffffffff ffff", "000000000080 0100");
  assertEquals([0, 1, 2].map((at) => rangeStart(list, OFFSET, at)), [
    0x010203040506,
    2 ** 48 - 1,
    2 ** 47,
  ]);
  assertEquals([0, 1, 2].map((at) => rangeCount(list, OFFSET, at)), [0x0708, 0xffff, 1]);
});

Deno.test("rangeStart() reaches the last range of a block", () => {
  const list = listOf(zeros(63 * 8), "2a0000000000 0300");
  assertEquals([rangeStart(list, OFFSET, 63), rangeCount(list, OFFSET, 63)], [42, 3]);
});

for (
  const [what, ranges, fits] of [
    ["no range", [], true],
    ["the whole disk", ["000000000000 6400"], true],
    ["one sector too many", ["000000000000 6500"], false],
    ["the last sector", ["630000000000 0100"], true],
    ["one across the end", ["630000000000 0200"], false],
    ["one behind the end", ["640000000000 0100"], false],
    ["an empty range behind the end", ["ffffffffffff 0000"], true],
    ["a start that differs in its upper half alone", ["000000000100 0100"], false],
    ["the largest range", ["ffffffffffff ffff"], false],
    ["a bad one behind a good one", ["000000000000 0100", "640000000000 0100"], false],
    ["a good one behind a bad one", ["640000000000 0100", "000000000000 0100"], false],
  ] as const
) {
  Deno.test(`rangesFit() says ${fits} of ${what} on 100 sectors`, () => {
    assertEquals(rangesFit(listOf(...ranges), OFFSET, ranges.length, 100), fits);
  });
}

Deno.test("rangesFit() does not look behind the count", () => {
  const list = listOf("000000000000 0100", "640000000000 0100");
  assertEquals([1, 2].map((count) => rangesFit(list, OFFSET, count, 100)), [true, false]);
});

for (
  const [what, ranges, hull] of [
    ["one range", ["050000000000 0300"], [5, 8]],
    ["ranges in any order", ["630000000000 0100", "020000000000 0200", "060000000000 0100"], [
      2,
      100,
    ]],
    ["one within another", ["000000000000 0900", "030000000000 0100"], [0, 9]],
    ["ranges of nothing", ["050000000000 0100", "ffffffffffff 0000", zeros(8)], [5, 6]],
    ["the end of the largest disk", ["ffffffffffff 0100"], [2 ** 48 - 1, 2 ** 48]],
    ["nothing", [zeros(8), "ffffffffffff 0000"], [Infinity, 0]],
  ] as const
) {
  Deno.test(`hullStart() and hullEnd() hold ${what}`, () => {
    const list = listOf(...ranges);
    const found = [hullStart, hullEnd].map((hullOf) => hullOf(list, OFFSET, ranges.length));
    assertEquals(found, [...hull]);
  });
}
