/**
 * The command line of the benchmark.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { chooseSuites, type Suite, SUITES } from "./suites.ts";

/** The targets that are compared; all others are held against the first. */
export const ENGINES = ["vblade", "ring", "plain", "service"] as const;
/** Those that are compared where nobody chooses. */
export const DEFAULT_ENGINES: readonly EngineName[] = ["vblade", "ring", "plain"];
/** One of {@linkcode ENGINES}. */
export type EngineName = (typeof ENGINES)[number];

/** How the benchmark is used. */
export const USAGE = `usage: deno task bench [OPTIONS]

  --suites NAME,...    [all] ${SUITES.map(({ name }) => name).join(", ")}
  --loads LOAD,...     these instead of each suite's own, such as r-rand-16,w-seq-64
  --engines NAME,...   [${DEFAULT_ENGINES.join(",")}], service
  --rounds N           how often each is measured; the medians count [3]
  --seconds N          how long each load runs [1]
  --image-folder DIR   where images on a disk go [the first of /var/tmp, /tmp that is on one]
  --json               print each run as JSON instead of a table
  --help               show this help

It needs root, two CPUs, and gcc, vblade and iproute2, which it installs on Debian.
`;

/** What the command line asks for. */
export interface BenchOptions {
  readonly suites: readonly Suite[];
  readonly engines: readonly EngineName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly imageFolder: string | undefined;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

function isEngine(name: string): name is EngineName {
  return ENGINES.some((engine) => engine === name);
}

function parseEngine(name: string): EngineName {
  if (isEngine(name)) return name;
  throw new Error(`"${name}" is no engine: there are ${ENGINES.join(", ")}`);
}

/** Reads the command line; throws with what is wrong in it. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const options = parseArgs(args, {
    string: ["suites", "loads", "engines", "rounds", "seconds", "image-folder"],
    boolean: ["json", "help"],
    unknown: (argument) => {
      throw new Error(`What is "${argument}"?`);
    },
  });
  const text = (name: string): string | undefined => {
    const value = options[name];
    if (value === "") throw new Error(`--${name} wants a value`);
    return value === undefined ? undefined : String(value);
  };
  const number = (name: string, fallback: number): number => {
    const value = Number(text(name) ?? fallback);
    if (value > 0 && value < Infinity) return value;
    throw new Error(`--${name} wants a number above 0, not ${text(name)}`);
  };
  const rounds = number("rounds", 3);
  if (!Number.isInteger(rounds)) throw new Error("--rounds wants a whole number");
  return {
    suites: chooseSuites(text("suites")?.split(","), text("loads")?.split(",")),
    engines: text("engines")?.split(",").map(parseEngine) ?? DEFAULT_ENGINES,
    rounds,
    seconds: number("seconds", 1),
    imageFolder: text("image-folder"),
    isJson: options["json"] === true,
    isHelp: options["help"] === true,
  };
}
