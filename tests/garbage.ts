/**
 * Whether code on the data path makes garbage.
 *
 * @module
 */
import { assert } from "@std/assert";

const OPERATIONS = 6400;
const QUIET_ROUNDS = 10;
const ROUNDS_MAX = 400;

/**
 * Fails where `turn` leaves objects on the heap for the operations that it is asked for. One object
 * for each is more than 100,000 bytes a round. The compiler may take some rounds to do without
 * numbers on the heap; then all are quiet.
 */
export function assertNoGarbage(turn: (operations: number) => void): void {
  const grown: number[] = [];
  for (let quiet = 0; quiet < QUIET_ROUNDS && grown.length < ROUNDS_MAX;) {
    const before = Deno.memoryUsage().heapUsed;
    turn(OPERATIONS);
    const bytes = Deno.memoryUsage().heapUsed - before;
    quiet = Math.abs(bytes) < OPERATIONS ? quiet + 1 : 0;
    grown.push(bytes);
  }
  assert(grown.length < ROUNDS_MAX, `grown by ${grown} bytes`);
}
