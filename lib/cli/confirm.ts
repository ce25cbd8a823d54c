/**
 * Questions to who sits at the terminal.
 *
 * @module
 */
import { printError } from "./output.ts";

/** Whether there is somebody who can be asked. */
export function canAsk(): boolean {
  return Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
}

/** Asks; whether the answer is yes. */
export async function confirm(question: string): Promise<boolean> {
  printError(`${question} [y/N] `);
  const bytes = new Uint8Array(256);
  const count = await Deno.stdin.read(bytes);
  const answer = new TextDecoder().decode(bytes.subarray(0, count ?? 0));
  return /^\s*y(es)?\s*$/i.test(answer);
}
