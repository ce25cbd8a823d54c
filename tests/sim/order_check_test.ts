/**
 * The search for contradictions against a search for an order, on small histories; what it is to
 * say of plain ones.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { Random } from "../random.ts";
import { findContradiction, type Span } from "./order_check.ts";

const HISTORIES = 20_000;
/** What was there first. */
const FIRST: Span = { value: 0, start: -2, end: -1 };

interface Step extends Span {
  readonly isWrite: boolean;
}

/** Whether the steps that are left fit an order that begins with `value`: tries them all. */
function hasOrder(left: readonly Step[], value: number): boolean {
  if (left.length === 0) return true;
  return left.some((step) => {
    const comesFirst = left.every((other) => other.end >= step.start);
    if (!comesFirst || (!step.isWrite && step.value !== value)) return false;
    return hasOrder(left.filter((other) => other !== step), step.value);
  });
}

function randomSpan(random: Random, value: number): Span {
  // Moments are never the same: a value and its turn make the lower digits.
  const start = random.below(12) + random.next() / 2 ** 33;
  return { value, start, end: start + 0.5 + random.below(8) + random.next() / 2 ** 33 };
}

Deno.test("a contradiction is found exactly where there is no order", () => {
  const random = new Random(1);
  let contradictions = 0;
  for (let turn = 0; turn < HISTORIES; turn++) {
    const writeCount = 1 + random.below(3);
    const writes = Array.from({ length: writeCount }, (_, at) => randomSpan(random, at + 1));
    const reads = Array.from(
      { length: random.below(4) },
      () => randomSpan(random, random.below(writeCount + 1)),
    );
    const steps = [
      ...writes.map((span) => ({ ...span, isWrite: true })),
      ...reads.map((span) => ({ ...span, isWrite: false })),
    ];
    const found = findContradiction([FIRST, ...writes], reads);
    assertEquals(found === null, hasOrder(steps, 0), JSON.stringify({ writes, reads, found }));
    if (found !== null) contradictions++;
  }
  // Both answers must come up often, or the comparison says little.
  assert(contradictions > HISTORIES / 10 && contradictions < HISTORIES * 9 / 10);
});

const A: Span = { value: 1, start: 0, end: 10 };
const B: Span = { value: 2, start: 20, end: 30 };
const CASES: readonly (readonly [string, readonly Span[], readonly Span[], RegExp | null])[] = [
  ["a read of the last write", [A, B], [{ value: 2, start: 40, end: 41 }], null],
  [
    "a read of what was overwritten",
    [A, B],
    [{ value: 1, start: 40, end: 41 }],
    /2 was written while 1 stayed/,
  ],
  ["a read of what was never written", [A], [{ value: 9, start: 40, end: 41 }], /never written/],
  ["a read from the future", [A, B], [{ value: 2, start: 12, end: 13 }], /before it was written/],
  [
    "a write that comes back",
    [A, { value: 2, start: 1, end: 9 }],
    [
      { value: 1, start: 11, end: 12 },
      { value: 2, start: 13, end: 14 },
      { value: 1, start: 15, end: 16 },
    ],
    /was still there/,
  ],
  [
    "a write that left no trace",
    [A, { value: 2, start: 12, end: 13 }],
    [{ value: 1, start: 11, end: 11.5 }, { value: 1, start: 14, end: 15 }],
    /2 was written while 1 stayed/,
  ],
  ["writes at once, in either order", [A, { value: 2, start: 1, end: 9 }], [
    { value: 1, start: 11, end: 12 },
  ], null],
];

for (const [name, writes, reads, expected] of CASES) {
  Deno.test(`${name} ${expected === null ? "fits" : "does not fit"} an order`, () => {
    const found = findContradiction([FIRST, ...writes], reads);
    assert(expected === null ? found === null : expected.test(found?.text ?? ""), found?.text);
  });
}
