/**
 * The choice of an engine.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import type { Engine, EngineOptions, PortSettings } from "./engine.ts";
import { PlainEngine } from "./plain.ts";
import { RingEngine } from "./ring.ts";
import { type DiskHelp, openUring } from "./ring_parts.ts";

/** What `--engine` takes; `auto` is the fastest that works here. */
export const ENGINES = ["auto", "ring", "plain"] as const;
/** One of {@linkcode ENGINES}. */
export type EngineChoice = (typeof ENGINES)[number];

const WITHOUT_URING =
  "Going on without it: the disk is used for one request at a time, and others wait meanwhile";
const WITHOUT_RING = "Going on with the plain engine, which serves one request at a time";

/** An interface to open. */
export interface PortRequest extends PortSettings {
  /** Its name. */
  readonly name: string;
}

/** An engine with its first interfaces. */
export interface OpenedEngine {
  /** The engine. */
  readonly engine: Engine;
  /** What the machine lacks for a faster one, and what that costs, for people. */
  readonly missing: readonly string[];
}

/**
 * Opens an engine of the chosen kind with interfaces; throws where one of them cannot be used.
 */
export function openEngine(
  choice: EngineChoice,
  options: EngineOptions,
  ports: readonly PortRequest[],
): OpenedEngine {
  switch (choice) {
    case "auto":
      return openFastest(options, ports);
    case "ring":
      return openWholeRing(options, ports);
    case "plain":
      return { engine: withPorts(new PlainEngine(options), ports), missing: [] };
  }
}

/** Opens a ring engine; `openHelp` says what works on disks. */
export function openRing(
  options: EngineOptions,
  ports: readonly PortRequest[],
  openHelp: () => DiskHelp = openUring,
): OpenedEngine {
  const { uring, missing } = openHelp();
  const { busyPollUs } = options;
  return { engine: withPorts(new RingEngine({ uring, busyPollUs }), ports), missing };
}

function withPorts(engine: Engine, ports: readonly PortRequest[]): Engine {
  try {
    for (const { name, ...settings } of ports) engine.openPort(name, settings);
    return engine;
  } catch (error) {
    engine[Symbol.dispose]();
    throw error;
  }
}

/** The ring engine with all that it needs; who asked for it by name wants no less. */
function openWholeRing(options: EngineOptions, ports: readonly PortRequest[]): OpenedEngine {
  const opened = openRing(options, ports);
  const [missing] = opened.missing;
  if (missing === undefined) return opened;
  opened.engine[Symbol.dispose]();
  throw new SystemError(`Cannot use the ring engine: ${missing}`, "io_uring_setup", 0);
}

function openFastest(options: EngineOptions, ports: readonly PortRequest[]): OpenedEngine {
  let reason: string;
  try {
    const { engine, missing } = openRing(options, ports);
    return { engine, missing: missing.map((line) => `${line}. ${WITHOUT_URING}`) };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    reason = error.message;
  }
  // What is wrong with the interface itself is wrong for every engine, and told by this one.
  const engine = withPorts(new PlainEngine(options), ports);
  return { engine, missing: [`${reason}. ${WITHOUT_RING}`] };
}
