/**
 * A process that root started goes on as another user with CAP_NET_RAW and nothing else, in each of
 * its threads; and where that cannot be it ends, and says why.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TemporaryFolder } from "../temporary.ts";
import { NOBODY } from "./bare_root.ts";
import { command } from "./namespace.ts";
import { e2e } from "./requires.ts";
import { RIGHTS, rightsOf } from "./rights.ts";
import { type Ended, runCommand } from "./target_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const NONE = "0000000000000000";
/** Capabilities as `setpriv` takes them. */
const GRANT = ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"];

/** A Deno, the program and a DENO_DIR, which everybody can read and only root can write to. */
class Place implements Disposable {
  readonly #folder = new TemporaryFolder("/var/tmp");

  constructor() {
    const { path } = this.#folder;
    for (const folder of ["", "/bin", "/cache", "/cache/npm"]) {
      if (folder !== "") Deno.mkdirSync(path + folder);
      Deno.chmodSync(path + folder, 0o755);
    }
    Deno.copyFileSync(Deno.execPath(), this.deno);
    Deno.chmodSync(this.deno, 0o755);
    const sources = ["ffi", "lib", "deno.json", "tests/e2e/run_as_program.ts"];
    new Deno.Command("cp", { args: ["-r", "--parents", ...sources, path], cwd: ROOT }).outputSync();
    new Deno.Command("chmod", { args: ["-R", "a+rX", `${path}/lib`, `${path}/ffi`] }).outputSync();
  }

  /** Path of the Deno that runs it. */
  get deno(): string {
    return `${this.#folder.path}/bin/deno`;
  }

  /** Path of what is in it. */
  path(name: string): string {
    return `${this.#folder.path}/${name}`;
  }

