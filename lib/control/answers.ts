/**
 * Whether what a service answered is of the kind that was asked for. What one of this version sends
 * is as its types say: a look at the outside tells one of another version, and other programs.
 *
 * @module
 */
import { isRecord, isTextList } from "./request.ts";
import type { ChangeReport, ServiceStatus, StateReport } from "./service.ts";

/** Of `status`. */
export function isStatus(value: unknown): value is ServiceStatus {
  return isRecord(value) && Array.isArray(value["exports"]) &&
    Array.isArray(value["interfaces"]) && isNumber(value["nowMs"]);
}

/** Of what changes the set of exports. */
export function isChange(value: unknown): value is ChangeReport {
  return isRecord(value) && isNumber(value["unchanged"]) &&
    ["added", "removed", "changed", "problems", "warnings"].every((name) =>
      isTextList(value[name])
    );
}

/** Of what is about the stored state. */
export function isState(value: unknown): value is StateReport {
  return isRecord(value) && isTextList(value["masks"]) && isTextList(value["reservations"]) &&
    typeof value["configString"] === "string" && "setAside" in value;
}

/** Of `announce`. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number";
}
