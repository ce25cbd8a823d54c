/**
 * The filter that knows where no range lies.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { type ByteRange, RangeFilter } from "../lib/target/range_filter.ts";
import { Random } from "./random.ts";

function range(begin: number, size = 512): ByteRange {
  return { begin, end: begin + size };
}

Deno.test("RangeFilter: an empty one touches nothing", () => {
  const filter = new RangeFilter();
  for (const begin of [0, 512, 2 ** 53 - 512]) assertEquals(filter.mayTouch(range(begin)), false);
  assertEquals(filter.mayTouch({ begin: 0, end: Infinity }), false);
});

Deno.test("RangeFilter: what touches a range is told so, on every side", () => {
  const filter = new RangeFilter();
  filter.add(range(8192, 1024));
  assertEquals(filter.mayTouch(range(8192)), true);
  assertEquals(filter.mayTouch(range(8704)), true);
  assertEquals(filter.mayTouch(range(7680, 1024)), true);
  assertEquals(filter.mayTouch(range(0, 2 ** 40)), true);
  assertEquals(filter.mayTouch({ begin: 0, end: Infinity }), true);
});

Deno.test("RangeFilter: what lies in other regions, or behind all, touches nothing", () => {
  const filter = new RangeFilter();
  filter.add(range(8192, 1024));
  assertEquals(filter.mayTouch(range(0, 8192)), false);
  assertEquals(filter.mayTouch(range(9216)), false);
  filter.add(range(2 ** 40));
  assertEquals(filter.mayTouch(range(2 ** 40 + 512)), false);
  assertEquals(filter.mayTouch(range(2 ** 40 - 4096, 4096)), false);
});

Deno.test("RangeFilter: a wide range may be anywhere before its end", () => {
  const filter = new RangeFilter();
  const wide = range(2 ** 30, 2 ** 20);
  filter.add(wide);
  assertEquals(filter.mayTouch(range(0)), true);
  assertEquals(filter.mayTouch(range(2 ** 30 + 2 ** 20)), false);
  // So many regions that 32 bits of their number are all alike.
  const whole = range(0, 2 ** 44);
  filter.add(whole);
  filter.remove(wide);
  assertEquals(filter.mayTouch(range(2 ** 43)), true);
  filter.remove(whole);
  assertEquals(filter.mayTouch(range(0)), false);
});

Deno.test("RangeFilter: ranges leave as often as they came", () => {
  const filter = new RangeFilter();
  filter.add(range(0, 16384));
  filter.add(range(0, 16384));
  filter.remove(range(0, 16384));
  assertEquals(filter.mayTouch(range(12288)), true);
  filter.remove(range(0, 16384));
  assertEquals(filter.mayTouch(range(12288)), false);
});

Deno.test("RangeFilter: no range that touches another one is ever missed", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new Random(seed);
    const filter = new RangeFilter();
    const held: ByteRange[] = [];
    for (let turn = 0; turn < 500; turn++) {
      const base = random.pick([0, 2 ** 31, 2 ** 44, 2 ** 53 - 2 ** 26]);
      const size = 512 * (1 + random.below(random.pick([2, 17, 64, 70000])));
      const next = range(base + 512 * random.below(2 ** 16), size);
      const touches = held.some(({ begin, end }) => next.begin < end && begin < next.end);
      if (touches) assertEquals(filter.mayTouch(next), true, `seed ${seed}, turn ${turn}`);
      if (random.oneIn(2) && held.length > 0) {
        const [gone] = held.splice(random.below(held.length), 1);
        if (gone !== undefined) filter.remove(gone);
      } else {
        filter.add(next);
        held.push(next);
      }
    }
    for (const one of held) filter.remove(one);
    assertEquals(filter.mayTouch(range(0, 2 ** 50)), false);
  }
});
