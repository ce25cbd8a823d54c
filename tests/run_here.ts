/**
 * Runs the program's commands in this process, for tests of what lies between the command line and
 * what is printed.
 *
 * @module
 */
import { run } from "../lib/cli/run.ts";
import type { Ended } from "./e2e/target_process.ts";

/** Runs one command line to its end, with nobody at a terminal. */
export async function runHere(...args: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new Recorder(Deno.stdout), new Recorder(Deno.stderr)];
  try {
    const code = await run(args);
    return { code, stdout: stdout.text, stderr: stderr.text };
  } finally {
    stdout.stop();
    stderr.stop();
  }
}

interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** Takes what is written to a standard stream. */
class Recorder {
  text = "";
  readonly #stream: Stream;
  readonly #before: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
    this.#before = { writeSync: stream.writeSync, isTerminal: stream.isTerminal };
    stream.writeSync = (bytes) => {
      this.text += new TextDecoder().decode(bytes);
      return bytes.length;
    };
    stream.isTerminal = () => false;
  }

  stop(): void {
    Object.assign(this.#stream, this.#before);
  }
}
