/**
 * The simulator over many seeds, and whether it finds faults that are planted. SIM_FROM and
 * SIM_SEEDS choose other seeds.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { findPlanted, NOTHING_PLANTED, PLANTED } from "./planted.ts";
import { report } from "./report.ts";
import { simulate } from "./simulation.ts";

const FROM = Number(Deno.env.get("SIM_FROM") ?? 1);
const SEEDS = Number(Deno.env.get("SIM_SEEDS") ?? 2000);
/** A planted fault must show within so many seeds. */
const PLANTED_SEEDS = 400;
const UNBOUNDED_SEEDS = 200;

/** What must have happened at least so often in 1000 seeds, or the simulator tries too little. */
const EVENTS: Readonly<Record<string, number>> = {
  "wait": 8000,
  "goes on: write": 2500,
  "goes on: read": 2500,
  "goes on: flush": 1000,
  "goes on: trim": 500,
  "goes on: reply": 500,
  "goes on: drop": 200,
  "reply to a copy": 1500,
  "held back": 300,
  "overflow": 1500,
  "write failed": 400,
  "read failed": 400,
  "trim failed": 100,
  "flush failed": 200,
  "save failed": 80,
  "power cut": 1500,
  "operator: lists": 1000,
  "operator: state": 1000,
  "operator: waits": 100,
  "operator: done": 1000,
  "operator: busy": 10,
  "trim ended": 3000,
  "verify ended": 400,
};

Deno.test(`simulator: seeds ${FROM} to ${FROM + SEEDS - 1}`, () => {
  const counts = new Map<string, number>();
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    const outcome = simulate({ seed });
    assert(outcome.finding === undefined, report(outcome));
    for (const [what, count] of outcome.trace.counts) {
      counts.set(what, (counts.get(what) ?? 0) + count);
    }
  }
  for (const [what, least] of Object.entries(EVENTS)) {
    const count = counts.get(what) ?? 0;
    assert(count >= least * SEEDS / 1000, `"${what}" happened only ${count} times`);
  }
});

Deno.test("simulator: the same seed is the same run", () => {
  const digests = (): number[] =>
    Array.from({ length: 20 }, (_, index) => simulate({ seed: index + 1 }).trace.digest);
  const first = digests();
  assertEquals(digests(), first);
  assertEquals(new Set(first).size, first.length);
});

Deno.test("simulator: without the bound on the network only the order of writes suffers", () => {
  const found = Array.from(
    { length: UNBOUNDED_SEEDS },
    (_, index) => simulate({ seed: index + 1, isBounded: false }).finding?.message ?? "",
  ).filter((message) => message !== "");
  assert(found.length > 0, "late copies never did any harm: the bound is not needed");
  for (const message of found) assertMatch(message, /was still there|while \d+ stayed/);
});

Deno.test("simulator: plain order rules in the place of the real ones do as well", () => {
  assertEquals(findPlanted(NOTHING_PLANTED, 100), undefined);
});

for (const planted of PLANTED) {
  Deno.test(`simulator finds a planted fault: ${planted.name}`, () => {
    const found = findPlanted(planted, PLANTED_SEEDS);
    assertMatch(found?.finding.message ?? "nothing was found", planted.found);
  });
}
