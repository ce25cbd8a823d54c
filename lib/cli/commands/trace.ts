/**
 * `dblade trace EXPORT`: the frames of one export, decoded, on the interfaces that it is served on.
 *
 * @module
 */
import { ServiceError } from "../../control/service.ts";
import { SystemError } from "../../error.ts";
import { showFrames } from "../frames.ts";
import { exportName, exportOf, withService } from "../service.ts";
import { printable } from "../text.ts";
import type { CommandValues } from "../values.ts";

/** Prints what passes until a signal comes or there was enough; then a summary. */
export function run(values: CommandValues): Promise<number> {
  const name = exportName(values);
  return showFrames(values, async () => {
    const status = await withService(values, (service) => service.status());
    const { served, unserved } = exportOf(status, name);
    if (served === undefined) {
      throw new ServiceError(`${name} is not served: ${printable(unserved.problem)}`);
    }
    const { shelf, slot, interfaces } = served;
    if (interfaces.length > 0) return { disk: { shelf, slot }, interfaces };
    throw new SystemError(`${name} is served on no interface now: no frame of it passes`, "", 0);
  });
}
