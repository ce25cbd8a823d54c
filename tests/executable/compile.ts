/**
 * Makes one executable out of the program: `deno task compile`. What stands in dist/ afterwards was
 * made whole, and was started where it can be; whatever goes wrong leaves nothing there.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { VERSION } from "../../lib/version.ts";
import { RuntimeError, runtimeVersion, type Target, TARGETS } from "./runtime.ts";
import { Workshop } from "./workshop.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const DIST = `${ROOT}dist`;

/**
 * All that the commands need. What stands behind --allow-ffi is for `dblade nbd` alone: its socket
 * is wherever the user says, so that no path and no host can be named here.
 */
const PERMISSIONS = ["--allow-ffi", "--allow-net", "--allow-read", "--allow-write"];
/**
 * Less memory for the same speed: without the middle one of V8's compilers, which only shortens
 * the warm-up, and with little room for garbage, of which there is little. And no collection when
 * nobody asks: it frees next to nothing.
 */
const V8_FLAGS = ["--no-maglev", "--max-semi-space-size=1", "--no-memory-reducer"];

/** Exit status: the command line is wrong. */
const USAGE_STATUS = 2;

const USAGE = `usage: deno task compile [--target TARGET]

TARGET is ${TARGETS.map(({ triple, architecture }) => `${architecture} (${triple})`).join(" or\n")}.
Without it, dist/dblade is made for ${TARGETS[0].architecture}.

Deno downloads what it needs from dl.deno.land, or takes the denort that the environment variable
DENORT_BIN names.
`;

/** How the program could not be made. */
export class CompileError extends Error {
  /** How errors of this kind are named. */
  override readonly name = "CompileError";
  /** Whether it is for want of a runtime alone. */
  readonly lacksRuntime: boolean;

  /** An error with a message for the person who asked for the program. */
  constructor(message: string, lacksRuntime = false) {
    super(message);
    this.lacksRuntime = lacksRuntime;
  }
}

/** With what to compile. */
export interface Tools {
  /** Path of Deno. */
  readonly deno: string;
  /** Its version. */
  readonly version: string;
  /** Path of the runtime; undefined: Deno downloads its own. */
  readonly denort: string | undefined;
}

/** The Deno that runs this, and the runtime that DENORT_BIN names. */
export function ownTools(): Tools {
  const denort = Deno.env.get("DENORT_BIN");
  return {
    deno: Deno.execPath(),
    version: Deno.version.deno,
    denort: denort === "" ? undefined : denort,
  };
}

/** Makes the program; returns what there is to say of it. Throws {@linkcode CompileError}. */
export async function compile(target: Target, tools: Tools): Promise<string> {
  const { version, denort } = tools;
  const found = denort === undefined ? version : checkRuntime(denort, target, version);
  using workshop = new Workshop(DIST);
  const file = `${workshop.folder}/${target.output.replace("dist/", "")}`;
  await link(await bundle(workshop.folder, tools), file, target, tools);
  if (canRun(target)) tryProgram(file, tools, found);
  const size = (Deno.statSync(file).size / 1e6).toFixed(1);
  workshop.keep(file, ROOT + target.output);
  const tried = canRun(target) ? "" : "; it was not started, because it is for another machine";
  return `${target.output}: dblade ${VERSION} for ${target.architecture}, ${size} MB${tried}`;
}

/** Returns the runtime's version; throws where a program of it would surely be broken. */
function checkRuntime(denort: string, target: Target, version: string): string {
  try {
    const found = runtimeVersion(denort, target, version);
    // Whether near versions fit is seen by starting the program, where that can be done.
    if (found === version || canRun(target)) return found;
    throw new RuntimeError(`"${denort}" is of Deno ${found}, this is Deno ${version}`);
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new CompileError(
      `DENORT_BIN does not fit: ${error.message}.\n${wanted(target, version)}`,
    );
  }
}

function wanted(target: Target, version: string): string {
  return `Set DENORT_BIN to the path of the denort of Deno ${version} for ${target.triple}:\n` +
    `Deno's release ${version} has it as denort-${target.triple}.zip.`;
}

