/**
 * The choice of an engine.
 *
 * @module
 */
import type { PortsOptions, PreparedEngine } from "./engine.ts";
import { PlainEngine } from "./plain.ts";

/** What `--engine` takes; `auto` is the fastest that works here. */
export const ENGINES = ["auto", "plain"] as const;
/** One of {@linkcode ENGINES}. */
export type EngineChoice = (typeof ENGINES)[number];

/** Opens the ports of the chosen engine; throws where an interface cannot be exported on. */
export function prepareEngine(choice: EngineChoice, options: PortsOptions): PreparedEngine {
  switch (choice) {
    case "auto":
    case "plain":
      return PlainEngine.prepare(options);
  }
}
