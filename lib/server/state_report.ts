/**
 * What is told of an export's state.
 *
 * @module
 */
import type { StateReport } from "../control/service.ts";
import type { TargetState } from "../target/settings.ts";
import { formatMac } from "../wire/mac.ts";
import type { StateFile } from "./state_file.ts";

/**
 * Tells of the state of the export `name`.
 *
 * @param state what the target serves by
 * @param file where it is kept; undefined: nowhere
 */
export function reportState(
  name: string,
  { config, masks, reservations }: TargetState,
  file: StateFile | undefined,
): StateReport {
  return {
    name,
    path: file?.path ?? null,
    configString: Array.from(config, (byte) => String.fromCharCode(byte)).join(""),
    masks: masks.map(formatMac),
    reservations: reservations.map(formatMac),
    setAside: file?.setAside ?? null,
  };
}
