/**
 * The kernel's program for many addresses: what it lets up is held against a plain list of them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { DiskAddress } from "../lib/wire/address.ts";
import { Code, type Instruction, INSTRUCTIONS_MAX } from "../lib/wire/bpf.ts";
import { requestFilter } from "../lib/wire/filter.ts";
import { assertTakes, HOST, INDEX, run } from "./bpf.ts";
import { Random } from "./random.ts";

const SHELF_ANY = 0xffff;
const SLOT_ANY = 0xff;
/** From an address to the next one, as one number: no step, a step, over the slot of all, more. */
const STEPS = [0, 1, 1, 1, 2, 3, 254, 256, 60_000];

const frame = new Uint8Array(24);
frame.set([0x88, 0xa2, 0x10], 12);

function lets(program: readonly Instruction[], { shelf, slot }: DiskAddress): boolean {
  frame.set([shelf >> 8, shelf & 0xff, slot], 16);
  return run(program, frame, HOST) > 0;
}

/** Whether a request to that address is one to any of `addresses`. */
class Oracle {
  readonly #all: Set<number>;
  readonly #shelves: Set<number>;
  readonly #slots: Set<number>;

  constructor(addresses: readonly DiskAddress[]) {
    this.#all = new Set(addresses.map(({ shelf, slot }) => shelf * 256 + slot));
    this.#shelves = new Set(addresses.map(({ shelf }) => shelf));
    this.#slots = new Set(addresses.map(({ slot }) => slot));
  }

  concerns({ shelf, slot }: DiskAddress): boolean {
    if (shelf === SHELF_ANY) return slot === SLOT_ANY || this.#slots.has(slot);
    return slot === SLOT_ANY ? this.#shelves.has(shelf) : this.#all.has(shelf * 256 + slot);
  }
}

function anyAddress(random: Random): DiskAddress {
  return { shelf: random.below(SHELF_ANY), slot: random.below(SLOT_ANY) };
}

/** Addresses anywhere, or most of them beside others. */
function addressesOf(random: Random, count: number, areScattered: boolean): DiskAddress[] {
  let key = random.below(2 ** 20);
  return Array.from({ length: count }, () => {
    if (areScattered) return anyAddress(random);
    key = (key + random.pick(STEPS)) % (SHELF_ANY * 256);
    return { shelf: key >> 8, slot: Math.min(key & 0xff, SLOT_ANY - 1) };
  });
}

/** Where a mistake would show: at each address, beside it, by wildcards, and anywhere. */
function* questions(random: Random, addresses: readonly DiskAddress[]): Iterable<DiskAddress> {
  for (const { shelf, slot } of addresses) {
    for (const near of [-256, -2, -1, 0, 1, 2, 256]) {
      const key = (shelf * 256 + slot + near + 2 ** 24) % 2 ** 24;
      yield { shelf: key >> 8, slot: key & 0xff };
    }
    yield { shelf, slot: SLOT_ANY };
    yield { shelf: SHELF_ANY, slot };
    yield anyAddress(random);
    yield { ...anyAddress(random), slot: SLOT_ANY };
  }
  for (let slot = 0; slot <= SLOT_ANY; slot++) yield { shelf: SHELF_ANY, slot };
  yield { shelf: 0, slot: 0 };
}

for (const areScattered of [false, true]) {
  const how = areScattered ? "scattered" : "close";
  Deno.test(`requestFilter() lets up requests to ${how} addresses and no others`, () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const count = 1 + random.below(random.pick([1, 3, 30, 800]));
      const addresses = addressesOf(random, count, areScattered);
      const program = requestFilter(addresses, INDEX);
      const oracle = new Oracle(addresses);
      assertTakes(program);
      for (const question of questions(random, addresses)) {
        const { shelf, slot } = question;
        const what = `seed ${seed}: e${shelf}.${slot}`;
        assertEquals(lets(program, question), oracle.concerns(question), what);
      }
    }
  });
}

Deno.test("requestFilter() of a program that would be too long lets up no address less", () => {
  for (const sizeMax of [0, 12, 16, 40, 300, 1000, INSTRUCTIONS_MAX]) {
    for (const count of [1, 1500, 10_000]) {
      const random = new Random(sizeMax + count);
      const addresses = addressesOf(random, count, true);
      const program = requestFilter(addresses, INDEX, sizeMax);
      assertTakes(program);
      assert(program.length <= Math.max(10, sizeMax), `${program.length} of ${sizeMax}`);
      const oracle = new Oracle(addresses);
      for (const question of questions(random, addresses)) {
        if (oracle.concerns(question)) assert(lets(program, question), JSON.stringify(question));
      }
    }
  }
});

Deno.test("requestFilter() of 1900 scattered addresses errs by wildcards alone", () => {
  const random = new Random(7);
  const addresses = addressesOf(random, 1900, true);
  const program = requestFilter(addresses, INDEX);
  const oracle = new Oracle(addresses);
  for (const question of questions(random, addresses)) {
    if (question.slot === SLOT_ANY || question.shelf === SHELF_ANY) continue;
    assertEquals(lets(program, question), oracle.concerns(question), JSON.stringify(question));
  }
});

Deno.test("requestFilter() joins what is close first", () => {
  // Groups of four with a gap in each: room for one range a group, but for no more.
  const groups = Array.from({ length: 20 }, (_, group) => 1000 * group);
  const addresses = groups.flatMap((shelf) => [0, 1, 3].map((slot) => ({ shelf, slot })));
  const program = requestFilter(addresses, INDEX, 58);
  for (const shelf of groups) {
    assert(lets(program, { shelf, slot: 2 }));
    assert(!lets(program, { shelf, slot: 4 }));
    assert(!lets(program, { shelf: shelf + 500, slot: 1 }));
  }
});

Deno.test("requestFilter() of no address lets nothing up, by no wildcard either", () => {
  const program = requestFilter([], INDEX);
  assertTakes(program);
  assert(!lets(program, { shelf: 0, slot: 0 }));
  assert(!lets(program, { shelf: SHELF_ANY, slot: SLOT_ANY }));
});

Deno.test("requestFilter() takes few instructions where addresses follow each other", () => {
  const addresses = Array.from({ length: 10_000 }, (_, at) => {
    return { shelf: Math.floor(at / SLOT_ANY), slot: at % SLOT_ANY };
  });
  const program = requestFilter(addresses, INDEX);
  assert(program.length < 30, `${program.length}`);
  assert(program.every(([code]) => code !== Code.JUMP));
});
