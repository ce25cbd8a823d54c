/**
 * Deno's debugger, which nobody asked for: from 2.9.2 on, SIGUSR1 makes `deno run` listen on
 * 127.0.0.1:9229 and obey every user of the host, as Node does. A compiled program does not.
 *
 * @module
 */
import { log } from "../log.ts";

/** It opens about when our own listener of the signal is called, sooner or later. */
const CLOSE_AFTER_MS = [0, 20, 100, 500, 2000];

/** Closes the debugger that SIGUSR1 has opened or is about to open. */
export async function closeDebugger(): Promise<void> {
  if (Deno.build.standalone) return;
  const { close } = await import("node:inspector");
  for (const delayMs of CLOSE_AFTER_MS) setTimeout(() => tryTo(close), delayMs);
}

/** A target must not end because there was nothing to close. */
function tryTo(close: () => void): void {
  try {
    close();
  } catch (error) {
    log.debug(`Deno's debugger was not closed: ${error}`);
  }
}
