/**
 * Random runs of many requests at a time, held against an oracle, which has to find each rule that
 * is switched off. ORDER_SEED and ORDER_RUNS repeat or prolong the runs.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { TargetOptions } from "../lib/target/target.ts";
import { loadFaulty } from "./mutant.ts";
import { runOrder } from "./order_run.ts";

const SEED = Number(Deno.env.get("ORDER_SEED") ?? 1);
const RUNS = Number(Deno.env.get("ORDER_RUNS") ?? 150);
const TURNS = 400;

/** Returns what went wrong first in so many runs; null: nothing. */
function firstProblem(makeTarget?: (options: TargetOptions) => Target): string | null {
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const problem = runOrder({ seed, turns: TURNS, ...(makeTarget ? { makeTarget } : {}) });
    if (problem !== null) return problem;
  }
  return null;
}

type Target = import("../lib/target/target.ts").Target;
type TargetModule = typeof import("../lib/target/target.ts");

Deno.test(`order: ${RUNS} runs from seed ${SEED} on`, () => {
  const problem = firstProblem();
  assert(problem === null, problem ?? "");
});

/** The rules, each switched off by one change of the sources. */
const FAULTS: readonly (readonly [rule: string, file: string, from: string, to: string])[] = [
  [
    "what touches waits",
    "order",
    "if (!this.#touches(entry, request.begin, request.end)) continue;",
    "continue;",
  ],
  [
    "a write waits for reads",
    "order",
    "earlier === Access.WRITE || (earlier === Access.READ && access === Access.WRITE)",
    "earlier === Access.WRITE",
  ],
  [
    "a read does not wait for reads",
    "order",
    "(earlier === Access.READ && access === Access.WRITE)",
    "earlier === Access.READ",
  ],
  [
    "what waits is waited for as well",
    "order",
    "if (mustWait(access, this.#accesses[entry])) blockers++;",
    "if (this.#runs[entry] === 1 && mustWait(access, this.#accesses[entry])) blockers++;",
  ],
  [
    "the last one that is in the way counts",
    "order",
    "if (blockers === 1) this.#makeReady(entry);",
    "this.#makeReady(entry);",
  ],
  [
    "who waited goes on",
    "order",
    "if (blockers === 1)",
    "if (blockers === 2)",
  ],
  [
    "nothing waits for what comes later",
    "order",
    "for (let entry = list.after(done);",
    "for (let entry = list.first;",
  ],
  [
    "a full table drops the newcomer",
    "order",
    'if (this.#freeCount === 0) return "full";',
    'if (this.#freeCount === 0) return blockers === 0 ? "runs" : "full";',
  ],
  ["a TRIM is a write", "order", 'case "trim":', 'case "save":'],
  [
    "a FLUSH waits for writes",
    "disk",
    "request.end = Infinity;",
    "request.end = 0;",
  ],
  [
    "a FLUSH is no copy",
    "order",
    "return access !== Access.FLUSH &&\n",
    "return access >= 0 &&\n",
  ],
  [
    "ranges are widened to the unit",
    "disk",
    "this.#alignment = options.alignment ?? SECTOR_SIZE;",
    "this.#alignment = SECTOR_SIZE;",
  ],
  [
    "a TRIM holds all of its ranges",
    "disk",
    "request.end = offset + hullEnd(ata.view, ATA_HEADER_SIZE, ranges) * SECTOR_SIZE;",
    "request.end = request.offset + request.length;",
  ],
  [
    "a request is checked anew at its turn",
    "target",
    "request.verdict = this.#start(request);",
    `const { sectors } = this.disk;
     this.disk.sectors = 2 ** 44;
     request.verdict = this.#start(request);
     this.disk.sectors = sectors;`,
  ],
  [
    "a write under -s is unfinished until its flush is done",
    "target",
    'if (verdict === "reply") {\n      this.#inFlight',
    'if (verdict === "flush" && request.verdict === "flush") {\n      this.#inFlight',
  ],
  [
    "the only request is one like others",
    "in_flight",
    "const table = this.#fillTable();",
    "const table = this.#table ??= new Order(this.#size);",
  ],
  [
    "a copy is not run",
    "order",
    "isDuplicate(this.#at(entry), request, access === Access.WRITE);",
    "this.#at(entry) === request;",
  ],
  [
    "a copy has the same source",
    "duplicates",
    "first.source !== copy.source ||",
    "",
  ],
  [
    "a copy has the same command",
    "duplicates",
    "|| !first.ata.hasRegistersOf(copy.ata)",
    "",
  ],
  [
    "a copy has the same data",
    "duplicates",
    "return !isWrite || first.ata",
    "return true || first.ata",
  ],
  ["eight are answered", "duplicates", "ASKERS_MAX = 8;", "ASKERS_MAX = 7;"],
  [
    "no more than eight are answered",
    "duplicates",
    "ASKERS_MAX = 8;",
    "ASKERS_MAX = 9;",
  ],
  [
    "the first asker is answered once",
    "duplicates",
    "if (first.port === port && first.frame.tag === tag) return;",
    "",
  ],
  [
    "each asker is answered once",
    "duplicates",
    "if (this.#ports[index] === port && this.#tags[index] === tag) return;",
    "",
  ],
  [
    "an asker is answered by the interface that it asked by",
    "duplicates",
    "request.port = port;",
    "",
  ],
  [
    "a reply comes from its interface",
    "duplicates",
    "frame.source = port.mac;",
    "",
  ],
  [
    "a reply fits its interface",
    "duplicates",
    "if (request.canSend(request.replySize)) return true;",
    "return true;",
  ],
  [
    "who asked is forgotten",
    "in_flight",
    "this.#copies?.forget(request);\n    this.#table?.leave",
    "this.#table?.leave",
  ],
  [
    "who asked for a request that was shut out is forgotten",
    "in_flight",
    'if (request.verdict === "drop") this.#copies?.forget(request);',
    "",
  ],
  [
    "who waits and is shut out is refused",
    "target",
    "this.#inFlight.refuse(this.#isServed, this.#refuse);",
    "",
  ],
  [
    "a request that was shut out is in nobody's way",
    "order",
    "this.#makeReady(entry);\n      this.finish(request);",
    "this.#makeReady(entry);",
  ],
  [
    "a change waits for what runs",
    "in_flight",
    'if (!this.runsExcluded(isServed)) return "reply";',
    'return "reply";',
  ],
  [
    "a change waits for all that runs",
    "in_flight",
    "this.#mayRelease = !this.runsExcluded(isServed);",
    "",
  ],
  [
    "the filter knows where requests are",
    "range_filter",
    "if (counter === last) return false;",
    "return false;",
  ],
  [
    "the filter knows where they end",
    "range_filter",
    "(this.#highestEnd[0] ?? 0)) return false;",
    "(this.#highestEnd[0] ?? 0) - 512) return false;",
  ],
];

for (const [rule, file, from, to] of FAULTS) {
  Deno.test(`order finds a rule switched off: ${rule}`, async () => {
    const fault = { file: `lib/target/${file}.ts`, from, to };
    const { Target } = await loadFaulty<TargetModule>(fault, "lib/target/target.ts");
    const problem = firstProblem((options) => new Target(options));
    assert(problem !== null, "nothing was found");
    // What does not even run is no rule switched off.
    assert(!/TypeError|ReferenceError|SyntaxError/.test(problem), problem);
  });
}
