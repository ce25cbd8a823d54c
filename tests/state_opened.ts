/**
 * Opens the state of e1.2 in the folder that is its argument as a service does, and prints what is
 * said of it, and the log: with the rights that it was started with, which a process cannot have
 * back.
 *
 * @module
 */
import { configureLog } from "../lib/log.ts";
import { StateFile } from "../lib/server/state_file.ts";

function outcome(folder: string): string {
  try {
    const file = StateFile.open(folder, 1, 2, undefined);
    const { setAside } = file.load();
    file.claim()[Symbol.dispose]();
    return setAside?.reason ?? "claimed";
  } catch (error) {
    return String(error);
  }
}
configureLog("error", "text", (line) => {
  Deno.stderr.writeSync(new TextEncoder().encode(line));
});
Deno.stdout.writeSync(new TextEncoder().encode(outcome(Deno.args[0] ?? "")));
