/**
 * Variables of the environment (getenv(3)), through libc because Deno's own call needs a
 * permission.
 *
 * @module
 */
import { libc, toCString } from "./libc.ts";

/** The variable's value; undefined where it is not set. */
export function environmentVariable(name: string): string | undefined {
  const value = libc().getenv(toCString(name));
  return value === null ? undefined : new Deno.UnsafePointerView(value).getCString();
}
