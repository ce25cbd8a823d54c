/**
 * docs/service.md is held against the control socket's protocol and the tables of the status.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { statusText } from "../lib/cli/status_text.ts";
import { ANSWER_MS, CHANGE_MS } from "../lib/control/client.ts";
import { parseReply } from "../lib/control/protocol.ts";
import { ratesOf } from "../lib/control/rates.ts";
import { parseRequest } from "../lib/control/request.ts";
import { CLIENTS_MAX, REPLY_MS } from "../lib/control/server.ts";
import type { ExportCondition } from "../lib/control/service.ts";
import { serviceStatus } from "./fake_service.ts";
import { readText } from "./sources.ts";

const TEXT = readText("docs/service.md");
const CONTROL = sectionOf("Control");
const STATUS = sectionOf("Status");

function sectionOf(title: string): string {
  return TEXT.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
}

/** The lines of JSON that the section shows. */
function examples(): readonly Uint8Array[] {
  const blocks = [...CONTROL.matchAll(/```json\n([^]*?)```/g)].map(([, block = ""]) => block);
  return blocks.join("").trim().split("\n").map((line) => new TextEncoder().encode(line));
}

Deno.test("the requests that docs/service.md shows are requests, of each command", () => {
  const requests = examples().filter((line) => parseReply(line) === undefined);
  const commands = requests.map((line) => {
    const parsed = parseRequest(line);
    assert(parsed !== undefined && "question" in parsed, new TextDecoder().decode(line));
    return parsed.question.command;
  });
  const bad = parseRequest(new TextEncoder().encode('{"command":"?"}'));
  assert(bad !== undefined && "error" in bad);
  const all = /one of ([\w, -]+)/.exec(bad.error.message)?.[1]?.split(", ") ?? [];
  assertEquals(new Set(commands), new Set(all));
  assert(examples().length - requests.length >= 4, "there are replies, too");
});

Deno.test("docs/service.md has the limits of the control socket", () => {
  const text = CONTROL.replaceAll(/\s+/g, " ");
  for (
    const part of [
      `${CLIENTS_MAX} clients at a time`,
      `within ${REPLY_MS / 1000} seconds`,
      `wait ${ANSWER_MS / 1000} seconds for an answer, and ${CHANGE_MS / 1000} seconds`,
    ]
  ) assertStringIncludes(text, part);
});

Deno.test("docs/service.md explains every column of the status, and no other", () => {
  const told = [...STATUS.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  const status = serviceStatus();
  const text = statusText(status, ratesOf(status, status), true);
  const headings = text.split("\n").filter((line) => /^(EXPORT|INTERFACE) /.test(line));
  assertEquals(told, headings.flatMap((line) => line.split(/ {2,}/)));
});

Deno.test("docs/service.md explains every condition of an export", () => {
  const told = [...STATUS.matchAll(/^- `(\w+)`/gm)].map(([, name]) => name);
  const known: Readonly<Record<ExportCondition, true>> = {
    serving: true,
    waiting: true,
    conflict: true,
    faulted: true,
    undecided: true,
    leaving: true,
  };
  assertEquals(told, Object.keys(known));
});
