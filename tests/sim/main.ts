/**
 * Runs simulations and says what they find.
 *
 * usage: deno task sim [--seeds 2000] [--from 1]     so many seeds, one after the other
 *        deno task sim --seed N [--log]              one of them; with all that happens
 * with   --fault NAME    a planted fault, or a part of its name ("list" names them)
 *        --unbounded     a network that may bring copies too late: what comes of that is no fault
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { NOTHING_PLANTED, PLANTED, type Planted, simulateWith } from "./planted.ts";
import { report } from "./report.ts";
import { type Outcome, simulate } from "./simulation.ts";

const options = parseArgs(Deno.args, {
  string: ["seed", "seeds", "from", "fault"],
  boolean: ["unbounded", "log"],
  unknown: (name) => {
    say(`there is no option ${name}; the head of tests/sim/main.ts has all`);
    Deno.exit(2);
  },
});
const isBounded = options["unbounded"] !== true;

function say(text: string): void {
  const bytes = new TextEncoder().encode(text + "\n");
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

function integer(name: string, fallback: number): number {
  const value = Number(options[name] ?? fallback);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  say(`--${name} takes a number, not ${options[name]}`);
  Deno.exit(2);
}

function chosenFault(): Planted | undefined {
  const name = options["fault"];
  if (name === undefined) return undefined;
  const found = [NOTHING_PLANTED, ...PLANTED].find((planted) => planted.name.includes(`${name}`));
  if (found === undefined) {
    say(`the faults are:\n${PLANTED.map((planted) => `  ${planted.name}`).join("\n")}`);
    Deno.exit(2);
  }
  return found;
}

const fault = chosenFault();

function run(seed: number): Outcome {
  return fault === undefined ? simulate({ seed, isBounded }) : simulateWith(fault, seed);
}

function runOne(seed: number): boolean {
  const outcome = run(seed);
  if (options["log"] === true) say(outcome.trace.tellAll());
  say(report(outcome));
  return outcome.finding === undefined;
}

/** Says of each kind of finding where it comes first, and how often. */
function runMany(first: number, count: number): boolean {
  const startMs = performance.now();
  const seeds = new Map<string, number[]>();
  for (let seed = first; seed < first + count; seed++) {
    const outcome = run(seed);
    if (outcome.finding === undefined) continue;
    const kind = outcome.finding.message.replaceAll(/\d+/g, "N");
    if (!seeds.has(kind) && isBounded) say(report(outcome));
    seeds.set(kind, [...seeds.get(kind) ?? [], seed]);
  }
  for (const [kind, found] of seeds) say(`${found.length} x ${kind}: seeds ${found.slice(0, 10)}`);
  const eachMs = (performance.now() - startMs) / count;
  say(`${count} seeds from ${first} on, ${eachMs.toFixed(1)} ms each`);
  return seeds.size === 0;
}

const isFine = options["seed"] === undefined
  ? runMany(integer("from", 1), integer("seeds", 2000))
  : runOne(integer("seed", 1));
if (!isFine && isBounded) Deno.exitCode = 1;
