/**
 * dblade: an ATA over Ethernet target. See README.md.
 *
 * @module
 */
import { run } from "./lib/cli/run.ts";
import { runAsWorker, workerScope } from "./lib/cli/worker.ts";

if (import.meta.main) {
  const scope = workerScope();
  if (scope === undefined) Deno.exit(await run(Deno.args));
  await runAsWorker(scope);
}
