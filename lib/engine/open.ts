/**
 * The choice of an engine.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import type { PortsOptions, PreparedEngine } from "./engine.ts";
import { PlainEngine } from "./plain.ts";
import { prepareRing } from "./ring.ts";

/** What `--engine` takes; `auto` is the fastest that works here. */
export const ENGINES = ["auto", "ring", "plain"] as const;
/** One of {@linkcode ENGINES}. */
export type EngineChoice = (typeof ENGINES)[number];

const WITHOUT_URING =
  "Going on without it: the disk is used for one request at a time, and others wait meanwhile";
const WITHOUT_RING = "Going on with the plain engine, which serves one request at a time";

/** Opens the ports of the chosen engine; throws where an interface cannot be exported on. */
export function prepareEngine(choice: EngineChoice, options: PortsOptions): PreparedEngine {
  switch (choice) {
    case "auto":
      return prepareFastest(options);
    case "ring":
      return prepareWholeRing(options);
    case "plain":
      return PlainEngine.prepare(options);
  }
}

/** The ring engine with all that it needs; who asked for it by name wants no less. */
function prepareWholeRing(options: PortsOptions): PreparedEngine {
  const prepared = prepareRing(options);
  const [missing] = prepared.missing;
  if (missing === undefined) return prepared;
  prepared[Symbol.dispose]();
  throw new SystemError(`Cannot use the ring engine: ${missing}`, "io_uring_setup", 0);
}

function prepareFastest(options: PortsOptions): PreparedEngine {
  let reason: string;
  try {
    const ring = prepareRing(options);
    return withMissing(ring, ring.missing.map((line) => `${line}. ${WITHOUT_URING}`));
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    reason = error.message;
  }
  // What is wrong with the interface itself is wrong for every engine, and told by this one.
  const plain = PlainEngine.prepare(options);
  return withMissing(plain, [`${reason}. ${WITHOUT_RING}`]);
}

function withMissing(prepared: PreparedEngine, missing: readonly string[]): PreparedEngine {
  return { ...prepared, missing, [Symbol.dispose]: () => prepared[Symbol.dispose]() };
}