function canRun(target: Target): boolean {
  return Deno.build.os === "linux" && Deno.build.arch === target.architecture;
}

/** One file out of all modules: without it the whole of each package would be put in. */
async function bundle(folder: string, tools: Tools): Promise<string> {
  const script = `${folder}/dblade.js`;
  await runDeno(tools, "bundle", ["--frozen", "--check", "--output", script, "main.ts"]);
  return script;
}

async function link(script: string, file: string, target: Target, tools: Tools): Promise<void> {
  const args = ["--no-config", "--no-lock", "--no-prompt", "--no-code-cache", ...PERMISSIONS];
  const flags = ["--target", target.triple, `--v8-flags=${V8_FLAGS.join(",")}`];
  try {
    await runDeno(tools, "compile", [...args, ...flags, "--output", file, script]);
  } catch (error) {
    const told = error instanceof CompileError ? error.message : "";
    if (tools.denort !== undefined || !told.includes("dl.deno.land")) throw error;
    const reason = told.split("\n").at(-1)?.replace(/^[\s0-9:]+/, "");
    throw new CompileError(
      "Cannot get the runtime that is put in front of the program: Deno downloads it from " +
        `dl.deno.land,\nwhich cannot be reached from here (${reason}).\n` +
        wanted(target, tools.version),
      true,
    );
  }
}

async function runDeno(tools: Tools, command: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(tools.deno, {
    args: [command, "--quiet", ...args],
    cwd: ROOT,
    clearEnv: true,
    env: compilerEnvironment(tools.denort),
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const told = new TextDecoder().decode(stderr).split("\n\nStack backtrace:")[0]?.trim();
  throw new CompileError(`"deno ${command}" failed:\n${told}`);
}

function compilerEnvironment(denort: string | undefined): Record<string, string> {
  // Some machines reach npm through a certificate that only the system's own store knows.
  const all = { DENO_TLS_CA_STORE: "mozilla,system", ...Deno.env.toObject(), NO_COLOR: "1" };
  const { DENORT_BIN: _, ...rest }: Record<string, string> = all;
  return denort === undefined ? rest : { ...rest, DENORT_BIN: denort };
}

/** A runtime of another version makes a file that looks good and does not run. */
function tryProgram(file: string, { version, denort }: Tools, found: string): void {
  const output = new Deno.Command(file, { args: ["--version"], stdin: "null" }).outputSync();
  const text = new TextDecoder();
  if (output.success && text.decode(output.stdout) === `dblade ${VERSION}\n`) return;
  const told = (text.decode(output.stdout) + text.decode(output.stderr)).split("\n")[0];
  const cause = denort === undefined
    ? "Deno's own runtime was used, so this is a bug of dblade or of Deno"
    : `it was made with "${denort}"\n(Deno ${found}) by Deno ${version}: ` +
      "DENORT_BIN must name a denort, not a deno, of the same version";
  throw new CompileError(
    `The program was made, but does not run: "dblade --version" said "${told}".\n` +
      `Nothing was kept; ${cause}.`,
  );
}

/** The target that the command line asks for, or what is wrong with it. */
function parseTarget(args: readonly string[]): Target | string {
  const wrong: string[] = [];
  const unknown = (word: string): boolean => {
    wrong.push(word);
    return false;
  };
  const { target } = parseArgs(args, { string: ["target"], collect: ["target"], unknown });
  if (wrong[0] !== undefined) return `"${wrong[0]}" is not understood`;
  if (!Array.isArray(target) || target.length === 0) return TARGETS[0];
  if (target.length > 1) return `--target is given ${target.length} times, once is enough`;
  const [name] = target;
  return TARGETS.find(({ triple, architecture }) => name === triple || name === architecture) ??
    `--target is "${name}", which dblade cannot be made for`;
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    say(Deno.stdout, USAGE);
    return 0;
  }
  const target = parseTarget(args);
  if (typeof target === "string") {
    say(Deno.stderr, `${target}\n${USAGE}`);
    return USAGE_STATUS;
  }
  try {
    say(Deno.stdout, await compile(target, ownTools()) + "\n");
    return 0;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    say(Deno.stderr, error.message + "\n");
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
