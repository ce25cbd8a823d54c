/**
 * The program's version, which stands in deno.json and nowhere else.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };

/** Such as `0.1.0`. */
export const VERSION: string = manifest.version;

/** The version as AoE's 16-bit firmware field has it: 0x4000 + 16 × major + minor. */
export function firmwareVersion(version: string): number {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return 0x4000 + 16 * major + minor;
}
