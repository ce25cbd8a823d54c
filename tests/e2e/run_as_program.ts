/**
 * A program that becomes another user and then does what a service does: it starts threads, opens a
 * packet socket, and goes on until its standard input ends. For the test of privileges, which
 * starts it as `run_as_program.ts USER ...`.
 *
 * @module
 */
import { openPacketSocket } from "../../ffi/packet_common.ts";
import { runAs } from "../../lib/server/run_as.ts";

/** In a worker. */
declare function postMessage(message: string): void;

const WORKERS = 2;

function say(text: string, to: typeof Deno.stdout | typeof Deno.stderr = Deno.stdout): void {
  to.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** A thread that has started. */
function startWorker(): Promise<void> {
  const worker = new Worker(import.meta.url, { type: "module" });
  return new Promise((resolve) => worker.onmessage = () => resolve());
}

async function main(user: string): Promise<never> {
  try {
    runAs(user);
  } catch (error) {
    say(error instanceof Error ? error.message : `${error}`, Deno.stderr);
    Deno.exit(1);
  }
  for (let count = 0; count < WORKERS; count++) await startWorker();
  openPacketSocket("Cannot open a packet socket");
  say(JSON.stringify(Deno.args));
  while (Deno.stdin.readSync(new Uint8Array(1)) !== null);
  say("its standard input has ended");
  Deno.exit(0);
}

if ("WorkerGlobalScope" in globalThis) {
  postMessage("started");
  setInterval(() => {}, 1000);
} else {
  await main(Deno.args[0] ?? "");
}
