/**
 * What is said of an export that a service does not have.
 *
 * @module
 */
import { didYouMean, nearest } from "../nearest.ts";
import { ServiceError } from "./service.ts";

/** How many a message names. */
const LISTED_MAX = 8;

/** Longest name that a message repeats as a whole. */
const SHOWN_MAX = 60;

/** The error for `name` where there are only `names`. */
export function unknownExport(name: string, names: readonly string[]): ServiceError {
  const shown = name.length > SHOWN_MAX ? `${name.slice(0, SHOWN_MAX)}...` : name;
  const near = didYouMean(nearest(name, names));
  if (near !== "") return new ServiceError(`The service has no export "${shown}"${near}`, true);
  const listed = names.slice(0, LISTED_MAX).join(", ") + (names.length > LISTED_MAX ? "..." : "");
  const there = names.length === 0 ? "it has none at all" : `it has ${listed}`;
  return new ServiceError(`The service has no export "${shown}"; ${there}`, true);
}