  /** The command line of the program. */
  line(...args: readonly string[]): string[] {
    const { path } = this.#folder;
    const run = ["run", "--no-lock", "--allow-ffi", `--allow-read=${path}`];
    const program = this.path("tests/e2e/run_as_program.ts");
    return ["env", `DENO_DIR=${path}/cache`, this.deno, ...run, program, ...args];
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** The program while it runs. */
class Running implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout: ReadableStreamDefaultReader<string>;
  #ended = false;

  constructor([program = "", ...args]: readonly string[]) {
    const streams = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    this.#process = new Deno.Command(program, { args, cwd: "/", ...streams }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#stdout = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What it was started as. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The line that it says next; empty where it has ended. */
  async said(): Promise<string> {
    let line = "";
    for (let part: string | undefined = ""; part !== undefined && !line.endsWith("\n");) {
      part = (await this.#stdout.read()).value;
      line += part ?? "";
    }
    return line.trim();
  }

  /** A file of each thread's in /proc. */
  threads(name: string): readonly string[] {
    const tasks = [...Deno.readDirSync(`/proc/${this.pid}/task`)];
    return tasks.map((task) =>
      Deno.readTextFileSync(`/proc/${this.pid}/task/${task.name}/${name}`)
    );
  }

  /** Ends its standard input. */
  async end(): Promise<void> {
    if (!this.#ended) await this.#stdin.close();
    this.#ended = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.#process.status;
    await this.#stdout.cancel();
  }
}

async function assertRuns(line: readonly string[], args: readonly string[]): Promise<void> {
  await using running = new Running(line);
  assertEquals(await running.said(), JSON.stringify(args)); // with workers and a packet socket
  const threads = running.threads("status");
  assert(threads.length >= 4, `only ${threads.length} threads`);
  for (const status of threads) assertEquals(rightsOf(status), RIGHTS);
}

e2e("runAs() leaves each thread of a process that user, CAP_NET_RAW and no more", [], async () => {
  using place = new Place();
  await assertRuns(place.line("nobody"), ["nobody"]);
  await assertRuns(place.line(`${NOBODY}`), [`${NOBODY}`]);
});

e2e("runAs() keeps process, arguments, environment and standard streams", [], async () => {
  using place = new Place();
  const args = ["nobody", "", "two words", "é\u{1f600}", "--help", "x".repeat(100_000), ""];
  const variables = ["EMPTY=", "TEXT=a b=c\nd", `LONG=${"y".repeat(100_000)}`];
  await using running = new Running(["env", ...variables, ...place.line(...args)]);
  assert(await running.said() === JSON.stringify(args));
  const [environment = ""] = running.threads("environ");
  for (const variable of variables) assert(environment.split("\0").includes(variable));
  assertEquals(Deno.readTextFileSync(`/proc/${running.pid}/comm`), "dblade\n");
  await running.end();
  assertEquals(await running.said(), "its standard input has ended");
});

e2e("runAs() needs no way to the program's file", [], async () => {
  using place = new Place();
  Deno.chmodSync(place.path("bin"), 0o700);
  await assertRuns(place.line("nobody"), ["nobody"]);
});

e2e("runAs() leaves a process as it is that may do it already", ["setpriv"], async () => {
  using place = new Place();
  const ids = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  await using running = new Running(["setpriv", ...ids, ...GRANT, ...place.line("nobody")]);
  assertEquals(await running.said(), `["nobody"]`);
  for (const status of running.threads("status")) assertEquals(rightsOf(status).NoNewPrivs, "0");
});

e2e("runAs() works where the file of the program has capabilities", ["setcap"], async () => {
  using place = new Place();
  await command("setcap", "cap_net_raw+ep", place.deno);
  await using running = new Running(place.line("nobody"));
  assertEquals(await running.said(), `["nobody"]`);
  // The kernel takes no ambient ones along there.
  const rights = { ...RIGHTS, CapAmb: NONE };
  for (const status of running.threads("status")) assertEquals(rightsOf(status), rights);
});

/** Runs to the end; what it complained is to hold all of `texts`. */
async function assertRefuses(line: readonly string[], ...texts: string[]): Promise<void> {
  const { code, stdout, stderr }: Ended = await runCommand(line, "/");
  for (const text of texts) assertStringIncludes(stderr, text);
  assertEquals([code, stdout], [1, ""]);
}

e2e("runAs() refuses where the new start could not be", ["setcap"], async (test) => {
  using place = new Place();
  const line = place.line("nobody");
  await test.step("a DENO_DIR that the user cannot read", async () => {
    Deno.chmodSync(place.path("cache"), 0o700);
    await assertRefuses(line, `cannot read "${place.path("cache/npm/.")}"`, "use the executable");
    Deno.chmodSync(place.path("cache"), 0o755);
  });
  await test.step("sources that the user cannot read", async () => {
    Deno.chmodSync(place.path("lib"), 0o700);
    await assertRefuses(line, "run_as.ts", "use the executable");
    Deno.chmodSync(place.path("lib"), 0o755);
  });
  await test.step("a program whose file would bring other capabilities along", async () => {
    await command("setcap", "cap_net_raw,cap_net_admin+ep", place.deno);
    await assertRefuses(line, "start the own program again", "setcap -r");
    await command("setcap", "-r", place.deno);
  });
  await test.step("a program that the user may not execute", async () => {
    Deno.chmodSync(place.deno, 0o744);
    await assertRefuses(line, "start the own program again", "chmod 755");
  });
});

e2e("runAs() refuses what it has no rights for", ["setpriv"], async () => {
  using place = new Place();
  const other = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  await assertRefuses(place.line("no-such-user"), `the user "no-such-user": there is none`);
  await assertRefuses([...other, ...place.line("nobody")], "grant CAP_NET_RAW");
  await assertRefuses([...other, ...GRANT, ...place.line("daemon")], "start it as root");
  await assertRefuses([...other, ...place.line("root")], "start it as root");
  for (const [capability, told] of [["net_raw", "CAP_NET_RAW"], ["setpcap", "CAP_SETPCAP"]]) {
    const without = ["setpriv", `--bounding-set=-${capability}`];
    await assertRefuses([...without, ...place.line("nobody")], told ?? "");
  }
});

e2e("runAs() believes no process that says that it was started again", [], async () => {
  using place = new Place();
  const claim = ["sh", "-c", `DBLADE_RUN_AS=$$ exec "$@"`, "sh"];
  await assertRefuses([...claim, ...place.line("nobody")], "after the new start");
  await assertRuns(["env", "DBLADE_RUN_AS=1", ...place.line("nobody")], ["nobody"]);
});
