/**
 * Writing to the standard streams; a reader that went away stops nothing.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Writes to standard output. */
export function print(text: string): void {
  write(Deno.stdout, text);
}

/** Writes to standard error. */
export function printError(text: string): void {
  write(Deno.stderr, text);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let rest = encoder.encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch {
    // closed, or full: the export is worth more than its messages
  }
}
