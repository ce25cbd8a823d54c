/**
 * Runs of the program that must be refused: with the right exit status, a message that a person can
 * act on, and nothing created or changed.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Ended, runProgram } from "./target_process.ts";

/** Exit status: the command line is wrong. */
export const USAGE = 2;
/** Exit status: the system refused something. */
export const SYSTEM = 1;

/** One run. */
export interface Refusal {
  /** The command line. */
  readonly args: readonly string[];
  /** The exit status, see {@linkcode USAGE} and {@linkcode SYSTEM}. */
  readonly code: number;
  /** Parts of the message: the value, and what to do about it. */
  readonly says: readonly string[];
  /** Where it runs. */
  readonly namespace: string;
  /** Words in front of the program. */
  readonly prefix?: readonly string[];
}

/** Every name below `folder` with all that can tell a change. */
export async function snapshot(folder: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const { isFile, isDirectory, size, mode, mtime, ctime } = Deno.lstatSync(path);
    const content = isFile ? await crypto.subtle.digest("SHA-256", Deno.readFileSync(path)) : null;
    const digest = content === null ? "" : new Uint8Array(content).toHex();
    const times = isDirectory ? "" : `${mtime?.toISOString()} ${ctime?.toISOString()}`;
    lines.push(`${path} ${mode} ${size} ${times} ${digest}`);
    if (isDirectory) lines.push(...await snapshot(path));
  }
  return lines.sort();
}

/** A target that serves by mistake must not hang the test. */
const PATIENCE = ["timeout", "--kill-after=1", "60"];

/** Runs the program, which must refuse and leave all below `folder` as it is. */
export async function assertRefused(folder: string, refusal: Refusal): Promise<void> {
  const { args, code, says, namespace, prefix = [] } = refusal;
  const before = await snapshot(folder);
  const ended = await runProgram(args, { namespace, prefix: [...PATIENCE, ...prefix] });
  assertComplaint(ended, code, says);
  assertEquals(await snapshot(folder), before);
}

/** Checks how a refused run ended. */
export function assertComplaint(ended: Ended, code: number, says: readonly string[]): void {
  const { stdout, stderr } = ended;
  assertEquals(ended.code, code, stderr);
  assertEquals(stdout, "");
  assertMatch(stderr, /^dblade: /m);
  for (const part of says) assertStringIncludes(stderr, part);
  assert(!/^\s+at |Uncaught|is a bug/m.test(stderr), `A stack trace: ${stderr}`);
}
