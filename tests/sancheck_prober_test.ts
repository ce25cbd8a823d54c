/**
 * What is found out about paths of all kinds, each a simulation.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Answer,
  type Direction,
  type DirectionResult,
  frameSize,
  isLimit,
  Prober,
  smallSize,
} from "../lib/sancheck/prober.ts";
import { Random } from "./random.ts";

interface Path {
  /** Largest frame that passes, each way. */
  readonly toTarget?: number;
  readonly toClient?: number;
  /** Share of probes that are lost, whatever their size. */
  readonly loss?: number;
  readonly seed?: number;
  /** What is answered in place of data. */
  readonly refusal?: Answer;
  /** Whether the frame passes, beside that. */
  readonly passes?: (size: number, time: number) => boolean;
}

/** Checks a direction; `probed` is what was sent. */
async function check(
  direction: Direction,
  path: Path,
  sectors = 17,
): Promise<{ result: DirectionResult; probed: number[]; prober: Prober }> {
  const dice = new Random(path.seed ?? 1);
  const probed: number[] = [];
  const prober = new Prober((way, size) => {
    assertEquals(way, direction);
    probed.push(size);
    const limit = path[way] ?? Infinity;
    const isLost = size > limit || dice.next() < (path.loss ?? 0) * 2 ** 32 ||
      path.passes?.(size, probed.length) === false;
    return Promise.resolve(isLost ? "silent" : path.refusal ?? "answered");
  });
  return { result: await prober.check(direction, sectors), probed, prober };
}

const SIZES = Array.from({ length: 17 }, (_, index) => frameSize(index + 1));

for (const direction of ["toTarget", "toClient"] as const) {
  Deno.test(`Prober sends each size ${direction} once where all pass`, async () => {
    const { result, probed } = await check(direction, {});
    assertEquals(probed, SIZES);
    assertEquals(result.passed, SIZES);
    assertEquals([result.lost, result.passes, result.loses], [[], SIZES.at(-1), Infinity]);
    assertEquals(result.trouble, undefined);
  });

  for (const limit of [8739, 4018, 1572, 1571, 1514, 1060, 1059, 548]) {
    Deno.test(`Prober finds that ${limit} bytes is the most ${direction}`, async () => {
      const { result } = await check(direction, { [direction]: limit });
      assertEquals(result.passed, SIZES.filter((size) => size <= limit));
      assertEquals(result.lost, SIZES.filter((size) => size > limit));
      assert(isLimit(result));
      if (direction === "toTarget") assertEquals([result.passes, result.loses], [limit, limit + 1]);
      else assertEquals([result.passes, result.loses], [result.passed.at(-1), result.lost[0]]);
    });
  }

  for (const loss of [0.05, 0.2, 0.4]) {
    Deno.test(`Prober is not fooled ${direction} by a loss of ${loss}`, async () => {
      for (let seed = 1; seed <= 200; seed++) {
        const { result } = await check(direction, { loss, seed });
        assertEquals(result.lost, [], `seed ${seed}`);
        assertEquals(result.passed, SIZES);
      }
    });
  }

  Deno.test(`Prober finds a limit ${direction} through a loss of 0.2`, async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const { result } = await check(direction, { loss: 0.2, seed, [direction]: 1514 });
      assertEquals(result.lost, SIZES.slice(2), `seed ${seed}`);
      if (direction === "toTarget") assertEquals(result.passes, 1514);
    }
  });

  Deno.test(`Prober does not judge ${direction} where nearly all is lost`, async () => {
    const { result } = await check(direction, { loss: 0.93 });
    assert(result.trouble === "uncertain" || result.trouble === "silent");
    assertEquals(result.lost, []);
  });

  Deno.test(`Prober tells silence ${direction} from lost sizes`, async () => {
    const { result, probed } = await check(direction, { passes: (_, time) => time < 9 });
    assertEquals(result.trouble, "silent");
    assertEquals(result.lost, []);
    assert(probed.length < 200, `${probed.length} probes`);
  });

  Deno.test(`Prober waits ${direction} for a target that pauses`, async () => {
    const { result } = await check(direction, { passes: (_, time) => time < 5 || time > 65 });
    assertEquals([result.passed, result.lost, result.trouble], [SIZES, [], undefined]);
  });

  Deno.test(`Prober tells single sizes that are lost ${direction} from a limit`, async () => {
    const { result } = await check(direction, { passes: (size) => size !== 2084 });
    assertEquals(result.lost, [2084]);
    assertEquals([result.passes, result.loses], [1572, 2084]);
    assertEquals(isLimit(result), false);
  });
}

for (const refusal of ["refused", "failed"] as const) {
  Deno.test(`Prober stops at once where reads are ${refusal}`, async () => {
    const { result, probed } = await check("toClient", { refusal });
    assertEquals([result.passed, result.lost, result.trouble], [[], [], refusal]);
    assert(probed.length <= 4);
  });
}

Deno.test("Prober guesses 1514 before it searches", async () => {
  const { probed } = await check("toTarget", { toTarget: 1514 });
  const between = probed.filter((size) => size > 1060 && size < 1572);
  assertEquals([...new Set(between)], [1514, 1515]);
});

Deno.test("Prober finds the largest frame where not even one sector passes", async () => {
  const { result } = await check("toTarget", { toTarget: 300 });
  assertEquals([result.passed, result.passes, result.loses], [[], 300, 301]);
});

Deno.test("Prober counts the small frames that it sent and lost", async () => {
  const { prober, probed } = await check("toTarget", { loss: 0.2, toTarget: 1514 });
  const small = probed.filter((size) => size === smallSize("toTarget")).length;
  assertEquals(prober.smallSent, small);
  const share = prober.smallLost / prober.smallSent;
  assert(share > 0.1 && share < 0.3, `${share}`);
});

Deno.test("Prober has four frames under way at most", async () => {
  let [now, most] = [0, 0];
  const prober = new Prober(async () => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
    return "answered";
  });
  await prober.check("toTarget", 17);
  assertEquals(most, 4);
});
