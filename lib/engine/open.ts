/**
 * The choice of an engine.
 *
 * @module
 */
import type { Engine, Export } from "./engine.ts";
import { PlainEngine } from "./plain.ts";
import type { Port } from "./port.ts";

/** What `--engine` takes; `auto` is the fastest that works here. */
export const ENGINES = ["auto", "plain"] as const;
/** One of {@linkcode ENGINES}. */
export type EngineChoice = (typeof ENGINES)[number];

/** Opens the chosen engine for one export on one interface. */
export function openEngine(choice: EngineChoice, served: Export, port: Port): Engine {
  switch (choice) {
    case "auto":
    case "plain":
      return new PlainEngine(served, port);
  }
}
