/**
 * The machine's name (gethostname(2)), through libc because Deno's own call needs a permission.
 *
 * @module
 */
import { libc } from "./libc.ts";

/** The host's name, empty where it has none. */
export function hostName(): string {
  const bytes = new Uint8Array(256);
  if (libc().gethostname(bytes, BigInt(bytes.length - 1)) < 0) return "";
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
