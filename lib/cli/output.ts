/**
 * Writing to the standard streams. Of what a command prints as its result nothing is lost without a
 * word, unless its reader went away: who has seen enough wants no complaint. A reader of messages
 * that went away, or that stopped reading, stops nothing.
 *
 * @module
 */
import { EIO, systemError } from "../../ffi/errno.ts";
import { SAFE_WRITE_SIZE, STDERR, STDOUT, takesWrites } from "../../ffi/standard_stream.ts";

const encoder = new TextEncoder();
/** How long the line that says what is served, or a result, waits for its reader at a time. */
const START_WAIT_MS = 1000;

let lostLines = 0;

/**
 * Writes a result to standard output; throws SystemError where that is not possible.
 *
 * @returns false where nobody reads it any more: what prints on and on can end
 */
export function print(text: string): boolean {
  return printBytes(encoder.encode(text));
}

/** Writes bytes to standard output as they are; returns and throws as {@linkcode print} does. */
export function printBytes(bytes: Uint8Array): boolean {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(Deno.stdout.writeSync(rest));
    } catch (error) {
      // Somebody else made the stream one that does not wait.
      if (error instanceof Deno.errors.WouldBlock) takesWrites(STDOUT, START_WAIT_MS);
      else if (error instanceof Deno.errors.BrokenPipe) return false;
      else throw systemError("Cannot write to standard output", "write", errnoOf(error));
    }
  }
  return true;
}

/** The number in the runtime's words: `No space left on device (os error 28)`. */
function errnoOf(error: unknown): number {
  const [, number] = /\(os error ([0-9]+)\)/.exec(`${error}`) ?? [];
  return number === undefined ? EIO : Number(number);
}

/** Writes to standard error, for commands that end with it. */
export function printError(text: string): void {
  write(Deno.stderr, encoder.encode(text));
}

/** Writes the line that says what is served, while frames may come in already. */
export function printStart(line: string): void {
  if (takesWrites(STDOUT, START_WAIT_MS)) write(Deno.stdout, encoder.encode(`${line}\n`));
}

/** Writes a line of the log; one that standard error does not take at once is lost and counted. */
export function printLog(line: string): void {
  if (!takesWrites(STDERR, 0)) {
    lostLines++;
    return;
  }
  const notice = lostLines > 0 ? `(${lostLines} lines were lost: nobody read them)\n` : "";
  lostLines = 0;
  const bytes = encoder.encode(`${notice}${line.trimEnd()}`).subarray(0, SAFE_WRITE_SIZE - 1);
  write(Deno.stderr, new Uint8Array([...bytes, 0x0a]));
}

function write(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(stream.writeSync(rest));
  } catch {
    // closed, or full: the export is worth more than its messages
  }
}
