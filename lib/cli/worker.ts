/**
 * The program as a worker of a service: the main module runs in each thread, and finds out here
 * which it is.
 *
 * @module
 */
import type { WorkerPort } from "../server/worker.ts";
import type { WorkerStart } from "../server/worker_messages.ts";
import { configureLog } from "../log.ts";
import { printLog } from "./output.ts";

/** The global scope of this thread, if it is a worker's; undefined: it is the main thread. */
export function workerScope(): WorkerPort | undefined {
  const scope: unknown = globalThis;
  return isWorkerPort(scope) ? scope : undefined;
}

/** A worker's global scope can post, which the types of the main thread's do not say. */
function isWorkerPort(scope: unknown): scope is WorkerPort {
  return typeof scope === "object" && scope !== null && "WorkerGlobalScope" in scope &&
    "postMessage" in scope;
}

/** Waits for the first message and does what it says until it is told to stop. */
export async function runAsWorker(scope: WorkerPort): Promise<void> {
  const start = await new Promise<WorkerStart>((resolve) => {
    scope.onmessage = ({ data }) => resolve(data);
  });
  const { runWorker } = await import("../server/worker.ts");
  const { logLevel, logFormat } = start.config;
  configureLog(logLevel, logFormat, printLog);
  await runWorker(scope, start);
}
