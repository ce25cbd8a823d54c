/**
 * What a simulation found, for people.
 *
 * @module
 */
import type { Outcome } from "./simulation.ts";

/** The seed, what was found, how to see it again, and what led to it. */
export function report({ finding, scenario, trace }: Outcome): string {
  if (finding === undefined) return `seed ${scenario.seed}: nothing was found`;
  const { sector, operation } = finding;
  const concerned = [
    sector === undefined ? "" : `, sector ${sector}`,
    operation === undefined ? "" : `, operation ${operation}`,
  ].join("");
  return [
    `seed ${scenario.seed}, step ${trace.step}: ${finding.message}${concerned}`,
    `again: deno task sim --seed ${scenario.seed}`,
    `the scenario: ${JSON.stringify(scenario)}`,
    "what led to it:",
    trace.tell({ sector, operation }),
  ].join("\n");
}
