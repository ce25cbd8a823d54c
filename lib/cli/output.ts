/**
 * Writing to the standard streams; a reader that went away, or that stopped reading, stops nothing.
 *
 * @module
 */
import { SAFE_WRITE_SIZE, STDERR, STDOUT, takesWrites } from "../../ffi/standard_stream.ts";

const encoder = new TextEncoder();
/** How long the line that says what is served waits for its reader. */
const START_WAIT_MS = 1000;

let lostLines = 0;

/** Writes to standard output, for commands that end with it. */
export function print(text: string): void {
  write(Deno.stdout, encoder.encode(text));
}

/** Writes bytes to standard output as they are. */
export function printBytes(bytes: Uint8Array): void {
  write(Deno.stdout, bytes);
}

/** Writes to standard error, for commands that end with it. */
export function printError(text: string): void {
  write(Deno.stderr, encoder.encode(text));
}

/** Writes the line that says what is served, while frames may come in already. */
export function printStart(line: string): void {
  if (takesWrites(STDOUT, START_WAIT_MS)) print(`${line}\n`);
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
