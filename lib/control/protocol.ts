/**
 * The control socket's replies, and what a service does for each request. Requests and replies are
 * lines of JSON; a request has one reply, and replies come in the order of the requests.
 *
 * @module
 */
import { ConfigError, SystemError } from "../error.ts";
import { log } from "../log.ts";
import { VERSION } from "../version.ts";
import {
  isRecord,
  type Parsed,
  parseRequest,
  type Question,
  REQUEST_SIZE_MAX,
  type RequestId,
} from "./request.ts";
import { type Service, ServiceError } from "./service.ts";

/** What came of a request. */
export type Reply =
  | { readonly id: RequestId; readonly ok: true; readonly result: unknown }
  | {
    readonly id: RequestId;
    readonly ok: false;
    readonly error: string;
    /** Whether the request makes no sense, rather than having failed. */
    readonly usage?: true;
  };

/** Carries out the request of a line; the line of its reply, undefined where there is none. */
export async function answerLine(service: Service, bytes: Uint8Array): Promise<string | undefined> {
  const parsed = parseRequest(bytes);
  return parsed === undefined ? undefined : await answer(service, parsed);
}

/** The line of the reply to a request that is too long to be read. */
export function answerLong(): string {
  const message = `A request has at most ${REQUEST_SIZE_MAX} bytes`;
  return failure(null, new ServiceError(message, true));
}

/** Reads the line of a reply; undefined where it is none. */
export function parseReply(bytes: Uint8Array): Reply | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isRecord(value)) return undefined;
    const { id, ok, result, error, usage } = value;
    if (typeof id !== "number" && typeof id !== "string" && id !== null) return undefined;
    if (ok === true) return { id, ok, result };
    if (ok !== false || typeof error !== "string") return undefined;
    return { id, ok, error, ...(usage === true ? { usage } : {}) };
  } catch {
    return undefined;
  }
}

async function answer(service: Service, parsed: Parsed): Promise<string> {
  const { id } = parsed;
  if ("error" in parsed) return failure(id, parsed.error);
  try {
    return lineOf({ id, ok: true, result: await ask(service, parsed.question) });
  } catch (error) {
    return failure(id, error);
  }
}

function ask(service: Service, question: Question): Promise<unknown> {
  switch (question.command) {
    case "status":
      return service.status();
    case "reload":
      return service.reload();
    case "add":
      return service.add(question.keys);
    case "remove":
      return service.remove(question.export);
    case "set":
      return service.set(question.export, question.keys);
    case "announce":
      return service.announce(question.export);
    case "acl":
      return service.access(question.export, question.list, question.edit, question.macs);
    case "state-show":
      return service.showState(question.export);
    case "state-clear":
      return service.clearState(question.export);
  }
}

function failure(id: RequestId, error: unknown): string {
  const isUsage = error instanceof ServiceError && error.isUsage;
  return lineOf({ id, ok: false, error: messageOf(error), ...(isUsage ? { usage: true } : {}) });
}

function messageOf(error: unknown): string {
  const isExpected = error instanceof ServiceError || error instanceof SystemError ||
    error instanceof ConfigError;
  if (isExpected) return error.message;
  const detail = error instanceof Error ? error.stack ?? error.message : `${error}`;
  log.error(`This is a bug in dblade ${VERSION}; please report it: ${detail}`);
  return `This is a bug in dblade ${VERSION}, the service's log has more: ${error}`;
}

function lineOf(reply: Reply): string {
  return `${JSON.stringify(reply)}\n`;
}
