/**
 * A worker of a service, seen from inside: a thread with a data path of its own. It waits in the
 * kernel; a bell tells it that there is a message.
 *
 * @module
 */
import { EventFd } from "../../ffi/event_fd.ts";
import { releaseCode } from "../../ffi/program_code.ts";
import { assert } from "../assert.ts";
import { ServiceError } from "../control/service.ts";
import { type OpenedEngine, openEngine } from "../engine/open.ts";
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { DataPath } from "./data_path.ts";
import { Operations } from "./operations.ts";
import { rest, runLoop, takeTurn } from "./serve_loop.ts";
import type { WorkerAnswer, WorkerCall, WorkerStart, WorkerStarted } from "./worker_messages.ts";

/** The way to and from who started the worker. */
export interface WorkerPort {
  /** Takes messages. */
  onmessage: ((event: MessageEvent) => void) | null;
  /** Sends one. */
  postMessage(message: WorkerAnswer): void;
}

/** Serves until it is told to stop. */
export async function runWorker(port: WorkerPort, start: WorkerStart): Promise<void> {
  const { engine, missing } = open(start);
  using path = new DataPath({ engine, config: start.config, isStrict: false });
  const operations = new Operations(path, start.worker);
  const mailbox = new Mailbox(port, operations, new Int32Array(start.sent));
  const bell = EventFd.of(start.bellFd);
  engine.watch(bell.fd, () => bell.clear());
  const started: WorkerStarted = { engine: engine.name, missing };
  port.postMessage({ id: 0, result: started });
  releaseCode();
  await runLoop(path, {
    wishes: mailbox.wishes,
    report: () => operations.report(),
    listen: () => mailbox.listen(),
  });
  mailbox.end();
}

/** An interface that cannot be used must not keep the others from being served. */
function open({ config, bufferCount, interfaces }: WorkerStart): OpenedEngine {
  const options = { bufferCount, busyPollUs: config.busyPollUs };
  const requests = interfaces.map((name) => ({ name, ...config.interfaceSettings.get(name) }));
  try {
    return openEngine(config.engine, options, requests);
  } catch (error) {
    if (!(error instanceof SystemError) || requests.length === 0) throw error;
    log.error(error.message);
    return openEngine(config.engine, options, []);
  }
}

/** The messages of one worker. */
class Mailbox {
  readonly wishes = { stop: false, report: false };
  readonly #port: WorkerPort;
  readonly #operations: Operations;
  readonly #sent: Int32Array;
  #received = 0;
  /** Operations that are not done yet. */
  #pending = 0;
  #stopId: number | undefined;

  constructor(port: WorkerPort, operations: Operations, sent: Int32Array) {
    this.#port = port;
    this.#operations = operations;
    this.#sent = sent;
    port.onmessage = ({ data }) => {
      this.#received++;
      void this.#carryOut(data);
    };
  }

  /** Gives way until all messages that were sent are here, or once while one is worked on. */
  async listen(): Promise<void> {
    // Without a rest: it may take as long as a disk that hangs.
    if (this.#pending > 0) await takeTurn();
    while (this.#received < Atomics.load(this.#sent, 0)) await rest();
  }

  /** Answers the message that asked for the end. */
  end(): void {
    if (this.#stopId !== undefined) this.#port.postMessage({ id: this.#stopId, result: undefined });
  }

  async #carryOut({ id, operation, args }: WorkerCall): Promise<void> {
    if (operation === "stop") {
      this.#stopId = id;
      this.wishes.stop = true;
      return;
    }
    this.#pending++;
    try {
      this.#port.postMessage({ id, result: await this.#call(operation, args) });
    } catch (error) {
      const isKnown = error instanceof ServiceError || error instanceof SystemError;
      if (!isKnown) log.error(`A bug: ${error instanceof Error ? error.stack : error}`);
      const message = error instanceof Error ? error.message : `${error}`;
      const isUsage = error instanceof ServiceError && error.isUsage;
      this.#port.postMessage({ id, error: message, isUsage });
    }
    this.#pending--;
  }

  #call(operation: Exclude<WorkerCall["operation"], "stop">, args: readonly unknown[]): unknown {
    const method: unknown = this.#operations[operation];
    assert(typeof method === "function", `a worker has no operation "${operation}"`);
    return method.apply(this.#operations, args);
  }
}
