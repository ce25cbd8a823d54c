/**
 * Asks a service through its control socket.
 *
 * @module
 */
import { SystemError, TimeoutError } from "../error.ts";
import { LineReader } from "../socket/lines.ts";
import { within } from "../socket/reception.ts";
import { type ByteStream, ByteWriter, DisconnectError } from "../socket/stream.ts";
import { parseReply, type Reply } from "./protocol.ts";
import { isChange, isNumber, isState, isStatus } from "./answers.ts";
import { connectTo } from "./connect.ts";
import { NoServiceError } from "./no_service.ts";
import { isTextList, type Question, requestLine } from "./request.ts";
import {
  type AccessEdit,
  type AccessList,
  type ChangeReport,
  type ExportKeys,
  type Service,
  ServiceError,
  type ServiceStatus,
  type StateReport,
} from "./service.ts";

/** How long to wait for the answer to a question. */
export const ANSWER_MS = 10_000;
/** How long to wait where something changes: disks are opened, the wire is asked. */
export const CHANGE_MS = 120_000;
/** Longest line of a reply in bytes: the status of all exports that there can be. */
const REPLY_SIZE_MAX = 2 ** 30;

/** Longest waits. */
export interface Patience {
  /** For the answer to a question, in ms. */
  readonly answerMs: number;
  /** For a change, in ms. */
  readonly changeMs: number;
}

/**
 * A connection to a service. Every method throws {@linkcode ServiceError} with what the service
 * says, {@linkcode NoServiceError} where it ended, and TimeoutError where it is silent.
 */
export class ControlClient implements Service, Disposable {
  readonly #path: string;
  readonly #stream: ByteStream;
  readonly #reader: LineReader;
  readonly #writer: ByteWriter;
  readonly #patience: Patience;
  #id = 0;

  private constructor(path: string, stream: ByteStream, patience: Patience) {
    this.#path = path;
    this.#stream = stream;
    this.#reader = new LineReader(stream, REPLY_SIZE_MAX);
    this.#writer = new ByteWriter(stream);
    this.#patience = patience;
  }

  /**
   * Connects. Throws {@linkcode NoServiceError} where no service is there, and SystemError where
   * the system refuses it.
   */
  static async connect(
    path: string,
    patience: Patience = { answerMs: ANSWER_MS, changeMs: CHANGE_MS },
  ): Promise<ControlClient> {
    return new ControlClient(path, await connectTo(path), patience);
  }

  /** Asks for all that is known. */
  status(): Promise<ServiceStatus> {
    return this.#ask({ command: "status" }, isStatus);
  }

  /** Lets the service read its file again. */
  reload(): Promise<ChangeReport> {
    return this.#change({ command: "reload" }, isChange);
  }

  /** Adds an export. */
  add(keys: ExportKeys): Promise<ChangeReport> {
    return this.#change({ command: "add", keys }, isChange);
  }

  /** Removes an export. */
  remove(name: string): Promise<ChangeReport> {
    return this.#change({ command: "remove", export: name }, isChange);
  }

  /** Changes keys of an export. */
  set(name: string, keys: ExportKeys): Promise<ChangeReport> {
    return this.#change({ command: "set", export: name, keys }, isChange);
  }

  /** Lets one export or all be advertised. */
  announce(name: string | undefined): Promise<number> {
    const which = name === undefined ? {} : { export: name };
    return this.#change({ command: "announce", ...which }, isNumber);
  }

  /** Reads or edits a list. */
  access(
    name: string,
    list: AccessList,
    edit: AccessEdit,
    macs: readonly string[],
  ): Promise<readonly string[]> {
    return this.#change({ command: "acl", export: name, list, edit, macs }, isTextList);
  }

  /** Asks what is stored. */
  showState(name: string): Promise<StateReport> {
    return this.#ask({ command: "state-show", export: name }, isState);
  }

  /** Begins with no state. */
  clearState(name: string): Promise<StateReport> {
    return this.#change({ command: "state-clear", export: name }, isState);
  }

  /** Ends the connection. */
  [Symbol.dispose](): void {
    this.#stream.close();
  }

  #ask<T>(question: Question, fits: (result: unknown) => result is T): Promise<T> {
    return this.#inTime(question, fits, this.#patience.answerMs);
  }

  #change<T>(question: Question, fits: (result: unknown) => result is T): Promise<T> {
    return this.#inTime(question, fits, this.#patience.changeMs);
  }

  async #inTime<T>(
    question: Question,
    fits: (result: unknown) => result is T,
    limitMs: number,
  ): Promise<T> {
    const id = ++this.#id;
    const work = this.#exchange(id, question);
    if (!await within(limitMs, work)) {
      // The reply would be taken for the next one's.
      this.#stream.close();
      work.catch(() => {});
      throw new TimeoutError(
        `The service at "${this.#path}" did not answer within ${limitMs / 1000} s; what was ` +
          "asked for may still come to pass",
      );
    }
    const reply = await work;
    if (reply?.ok === false) throw new ServiceError(reply.error, reply.usage === true);
    if (reply?.id === id && fits(reply.result)) return reply.result;
    throw new SystemError(
      `The service at "${this.#path}" answered what this dblade does not understand: is it ` +
        "another version, or another program?",
      "read",
      0,
    );
  }

  /** The reply; undefined where what came is none. */
  async #exchange(id: number, question: Question): Promise<Reply | undefined> {
    try {
      await this.#writer.send(new TextEncoder().encode(requestLine(id, question)));
      const line = await this.#reader.next();
      if (line !== undefined) return line.kind === "long" ? undefined : parseReply(line.bytes);
    } catch (error) {
      if (!(error instanceof DisconnectError)) throw error;
    }
    throw new NoServiceError(
      `The service at "${this.#path}" hung up before it answered: it has ended, or has too many ` +
        "clients at a time",
    );
  }
}
