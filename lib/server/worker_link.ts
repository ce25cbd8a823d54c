/**
 * A worker of a service, seen from the thread that started it: calls and their answers.
 *
 * @module
 */
import { EventFd } from "../../ffi/event_fd.ts";
import { ServiceError } from "../control/service.ts";
import { SystemError } from "../error.ts";
import type { Operations } from "./operations.ts";
import type {
  OperationName,
  WorkerAnswer,
  WorkerCall,
  WorkerStart,
  WorkerStarted,
} from "./worker_messages.ts";

/** How to start a worker. */
export type WorkerOptions = Omit<WorkerStart, "bellFd" | "sent">;

interface Waiting {
  resolve(event: MessageEvent): void;
  reject(error: Error): void;
}

/** The result of an operation, as it comes from another thread. */
export type ResultOf<N extends OperationName> = Awaited<ReturnType<Operations[N]>>;

/** See above. */
export class WorkerLink {
  /** Its number, from 1. */
  readonly number: number;
  /** What it said when it was ready. */
  readonly started: Promise<WorkerStarted>;
  readonly #worker: Worker;
  readonly #bell: EventFd;
  readonly #sent: Int32Array;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why there is no thread any more. */
  #end: SystemError | undefined;

  /**
   * Starts the thread, which runs the program's main module.
   *
   * @param failed called when the thread ends by an error: its exports are served no more
   */
  constructor(options: WorkerOptions, failed: (error: string) => void) {
    this.number = options.worker;
    this.#bell = EventFd.open();
    const sent = new SharedArrayBuffer(4);
    this.#sent = new Int32Array(sent);
    this.#worker = startThread();
    this.#worker.onmessage = (event) => this.#answer(event);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message);
      failed(event.message);
    };
    const start: WorkerStart = { ...options, bellFd: this.#bell.fd, sent };
    // It answers the first message when it is ready.
    this.started = this.#expect<WorkerStarted>(0);
    this.#worker.postMessage(start);
  }

  /** Asks the worker for an operation. */
  call<N extends OperationName>(
    operation: N,
    ...args: Parameters<Operations[N]>
  ): Promise<ResultOf<N>> {
    return this.#send<ResultOf<N>>(operation, args);
  }

  /** Lets it end; what is under way is done before. */
  async stop(): Promise<void> {
    await this.#send<undefined>("stop", []);
    this.#worker.terminate();
    this.#bell[Symbol.dispose]();
  }

  /** The answer is what worker.ts posts for the operation: T. */
  #send<T>(operation: WorkerCall["operation"], args: readonly unknown[]): Promise<T> {
    const id = ++this.#lastId;
    const answer = this.#expect<T>(id);
    const call: WorkerCall = { id, operation, args };
    this.#worker.postMessage(call);
    Atomics.add(this.#sent, 0, 1);
    this.#bell.signal();
    return answer;
  }

  #expect<T>(id: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end);
      this.#waiting.set(id, { resolve: ({ data }) => resolve(data.result), reject });
    });
  }

  /** Nobody answers any more: whoever waits for it must not wait for ever. */
  #fail(message: string): void {
    this.#end = new SystemError(`Worker ${this.number} ended by an error: ${message}`, "clone", 0);
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }

  #answer(event: MessageEvent): void {
    const answer: WorkerAnswer = event.data;
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) waiting?.reject(new ServiceError(answer.error, answer.isUsage));
    else waiting?.resolve(event);
  }
}

function startThread(): Worker {
  try {
    return new Worker(Deno.mainModule, { type: "module", name: "dblade worker" });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new SystemError(
      "Cannot start a worker without permission to read the program; start it with: " +
        "deno run --allow-ffi --allow-read ... main.ts serve ...",
      "clone",
      0,
    );
  }
}
