/**
 * The control socket: those who may connect ask the service, and change it.
 *
 * @module
 */
import { SystemError } from "../error.ts";
import { log } from "../log.ts";
import { LineReader } from "../socket/lines.ts";
import { type Listener, listenUnix } from "../socket/listener.ts";
import { missingOptions, unixNeeds } from "../socket/permission.ts";
import { type Guest, Reception, within } from "../socket/reception.ts";
import { type ByteStream, ByteWriter, DisconnectError } from "../socket/stream.ts";
import { answerLine, answerLong } from "./protocol.ts";
import { REQUEST_SIZE_MAX } from "./request.ts";
import type { Service } from "./service.ts";

/** Most clients at a time. */
export const CLIENTS_MAX = 32;
/** How long a client may take for a reply, before its place is another's. */
export const REPLY_MS = 30_000;
/** How long a request in hand may take once the service is asked to end. */
export const STOP_MS = 5000;

/** Throws {@linkcode SystemError} where Deno would ask for a permission to listen at `path`. */
export function checkPermissions(path: string): void {
  const options = missingOptions(unixNeeds(path));
  if (options === undefined) return;
  throw new SystemError(
    `Cannot listen on the control socket "${path}" without permission; start it with\n  ` +
      `deno run --allow-ffi ${options} main.ts serve ...`,
    "listen",
    0,
  );
}

/** Serves the control socket. */
export class ControlServer {
  readonly #reception: Reception;

  /** Answers those who come by `listener`, which is closed in the end. */
  constructor(listener: Listener, service: Service, replyMs: number = REPLY_MS) {
    this.#reception = new Reception(
      listener,
      CLIENTS_MAX,
      (stream, name) => new ControlConnection(stream, service, `control ${name}`, replyMs),
    );
  }

  /**
   * Listens at `path`, for root and the process's user alone. Throws {@linkcode SystemError} where
   * that cannot be, such as where another service answers there.
   */
  static async open(path: string, service: Service): Promise<ControlServer> {
    checkPermissions(path);
    try {
      return new ControlServer(await listenUnix(path), service);
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      throw new SystemError(`The control socket: ${cannotListen(path, why)}`, "listen", 0);
    }
  }

  /** How many clients there are. */
  get clientCount(): number {
    return this.#reception.guestCount;
  }

  /** Lets no more clients in, and waits at most `limitMs` for the requests in hand. */
  async stop(limitMs: number = STOP_MS): Promise<void> {
    await this.#reception.stop(limitMs);
  }
}

function cannotListen(path: string, why: string): string {
  return why.startsWith("Cannot listen") ? why : `Cannot listen on unix:${path}: ${why}`;
}

/** One client. Its requests are carried out one after the other. */
class ControlConnection implements Guest {
  readonly ended: Promise<void>;
  readonly #stream: ByteStream;
  readonly #service: Service;
  readonly #replyMs: number;
  #isBusy = false;
  #isStopping = false;

  constructor(stream: ByteStream, service: Service, name: string, replyMs: number) {
    this.#stream = stream;
    this.#service = service;
    this.#replyMs = replyMs;
    this.ended = this.#run(name);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (!this.#isBusy) this.close();
    await this.ended;
  }

  close(): void {
    this.#stream.close();
  }

  async #run(name: string): Promise<void> {
    try {
      await this.#serve();
    } catch (error) {
      if (error instanceof DisconnectError) log.debug(`${name}: ${error.message}`);
      else log.error(`A bug: ${error instanceof Error ? error.stack ?? error.message : error}`);
    }
    this.close();
  }

  async #serve(): Promise<void> {
    const reader = new LineReader(this.#stream, REQUEST_SIZE_MAX);
    const writer = new ByteWriter(this.#stream);
    const encoder = new TextEncoder();
    while (!this.#isStopping) {
      const line = await reader.next();
      if (line === undefined) return;
      this.#isBusy = true;
      const isLong = line.kind === "long";
      const reply = isLong ? answerLong() : await answerLine(this.#service, line.bytes);
      if (reply !== undefined) {
        const isTaken = await within(this.#replyMs, writer.send(encoder.encode(reply)));
        if (!isTaken) throw new DisconnectError(`it took no reply for ${this.#replyMs} ms`);
      }
      this.#isBusy = false;
    }
  }
}
